/** The oracle: an array of records. A store, after any cuts, holds just these, or these and the one in doubt. */
import { expect } from 'vitest';
import { format, openStore } from '../../../firmware/store/open.js';
import type { Store } from '../../../firmware/store/store.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NorFlash, PowerCut } from '../../../sim/chip/nor-flash.js';

export interface Rec {
  kind: number;
  payload: Uint8Array;
}

export function contents(store: Store): Rec[] {
  const records: Rec[] = [];
  store.scan((kind, address, length) => {
    const payload = store.read(address);
    if (payload.length !== length) throw new Error(`scan says ${length} bytes, read ${payload.length}`);
    records.push({ kind, payload });
  });
  return records;
}

/** vitest's own comparison of long arrays is slow, and these tests compare millions of bytes. */
export function expectSame(found: Rec[], records: Rec[]): void {
  const isSame = (a: Rec, b: Rec) => a.kind === b.kind && Buffer.compare(a.payload, b.payload) === 0;
  if (found.length === records.length && found.every((rec, i) => isSame(rec, records[i]))) return;
  expect(found).toEqual(records);
}

export function opened(flash: NorFlash): Store {
  const result = openStore(flash);
  if (result.status !== 'ok') throw new Error(`store is ${JSON.stringify(result)}`);
  return result.store;
}

/** Runs `action`; false when power failed in it. */
export function survives(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof PowerCut) return false;
    throw error;
  }
}

export function record(random: SimEntropy, kind: number, length: number): Rec {
  const payload = new Uint8Array(length);
  random.fill(payload);
  // Fields of a real record are often all ones or zeros, which to a flash are special.
  if (random.uint32() % 4 === 0) payload.fill(random.uint32() % 2 ? 0xff : 0, length >> 2, length >> 1);
  return { kind, payload };
}

export class Bench {
  readonly flash: NorFlash;
  readonly random: SimEntropy;
  readonly records: Rec[] = [];
  store: Store;

  constructor(seed: number, programUnitBytes: number, sectorBytes: number, sectorCount: number) {
    this.random = new SimEntropy(seed);
    this.flash = new NorFlash({ programUnitBytes, sectorBytes, sectorCount });
    this.store = format(this.flash);
  }

  /** Lets power fail at the n-th operation from now. */
  cutAt(n: number): void {
    this.flash.cutAtOperation(n, () => this.random.uint32());
  }

  append(kind: number, length: number): void {
    const next = record(this.random, kind, length);
    if (survives(() => this.store.append(next.kind, next.payload))) this.records.push(next);
    else this.recover(next);
  }

  tidy(): void {
    if (!survives(() => this.store.tidy())) this.recover();
  }

  /** Boots, with power failing in `cuts` of the boots first, and checks the store against the oracle. */
  recover(inDoubt?: Rec, cuts = this.random.uint32() % 4): void {
    for (let i = 0; i < cuts; i++) {
      this.flash.powerOn();
      this.cutAt(1);
      survives(() => openStore(this.flash));
    }
    this.flash.powerOn();
    this.store = opened(this.flash);
    const found = contents(this.store);
    if (inDoubt !== undefined && found.length > this.records.length) this.records.push(inDoubt);
    expectSame(found, this.records);
  }

  /** A boot without any cut changes nothing and writes nothing. */
  expectStable(): void {
    this.flash.powerOn();
    this.store = opened(this.flash);
    const { programs, erases } = this.flash.counters;
    this.store = opened(this.flash);
    expectSame(contents(this.store), this.records);
    expect(this.flash.counters).toMatchObject({ programs, erases });
  }
}
