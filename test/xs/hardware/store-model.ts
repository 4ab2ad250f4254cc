/** What a store must hold: two maps. */
import type { Store } from '../../../firmware/store/store.js';
import { same } from '../check.js';

/** A change to a store, all or nothing, and the same to the model. */
export interface Change {
  readonly run: (store: Store) => void;
  readonly note: (model: StoreModel) => void;
}

type Equal = (a: Uint8Array, b: Uint8Array) => boolean;

export class StoreModel {
  readonly values = new Map<number, Uint8Array>();
  readonly entries = new Map<number, Uint8Array>();
  nextNumber = 1;
  /** Entries from here on must be there; those before it may be. */
  floor = 1;

  /** `equal` is the engine's own: in JavaScript most of the time on the chip would go into it. */
  constructor(private readonly equal: Equal) {}

  put(key: number, payload: Uint8Array | undefined): void {
    if (payload === undefined) this.values.delete(key);
    else this.values.set(key, payload);
  }

  append(payload: Uint8Array): void {
    this.entries.set(this.nextNumber++, payload);
  }

  truncate(number: number): void {
    if (number > this.floor) this.floor = number;
    for (const old of this.entries.keys()) if (old < this.floor - 64) this.entries.delete(old);
  }

  copy(): StoreModel {
    const copy = new StoreModel(this.equal);
    for (const [key, payload] of this.values) copy.values.set(key, payload);
    for (const [number, payload] of this.entries) copy.entries.set(number, payload);
    copy.nextNumber = this.nextNumber;
    copy.floor = this.floor;
    return copy;
  }

  /** What is wrong with the store, or undefined. */
  differs(store: Store, keysMax: number): string | undefined {
    const { nextNumber, firstNumber } = store.journal;
    if (nextNumber !== this.nextNumber) return `next number ${nextNumber}, must be ${this.nextNumber}`;
    if (firstNumber > this.floor) return `first number ${firstNumber} is beyond the floor ${this.floor}`;
    for (let key = 1; key < keysMax; key++) {
      const found = store.get(key);
      if (!this.#isSame(found, this.values.get(key))) return `value ${key} is of ${found?.length} bytes`;
    }
    for (let number = this.floor; number < nextNumber; number++) {
      const found = store.journal.entry(number);
      if (!this.#isSame(found, this.entries.get(number)))
        return `entry ${number} is of ${found?.length} bytes`;
    }
    return undefined;
  }

  expect(store: Store, keysMax: number, when: string): void {
    same(this.differs(store, keysMax), undefined, when);
  }

  #isSame(found: Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
    return found && expected ? this.equal(found, expected) : found === expected;
  }
}
