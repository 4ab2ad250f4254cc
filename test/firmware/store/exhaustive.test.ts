import { describe, expect, test } from 'vitest';
import { format, openStore } from '../../../firmware/store/open.js';
import type { Store } from '../../../firmware/store/store.js';
import { crc32 } from '../../../hal/crc32.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { survives } from '../../../sim/chip/power-cut.js';
import { type Change, Oracle } from '../../../sim/store/oracle.js';

const KEYS_MAX = 80;
/** Random subsets of the bits that were pending, for each operation that is cut. */
const SUBSETS = 12;
const SUBSETS_OF_RECOVERY = 4;

const random = new SimEntropy(7);
const bytes = (length: number) => {
  const payload = new Uint8Array(length);
  random.fill(payload);
  return payload;
};

const append = (length: number): Change => {
  const payload = bytes(length);
  return {
    name: 'append',
    run: (store) => void store.journal.append(payload),
    note: (oracle) => oracle.append(payload),
  };
};
const batch = (...sizes: readonly (readonly [number, number])[]): Change => {
  const writes = sizes.map(([key, length]) => ({ key, payload: length < 0 ? undefined : bytes(length) }));
  return {
    name: 'batch',
    run: (store) => store.batch(writes),
    note: (oracle) => {
      for (const { key, payload } of writes) oracle.put(key, payload);
    },
  };
};
const put = (key: number, length: number): Change => {
  const payload = bytes(length);
  return {
    name: 'put',
    run: (store) => store.put(key, payload),
    note: (oracle) => oracle.put(key, payload),
  };
};
/** The floor moves in the oracle as soon as it may have moved in the store. */
const truncate = (number: number): Change => ({
  name: 'truncate',
  run: (store) => store.truncate(number),
  note: (oracle) => oracle.truncate(number),
});
const tidy: Change = {
  name: 'tidy until done',
  run: (store) => {
    for (let steps = 0; store.tidy(); steps++) if (steps > 60) throw new Error('tidy does not end');
  },
  note: () => {},
};

interface SetUp {
  readonly flash: NorFlash;
  readonly oracle: Oracle;
}

/** A store in use, on which some things were tidied and some not. */
function setUp(unit: number): SetUp {
  const flash = new NorFlash({ sectorCount: 11, programUnitBytes: unit, unstableErases: true });
  const oracle = new Oracle(KEYS_MAX);
  const store = format(flash, crc32);
  const before = [
    ...Array.from({ length: 70 }, (_, i) => put(1 + ((i * 7) % 75), 20 + ((i * 37) % 160))),
    ...Array.from({ length: 20 }, (_, i) => append(50 + ((i * 91) % 400))),
    batch([1, 300], [2, -1], [3, 10]),
  ];
  before.forEach((change, i) => {
    change.run(store);
    change.note(oracle);
    if (i % 6 === 0) tidy.run(store);
  });
  return { flash, oracle };
}

function open(flash: NorFlash): Store {
  const result = openStore(flash, crc32);
  if (result.status !== 'ok') throw new Error(`the verdict of the boot is ${JSON.stringify(result)}`);
  return result.store;
}

/** Each change wholly or not at all, one after the other. Returns how many were done. */
function expectPrefix(store: Store, oracle: Oracle, changes: readonly Change[], atLeast: number): void {
  const state = oracle.copy();
  for (const change of changes) if (change.name === 'truncate') change.note(state);
  for (let done = 0; done < atLeast; done++) changes[done].note(state);
  let wrong = state.copy().differs(store);
  // The change in doubt, if there is one.
  if (wrong !== undefined && atLeast < changes.length) {
    changes[atLeast].note(state);
    wrong = state.copy().differs(store);
  }
  if (wrong !== undefined)
    throw new Error(`after ${atLeast} of ${changes.map(({ name }) => name)}: ${wrong}`);
}

/**
 * Power fails in each operation of the changes, and then in each of the boot after it. Returns how many cuts
 * there were.
 */
function cutEverywhere(unit: number, changes: readonly Change[]): number {
  const { flash: before, oracle } = setUp(unit);
  const flash = new NorFlash({ sectorCount: 11, programUnitBytes: unit, unstableErases: true });
  const cutNow = new NorFlash({ sectorCount: 11, programUnitBytes: unit, unstableErases: true });
  let cuts = 0;
  for (let at = 1; ; at++) {
    let isOver = false;
    for (let subset = 0; subset < SUBSETS; subset++) {
      const seed = new SimEntropy(1000 * at + subset);
      const random32 = () => seed.uint32();
      flash.copyFrom(before);
      let done = 0;
      flash.cutAtOperation(at, random32);
      isOver = survives(() => {
        const store = open(flash);
        for (const change of changes) {
          change.run(store);
          done++;
        }
      });
      cutNow.copyFrom(flash);
      cuts++;
      for (let recovery = 1; recovery <= 3; recovery++) {
        for (let n = 0; n < SUBSETS_OF_RECOVERY; n++) {
          flash.copyFrom(cutNow);
          flash.cutAtOperation(recovery, random32);
          survives(() => open(flash));
          flash.powerOn();
          expectPrefix(open(flash), oracle, changes, done);
          expectPrefix(open(flash), oracle, changes, done);
          cuts++;
        }
      }
    }
    if (isOver) return cuts;
  }
}

for (const unit of [4, 16]) {
  describe(`over units of ${unit} bytes, power fails in each operation of`, () => {
    test('a payment: its entry is there, or nothing is', () => {
      expect(cutEverywhere(unit, [append(420)])).toBeGreaterThan(4 * SUBSETS);
    });

    test('a load: all of its values, or none; then its entry, or not', () => {
      const load = [batch([10, 200], [11, 300], [70, 40], [2, 9], [3, -1]), append(180)];
      expect(cutEverywhere(unit, load)).toBeGreaterThan(10 * SUBSETS);
    });

    test('a sync: each step of it, in their order', () => {
      const sync = [put(20, 900), put(21, 900), batch([1, -1], [22, 700], [4, 5]), append(90), truncate(21)];
      expect(cutEverywhere(unit, sync)).toBeGreaterThan(15 * SUBSETS);
    });

    test('a compaction: nothing that is read changes', () => {
      const fill = Array.from({ length: 9 }, (_, i) => put(30 + i, 700));
      expect(cutEverywhere(unit, [tidy, ...fill.slice(0, 3), tidy, truncate(15), tidy])).toBeGreaterThan(
        20 * SUBSETS,
      );
    });
  });
}
