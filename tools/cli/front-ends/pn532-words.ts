/** What the command `pn532` takes and says: for its help, which loads no simulator. */

/** What can lie on the reader. */
export const THINGS = ['wallet', 'ntag', 'type4', 'mifare'] as const;
export type Thing = (typeof THINGS)[number];
export const CHIPS_MAX = 2;

export interface ChipFlags {
  readonly field: readonly Thing[];
  readonly chips: number;
}

export const HAND_HELP =
  'At standard input: "take THING" and "put THING" (off the reader, and back), "restart CHIP" (its power goes and ' +
  'comes; 1 is the first).';
