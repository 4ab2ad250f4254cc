import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECORD_BYTES_MAX } from '../../../firmware/limits.js';
import { format, openStore } from '../../../firmware/store/open.js';
import { Bench, survives } from './oracle.js';

const SECTOR_BYTES = 1280;

/** Sizes that meet the edges of units and of a sector. */
const script = [0, 1, 11, 12, 13, 300, 4, 500, 60, 200, 900, 250, 28, RECORD_BYTES_MAX, 8, 700, 120, 400];

function run(bench: Bench): void {
  script.forEach((length, i) => {
    bench.tidy();
    bench.tidy();
    if (bench.store.fits(length)) bench.append(1 + (i % 239), length);
  });
}

for (const unit of [4, 16]) {
  describe(`the store over units of ${unit} bytes, when power fails`, () => {
    test('at each operation in turn, holds each record wholly or not at all, for good', () => {
      const whole = new Bench(1, unit, SECTOR_BYTES, 10);
      const before = whole.flash.counters.programs + whole.flash.counters.erases;
      run(whole);
      expect(whole.records.length).toBe(script.length);
      const operations = whole.flash.counters.programs + whole.flash.counters.erases - before;
      let lost = 0;
      for (let n = 1; n <= operations; n++) {
        for (let seed = 0; seed < 40; seed++) {
          const bench = new Bench(seed * 1000 + n, unit, SECTOR_BYTES, 10);
          bench.cutAt(n);
          run(bench);
          bench.expectStable();
          lost += script.length - bench.records.length;
        }
      }
      expect(lost).toBeGreaterThan(operations);
    });

    test('again and again, in appends, between touches and in recovery', () => {
      const step = fc.record({
        operation: fc.constantFrom('append', 'append', 'append', 'tidy', 'boot'),
        length: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: RECORD_BYTES_MAX })),
        cut: fc.option(fc.integer({ min: 1, max: 4 })),
      });
      fc.assert(
        fc.property(fc.nat(), fc.array(step, { maxLength: 40 }), (seed, steps) => {
          const bench = new Bench(seed, unit, SECTOR_BYTES, 5);
          steps.forEach(({ operation, length, cut }, i) => {
            if (cut !== null) bench.cutAt(cut);
            if (operation === 'boot') bench.recover();
            else if (operation === 'tidy') bench.tidy();
            else if (bench.store.fits(length)) bench.append(1 + (i % 239), length);
            else {
              const { programs, erases } = bench.flash.counters;
              expect(() => bench.store.append(1, new Uint8Array(length))).toThrow(
                expect.objectContaining({ code: 'full' }),
              );
              expect(bench.flash.counters).toMatchObject({ programs, erases });
            }
            if (cut !== null) bench.flash.powerOn();
          });
          bench.expectStable();
        }),
        { numRuns: 1000 },
      );
    });

    test('in recovery so often that its sector has no room left, still decides for good', () => {
      for (let seed = 0; seed < 200; seed++) {
        const bench = new Bench(seed, unit, SECTOR_BYTES, 4);
        bench.append(1, 200);
        bench.cutAt(3); // in the mark
        // What is left behind is less than a dozen headers.
        const length = SECTOR_BYTES - 64 - bench.store.recordBytes(200) - 9 * unit - (seed % 6) * 8;
        bench.append(2, Math.min(length, RECORD_BYTES_MAX));
        for (let boots = 0; boots < 20; boots++) bench.recover(undefined, 3);
        bench.tidy();
        bench.append(3, 40);
        bench.expectStable();
      }
    });
  });
}

test('there is always room to write down whether a record counts, however full its sector is', () => {
  for (const unit of [4, 16]) {
    for (let length = 0; length <= RECORD_BYTES_MAX; length++) {
      const bench = new Bench(length, unit, SECTOR_BYTES, 2);
      bench.append(1, 150);
      const { programs } = bench.flash.counters;
      bench.cutAt(3); // in the mark, or before it where a new sector is opened
      survives(() => bench.store.append(2, new Uint8Array(length)));
      bench.flash.powerOn();
      openStore(bench.flash);
      expect(bench.flash.counters.programs - programs).toBe(4);
    }
  }
});

describe('formatting, when power fails', () => {
  test('ends in blank, damaged or an empty store, and a second format ends well', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      const bench = new Bench(seed, 4, SECTOR_BYTES, 4);
      if (seed % 2) run(bench);
      bench.flash.powerOn();
      const held = bench.records.length;
      bench.cutAt(1 + (seed % 9));
      survives(() => format(bench.flash));
      bench.flash.powerOn();
      const result = openStore(bench.flash);
      seen.add(result.status);
      if (result.status === 'ok') {
        let count = 0;
        result.store.scan(() => count++);
        expect([0, held]).toContain(count);
      }
      format(bench.flash);
      bench.records.length = 0;
      bench.expectStable();
    }
    expect([...seen].sort()).toEqual(['blank', 'damaged', 'ok']);
  });
});
