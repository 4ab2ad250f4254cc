/**
 * What a store must hold: two maps. Whatever happens to the flash, the store says the same. Free of Node,
 * since XS runs it too, beside the store on the chip.
 */
import { sameBytes } from '../../firmware/bytes.js';
import type { Store } from '../../firmware/store/store.js';

/** A change to a store, and the same to the oracle. */
export interface Change {
  /** For a trace. */
  readonly name: string;
  readonly run: (store: Store) => void;
  readonly note: (oracle: Oracle) => void;
}

export class Oracle {
  readonly values = new Map<number, Uint8Array>();
  readonly entries = new Map<number, Uint8Array>();
  nextNumber = 1;
  /** Entries from here on must be there; those before it may be. */
  floor = 1;
  /** What a store once gave back must not come back. */
  #firstNumber = 1;

  /** `equal` may be an engine's own: interpreted on the chip, most of the time would go into it. */
  constructor(
    private readonly keysMax: number,
    private readonly equal: (a: Uint8Array, b: Uint8Array) => boolean = sameBytes,
  ) {}

  put(key: number, payload: Uint8Array | undefined): void {
    if (payload === undefined) this.values.delete(key);
    else this.values.set(key, payload);
  }

  append(payload: Uint8Array): void {
    this.entries.set(this.nextNumber++, payload);
  }

  truncate(number: number): void {
    if (number > this.floor) this.floor = number;
  }

  copy(): Oracle {
    const copy = new Oracle(this.keysMax, this.equal);
    for (const [key, payload] of this.values) copy.values.set(key, payload);
    for (const [number, payload] of this.entries) copy.entries.set(number, payload);
    copy.nextNumber = this.nextNumber;
    copy.floor = this.floor;
    copy.#firstNumber = this.#firstNumber;
    return copy;
  }

  /** Says what is wrong with the store, or undefined. After this the store may not hold less. */
  differs(store: Store): string | undefined {
    const { firstNumber, nextNumber } = store.journal;
    if (nextNumber !== this.nextNumber) return `next number is ${nextNumber}, not ${this.nextNumber}`;
    if (firstNumber > this.floor) return `journal begins with ${firstNumber}, beyond the floor ${this.floor}`;
    if (firstNumber < this.#firstNumber) return `journal begins with ${firstNumber} again`;
    for (let key = 1; key < this.keysMax; key++) {
      const expected = this.values.get(key);
      const wrong = this.#isSame(store.get(key), expected) ? undefined : `value ${key}`;
      if (wrong !== undefined) return wrong;
      if (store.has(key) !== (expected !== undefined)) return `has ${key}`;
    }
    for (let number = firstNumber; number < nextNumber; number++) {
      if (!this.#isSame(store.journal.entry(number), this.entries.get(number))) return `entry ${number}`;
    }
    if (store.journal.entry(firstNumber - 1) !== undefined) return `entry ${firstNumber - 1} is still there`;
    for (; this.#firstNumber < firstNumber; this.#firstNumber++) this.entries.delete(this.#firstNumber);
    return undefined;
  }

  /**
   * For a flash on which a bit has turned: each value (but one) and each entry reads as it was written, or
   * throws 'corrupt'. Says what is wrong, or undefined.
   */
  lies(store: Store, exceptKey = 0): string | undefined {
    const { firstNumber, nextNumber } = store.journal;
    if (nextNumber !== this.nextNumber) return `next number is ${nextNumber}, not ${this.nextNumber}`;
    if (firstNumber > this.floor) return `journal begins with ${firstNumber}, beyond the floor ${this.floor}`;
    for (let key = 1; key < this.keysMax; key++) {
      if (key !== exceptKey && !this.#isHonest(() => store.get(key), this.values.get(key)))
        return `value ${key}`;
    }
    for (let number = Math.max(firstNumber, this.#firstNumber); number < nextNumber; number++) {
      if (!this.#isHonest(() => store.journal.entry(number), this.entries.get(number)))
        return `entry ${number}`;
    }
    return undefined;
  }

  #isSame(found: Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
    return found && expected ? this.equal(found, expected) : found === expected;
  }

  #isHonest(read: () => Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
    try {
      return this.#isSame(read(), expected);
    } catch (error) {
      if (codeOf(error) === 'corrupt') return true;
      throw error;
    }
  }
}

/** Whether something does not read. */
export function isRotten(store: Store, keysMax: number): boolean {
  try {
    for (let key = 1; key < keysMax; key++) store.get(key);
    for (let n = store.journal.firstNumber; n < store.journal.nextNumber; n++) store.journal.entry(n);
    return false;
  } catch (error) {
    if (codeOf(error) === 'corrupt') return true;
    throw error;
  }
}

/** The code of a StoreError or a FlashError. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
