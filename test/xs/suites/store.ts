/**
 * The store on a flash that loses power: whatever the cut, the next boot finds the old or the new, and
 * nothing else.
 */
import { format, openStore } from '../../../firmware/store/open.js';
import type { Store, Write } from '../../../firmware/store/store.js';
import { survives } from '../../../sim/chip/power-cut.js';
import { codeOf, type Change as NamedChange, Oracle } from '../../../sim/store/oracle.js';
import { same } from '../check.js';
import { Dice } from '../hardware/dice.js';
import { StrictFlash } from '../hardware/strict-flash.js';
import type { Case, Hardware, Suite } from '../suite.js';

export interface StoreInput {
  readonly seed: number;
  /** Random cuts for each program unit. */
  readonly cuts: number;
}

type Change = Omit<NamedChange, 'name'>;

const SECTORS = 11;
/** On two pages of the index. */
const KEYS = [1, 2, 3, 62, 63, 64, 65, 66];
const KEYS_MAX = 68;
const UNITS = [4, 16];
/** Bytes of a transfer, of a receipt, of a note, of a page of the note index. */
const [TRANSFER, RECEIPT, NOTE, PAGE] = [250, 160, 140, 704];

export const suite: Suite<StoreInput> = (hardware, { seed, cuts }) => [
  ...UNITS.map((unit) => randomCuts(hardware, unit, seed, cuts)),
  ...UNITS.flatMap((unit) => everyCut(hardware, unit, seed)),
];

/** One flash, its store, and what must be in it. */
class Bench {
  readonly flash: StrictFlash;
  oracle: Oracle;
  store: Store;

  constructor(
    private readonly hardware: Hardware,
    readonly dice: Dice,
    unit: number,
  ) {
    this.flash = new StrictFlash(SECTORS, unit);
    this.store = format(this.flash, hardware.crc32);
    this.oracle = new Oracle(KEYS_MAX, hardware.crypto.equal);
  }

  boot(): void {
    this.flash.powerOn();
    this.open();
  }

  /** Power may still fail in it. */
  open(): void {
    const { erases } = this.flash;
    const result = openStore(this.flash, this.hardware.crc32);
    if (result.status !== 'ok') throw new Error(`a boot says ${JSON.stringify(result)}`);
    same(this.flash.erases, erases, 'erases in a boot');
    this.store = result.store;
  }

  payload(lengthMax: number): Uint8Array {
    const { dice } = this;
    const payload = new Uint8Array(dice.below(lengthMax + 1));
    // All ones read as flash that holds nothing, all zeros as flash that holds everything.
    payload.fill(dice.of([0x00, 0xff, dice.below(256)]));
    payload.set(dice.bytes(Math.min(4, payload.length)));
    return payload;
  }

  append(payload: Uint8Array): Change {
    return { run: (store) => void store.journal.append(payload), note: (oracle) => oracle.append(payload) };
  }

  batch(writes: readonly Write[]): Change {
    return {
      run: (store) => store.batch(writes),
      note: (oracle) => {
        for (const { key, payload } of writes) oracle.put(key, payload);
      },
    };
  }

  randomChange(): Change {
    const { dice } = this;
    const roll = dice.below(10);
    if (roll < 5) return this.append(this.payload(800));
    const writes = Array.from({ length: 1 + dice.below(roll < 8 ? 1 : 4) }, () => ({
      key: dice.of(KEYS),
      payload: dice.below(5) > 0 ? this.payload(600) : undefined,
    }));
    return this.batch(writes);
  }

  /** Housekeeping to its end, and where there is no room any more, what a sync gives back. */
  tidyUp(): void {
    let steps = 0;
    while (this.store.tidy()) same(++steps < 100, true, 'housekeeping has an end');
  }

  expectSame(when: string): void {
    same(this.oracle.differs(this.store), undefined, when);
  }
}

/** One change; where there is no room, nothing has changed, and a sync makes room. */
function change(bench: Bench): void {
  const { oracle, store } = bench;
  const next = bench.randomChange();
  const before = oracle.copy();
  next.note(oracle);
  try {
    next.run(store);
  } catch (error) {
    if (codeOf(error) !== 'full') throw error;
    bench.oracle = before;
    before.truncate(before.nextNumber);
    bench.tidyUp();
    store.truncate(before.nextNumber);
    bench.tidyUp();
  }
}

const randomCuts = (hardware: Hardware, unit: number, seed: number, cuts: number): Case => ({
  name: `unit ${unit}: after random changes and power cuts the store holds what was acknowledged`,
  run: () => {
    const bench = new Bench(hardware, new Dice(seed, `unit ${unit}`), unit);
    const { dice, flash } = bench;
    for (let cut = 0; cut < cuts; cut++) {
      let before = bench.oracle.copy();
      flash.cutAt(1 + dice.below(dice.oneIn(4) ? 40 : 9), dice);
      const isCut = !survives(() => {
        for (;;) {
          before = bench.oracle.copy();
          if (dice.below(3) > 0) change(bench);
          else bench.store.tidy();
        }
      });
      same(isCut, true, 'cut');
      flash.powerOn();
      // Recovery writes, and power may fail in that too.
      if (dice.oneIn(3)) flash.cutAt(1 + dice.below(2), dice);
      if (!survives(() => bench.open())) bench.boot();
      flash.powerOn();
      if (bench.oracle.differs(bench.store) !== undefined) bench.oracle = before;
      bench.expectSame(`after cut ${cut}`);
      if (dice.oneIn(8)) {
        bench.boot();
        bench.expectSame(`after another boot, ${cut}`);
      }
    }
    same(flash.erases > SECTORS, true, 'sectors were used again');
  },
});

/** A flash as it is before the changes, and the changes. */
interface CategoryLimit {
  readonly name: string;
  readonly changes: (bench: Bench) => Change[];
}

const tidy: Change = {
  run: (store) => {
    while (store.tidy());
  },
  note: () => {},
};

const CATEGORY_LIMITS: readonly CategoryLimit[] = [
  {
    name: 'a payment',
    changes: (bench) => [TRANSFER, RECEIPT].map((bytes) => bench.append(bench.dice.bytes(bytes))),
  },
  {
    name: 'a sync',
    changes: (bench) => [
      ...[62, 63].map((key) => bench.batch([{ key, payload: bench.dice.bytes(NOTE) }])),
      bench.append(bench.dice.bytes(RECEIPT)),
      bench.batch([
        { key: 1, payload: bench.dice.bytes(PAGE) },
        { key: 2, payload: bench.dice.bytes(RECEIPT) },
        { key: 3, payload: undefined },
      ]),
      {
        run: (store) => store.truncate(store.journal.nextNumber),
        note: (oracle) => oracle.truncate(oracle.nextNumber),
      },
      tidy,
    ],
  },
  {
    name: 'a compaction',
    changes: (bench) => [
      ...Array.from({ length: 3 }, (_, i) =>
        bench.batch([{ key: KEYS[i], payload: bench.dice.bytes(PAGE) }]),
      ),
      tidy,
    ],
  },
];

const everyCut = (hardware: Hardware, unit: number, seed: number): Case[] =>
  CATEGORY_LIMITS.map(({ name, changes }) => ({
    name: `unit ${unit}: ${name}, cut at each of its flash operations, is done up to some step and no further`,
    run: () => {
      const bench = new Bench(hardware, new Dice(seed, name), unit);
      for (let i = 0; i < 60; i++) {
        change(bench);
        if (i % 4 === 0) bench.tidyUp();
      }
      bench.tidyUp();
      const start = new StrictFlash(SECTORS, unit);
      start.copyFrom(bench.flash);
      const oracle = bench.oracle.copy();
      const steps = changes(bench);
      const play = (cutAt: number): number => {
        bench.flash.copyFrom(start);
        bench.oracle = oracle.copy();
        bench.open();
        bench.flash.cutAt(cutAt, bench.dice);
        let done = 0;
        survives(() => {
          for (; done < steps.length; done++) {
            steps[done].run(bench.store);
            steps[done].note(bench.oracle);
          }
        });
        bench.boot();
        return done;
      };
      const { operations } = bench.flash;
      same(play(0), steps.length, 'steps');
      const count = bench.flash.operations - operations;
      for (let cutAt = 1; cutAt <= count; cutAt++) {
        const done = play(cutAt);
        // What power failed in counts, or it does not.
        if (bench.oracle.differs(bench.store) !== undefined) steps[done]?.note(bench.oracle);
        bench.expectSame(`after a cut at operation ${cutAt} of ${count}`);
      }
    },
  }));
