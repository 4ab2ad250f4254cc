/** What `tapnote` ends with. */
export const Exit = {
  fine: 0,
  /** An invariant, or what a scenario expects, does not hold. */
  violated: 1,
  /** Wrong usage, or a scenario that cannot be played. */
  usage: 2,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];
