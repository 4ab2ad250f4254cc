/** The open store: values by key, and a journal. STORE.md says why. */
import { STORE_KEYS_MAX } from '../limits.js';
import { StoreError } from './errors.js';
import { KIND, NONE, recordBytes, STATE } from './format.js';
import { Housekeeping } from './housekeeping.js';
import type { Index } from './index.js';
import { Journal } from './journal.js';
import type { Medium } from './medium.js';

/** One step of a batch; without a payload the key loses its value. */
export interface Write {
  readonly key: number;
  readonly payload: Uint8Array | undefined;
}

export class Store {
  readonly journal: Journal;
  readonly #housekeeping: Housekeeping;

  /** For `openStore`, which has found all this on the flash. */
  constructor(
    private readonly medium: Medium,
    private readonly index: Index,
    floor: number,
    entriesSinceRoot: number,
  ) {
    this.journal = new Journal(medium);
    this.#housekeeping = new Housekeeping(medium, index, this.journal, floor, entriesSinceRoot);
  }

  /**
   * The value of `key`, valid until the next call to the store; undefined when it has none. Throws StoreError
   * 'corrupt' when it does not read as it was written.
   */
  get(key: number): Uint8Array | undefined {
    const address = this.index.address(requireKey(key));
    if (address === NONE) return undefined;
    const payload = this.medium.readRecord(address);
    const found = this.medium.header.key;
    if (found !== key) throw new StoreError('corrupt', `key ${found} in the place of key ${key}`);
    return payload;
  }

  has(key: number): boolean {
    return this.index.address(requireKey(key)) !== NONE;
  }

  /**
   * Sets the value of `key`, at most RECORD_BYTES_MAX bytes. When it returns, the value is there for good;
   * when power fails before, the next boot finds the old one or the new one. Never erases. Throws StoreError
   * 'full' when there is no erased space.
   */
  put(key: number, payload: Uint8Array): void {
    this.medium.requireRoom(this.medium.fitsOne(STATE, payload.length));
    this.#housekeeping.placed(requireKey(key), this.#append(KIND.put, key, payload));
  }

  remove(key: number): void {
    if (!this.has(key)) return;
    this.medium.requireRoom(this.medium.fitsOne(STATE, 0));
    this.#housekeeping.placed(key, this.#append(KIND.remove, key, undefined));
  }

  /** Does all of the writes, or none of them. Throws as `put`. */
  batch(writes: readonly Write[]): void {
    for (const { key } of writes) requireKey(key);
    const sizes = writes.map(({ payload }) => payload?.length ?? 0);
    this.medium.requireRoom(this.medium.fits([], sizes));
    // The index hears of it at the end only, so that it says at any time what a boot would find.
    const addresses = this.medium.together(STATE, sizes, () => this.#appendAll(writes));
    addresses.forEach((address, i) => void this.#housekeeping.placed(writes[i].key, address));
  }

  #appendAll(writes: readonly Write[]): number[] {
    const last = writes.length - 1;
    return writes.map(({ key, payload }, i) => {
      if (payload === undefined)
        return this.#append(i === last ? KIND.remove : KIND.removeMore, key, payload);
      return this.#append(i === last ? KIND.put : KIND.putMore, key, payload);
    });
  }

  #append(kind: number, key: number, payload: Uint8Array | undefined): number {
    this.#housekeeping.entriesSinceRoot++;
    if (payload !== undefined) return this.medium.appendRecord(STATE, kind, key, payload);
    this.medium.appendOwn(STATE, kind, key, false);
    return NONE;
  }

  /**
   * Journal entries below `number` are not needed any more. Throws StoreError 'full' when `tidy` has to run
   * first.
   */
  truncate(number: number): void {
    this.#housekeeping.truncate(number);
  }

  /**
   * Whether records of these payload sizes can all be appended before `tidy` runs again, in this order:
   * entries of the journal, and values.
   */
  fits(entries: readonly number[], values: readonly number[]): boolean {
    return this.medium.fits(entries, values);
  }

  /** The flash has not taken what was written. Nothing more is, until the store is opened again. */
  get isUnwritable(): boolean {
    return this.medium.isUnwritable;
  }

  /** Flash bytes that records can take in sectors that hold nothing yet, erased or not. */
  get spareBytes(): number {
    return (this.medium.sectors.spare - this.medium.kept) * this.medium.roomOfSector(STATE);
  }

  /** Flash bytes of a record with this payload. */
  recordBytes(payload: number): number {
    return recordBytes(this.medium.layout, payload);
  }

  /**
   * Housekeeping, to be run between touches until it returns false: nothing more to do, or nothing that can
   * be done. One step erases at most one sector, or moves what is alive in one, or writes down where
   * everything lies.
   */
  tidy(): boolean {
    return this.#housekeeping.step();
  }

  /**
   * One step, as `tidy`, towards room for values of these sizes beyond what `tidy` keeps ready. False when it
   * is there, or cannot be.
   */
  makeRoom(values: readonly number[]): boolean {
    return this.#housekeeping.makeRoom(values);
  }
}

function requireKey(key: number): number {
  if (!(key > 0 && key < STORE_KEYS_MAX)) throw new StoreError('argument', `key ${key}`);
  return key;
}
