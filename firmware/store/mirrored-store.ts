import { StoreError } from './errors.js';
import { isMirrored, mirrorOf, nameOfKey } from './keys.js';
import type { Store, Write } from './store.js';

/** Values in the store by key, with a second copy of those that the wallet could not do without. */
export class MirroredStore {
  /** Keys of values of which one copy has rotted. */
  readonly #rotten: number[] = [];

  constructor(readonly store: Store) {}

  has(key: number): boolean {
    return this.store.has(key);
  }

  /**
   * A copy of the value, from the second place when the first has rotted; undefined when there is none.
   * Throws StoreError 'corrupt'.
   */
  read(key: number): Uint8Array | undefined {
    try {
      return this.store.get(key)?.slice();
    } catch (error) {
      const copy = error instanceof StoreError && isMirrored(key) ? this.#copyOf(key) : undefined;
      if (copy === undefined) throw named(key, error);
      this.#rotten.push(key);
      return copy;
    }
  }

  #copyOf(key: number): Uint8Array | undefined {
    try {
      return this.store.get(mirrorOf(key))?.slice();
    } catch (error) {
      throw named(key, error);
    }
  }

  /** As `read`, but what has rotted counts as absent: for what a bank sends again. */
  readIfSound(key: number): Uint8Array | undefined {
    try {
      return this.read(key);
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }

  write(key: number, payload: Uint8Array): void {
    this.store.batch(writesOf(key, payload));
  }

  /** Writes a value anew of which one copy has rotted; false when there is none. */
  repair(): boolean {
    const key = this.#rotten.pop();
    const value = key === undefined ? undefined : this.read(key);
    if (key === undefined || value === undefined) return false;
    this.#rotten.length = 0;
    if (!this.store.fits([], [value.length, value.length])) return false;
    this.write(key, value);
    return true;
  }
}

/** An error that says what was lost. */
function named(key: number, error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  return new StoreError(error.code, `${nameOfKey(key)} does not read: ${error.message}`);
}

/** The second copy first: a batch counts with its last write. */
export function writesOf(key: number, payload: Uint8Array): Write[] {
  return isMirrored(key)
    ? [
        { key: mirrorOf(key), payload },
        { key, payload },
      ]
    : [{ key, payload }];
}
