/** What `tapnote` ends with. */
export const Exit = {
  fine: 0,
  /** An invariant, or what a scenario expects, does not hold. A device has a fault, or refuses. */
  violated: 1,
  /** Wrong usage, or a scenario that cannot be played. */
  usage: 2,
  /** No device answers at the port, or a program that is needed is missing. */
  absent: 3,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];
