/** Random changes to a store, as a wallet makes them between two syncs. */

import { JOURNAL, STATE, type Stream } from '../../firmware/store/format.js';
import type { Write } from '../../firmware/store/store.js';
import type { SimEntropy } from '../chip/entropy.js';
import type { NorFlash } from '../chip/nor-flash.js';
import type { Change, Oracle } from './oracle.js';
import { Payloads } from './payloads.js';

/** A change, and the payload sizes to ask `fits` for. */
export interface Request {
  readonly change: Change;
  readonly entries: readonly number[];
  readonly values: readonly number[];
}

/** On three pages of the index. */
const KEYS = [1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 66, 70, 127, 128, 129, 130, 131, 132, 133];
export const KEYS_MAX = 140;
const BATCH_MAX = 6;

export class Changes {
  readonly #payloads: Payloads;
  /** 1: nothing but the journal grows; 2: nothing but the state. */
  #mood = 0;

  constructor(
    private readonly random: SimEntropy,
    flash: NorFlash,
    private readonly oracle: Oracle,
    /** Values beyond this stay short, so that what is alive never fills a small flash. */
    private readonly valueBytesMax: number,
    /** Payload bytes of the record that just fills the last sector of a log. */
    private readonly filling: (stream: Stream) => number,
  ) {
    this.#payloads = new Payloads(random, flash);
  }

  next(): Request {
    if (this.#below(120) === 0) this.#mood = this.#below(4);
    const roll = this.#below(72);
    if (this.#mood === 1 || (roll < 32 && this.#mood !== 2)) return this.append(1000);
    if (roll < 54) return this.put(1000);
    return roll < 60 ? this.#remove() : this.#batch();
  }

  /** Of values that are to be written together. */
  sizes(): number[] {
    return Array.from({ length: 1 + this.#below(12) }, () => this.#below(1000));
  }

  /** Somewhere between the floor and the end, at the end most often. */
  nextFloor(): number {
    const { floor, nextNumber } = this.oracle;
    return this.#below(2) > 0 ? nextNumber : floor + this.#below(nextNumber - floor + 1);
  }

  append(lengthMax: number): Request {
    const payload = this.#next(lengthMax, JOURNAL);
    const number = this.oracle.nextNumber;
    const change: Change = {
      name: `append ${payload.length} bytes as ${number}`,
      run: (store) => {
        const got = store.journal.append(payload);
        if (got !== number) throw new Error(`entry ${number} was numbered ${got}`);
      },
      note: (oracle) => oracle.append(payload),
    };
    return { change, entries: [payload.length], values: [] };
  }

  put(lengthMax: number): Request {
    const key = this.#key();
    const payload = this.#value(lengthMax);
    const change: Change = {
      name: `put ${payload.length} bytes as ${key}`,
      run: (store) => store.put(key, payload),
      note: (oracle) => oracle.put(key, payload),
    };
    return { change, entries: [], values: [payload.length] };
  }

  /** Of a key that has a value, if one is found: removing nothing writes nothing. */
  #remove(): Request {
    let key = this.#key();
    for (let tries = 0; tries < 9 && !this.oracle.values.has(key); tries++) key = this.#key();
    if (!this.oracle.values.has(key)) return this.put(48);
    const change: Change = {
      name: `remove ${key}`,
      run: (store) => store.remove(key),
      note: (oracle) => oracle.put(key, undefined),
    };
    return { change, entries: [], values: [0] };
  }

  #batch(): Request {
    const writes: Write[] = [];
    for (let i = 1 + this.#below(BATCH_MAX); i > 0; i--) {
      writes.push({ key: this.#key(), payload: this.#below(4) > 0 ? this.#value(1000) : undefined });
    }
    const change: Change = {
      name: `batch ${writes.map(({ key, payload }) => `${key}: ${payload?.length ?? '-'}`).join(', ')}`,
      run: (store) => store.batch(writes),
      note: (oracle) => {
        for (const { key, payload } of writes) oracle.put(key, payload);
      },
    };
    return { change, entries: [], values: writes.map(({ payload }) => payload?.length ?? 0) };
  }

  /** At times just as long as there is room for, or a little less. */
  #next(lengthMax: number, stream: Stream): Uint8Array {
    const length = this.filling(stream) - this.#below(16);
    if (this.#below(3) > 0 || length < 0 || length > lengthMax) return this.#payloads.next(lengthMax);
    const payload = new Uint8Array(length);
    this.random.fill(payload);
    return payload;
  }

  #value(lengthMax: number): Uint8Array {
    let bytes = 0;
    for (const value of this.oracle.values.values()) bytes += value.length;
    return bytes > this.valueBytesMax ? this.#payloads.next(48) : this.#next(lengthMax, STATE);
  }

  /** Some often, some hardly ever: those have to move. */
  #key(): number {
    return KEYS[Math.min(this.#below(KEYS.length), this.#below(KEYS.length), this.#below(KEYS.length))];
  }

  #below(n: number): number {
    return this.random.uint32() % n;
  }
}
