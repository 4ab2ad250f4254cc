/** The codes are stable: users meet them in logs. */
export type StoreErrorCode =
  | 'full' // no erased space ahead; nothing was written. tidy() may make some
  | 'corrupt' // a record no longer reads as it was written
  | 'argument' // a key or a length that no caller may pass
  | 'worn' // too many sectors do not erase any more
  // the flash does not take what is written: nothing more is written before the store is opened again
  | 'unwritable'
  | 'failed'; // a write broke off earlier: only opening the store again tells what is on the flash

export class StoreError extends Error {
  constructor(
    readonly code: StoreErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Whether it says that the flash does not take what is written. */
export const isUnwritable = (error: unknown): boolean =>
  error instanceof StoreError && error.code === 'unwritable';

/** Whether it says that something no longer reads as it was written. */
export const isCorrupt = (error: unknown): error is StoreError =>
  error instanceof StoreError && error.code === 'corrupt';

/** What is wrong with an image that is neither blank nor sound. */
export type DamageCode =
  | 'no-sector' // not one sector of ours, yet not blank
  | 'geometry' // written with other sector or program unit sizes
  | 'gap' // a sector of a log is missing
  | 'entry' // the entries of a sector do not follow on one another
  | 'root'; // there is no root to read, and the log does not say why
