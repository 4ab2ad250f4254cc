import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Counterparties } from '../../../firmware/ledger/counterparties.js';
import { COUNTERPARTIES_MAX } from '../../../firmware/limits.js';

/** The table keeps one place free. */
const HELD_MAX = COUNTERPARTIES_MAX - 1;

const idOf = (number: number, crowd: number): Uint8Array =>
  Uint8Array.of(1, 2, number >> 8, number, 0, 0, 0xff, crowd);

describe('dealings with counterparties', () => {
  test('are those that a map would count, also when all ids fall on the same place', () => {
    const dealing = fc.tuple(fc.nat(300), fc.nat(1), fc.integer({ min: 1, max: 1_000 }));
    fc.assert(
      fc.property(fc.array(dealing, { maxLength: 500 }), fc.nat(), (dealings, clearAt) => {
        const table = new Counterparties();
        const map = new Map<string, { payments: number; amount: number }>();
        dealings.forEach(([number, crowd, amount], i) => {
          if (dealings.length > 400 && i === clearAt % dealings.length) {
            table.clear();
            map.clear();
          }
          const id = idOf(number, 0xf0 + crowd);
          const known = map.get(id.join());
          expect(table.fits(id)).toBe(known !== undefined || map.size < HELD_MAX);
          expect(table.with(id).payments).toBe(known?.payments ?? 0);
          expect(table.with(id).amount).toBe(known?.amount ?? 0);
          table.count(id, amount);
          if (known) {
            known.payments++;
            known.amount += amount;
          } else if (map.size < HELD_MAX) map.set(id.join(), { payments: 1, amount });
        });
        for (let number = 0; number <= 300; number++) {
          const id = idOf(number, 0xf0);
          expect(table.with(id).payments).toBe(map.get(id.join())?.payments ?? 0);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('with one too many fit no more, and the search for a stranger still ends', () => {
    const table = new Counterparties();
    for (let number = 0; number < HELD_MAX; number++) {
      expect(table.fits(idOf(number, 0))).toBe(true);
      table.count(idOf(number, 0), 5);
    }
    const stranger = idOf(1_000, 0);
    expect(table.fits(stranger)).toBe(false);
    table.count(stranger, 5);
    expect(table.with(stranger).payments).toBe(0);
    expect(table.fits(idOf(7, 0))).toBe(true);
    table.clear();
    expect(table.fits(stranger)).toBe(true);
    expect(table.with(idOf(7, 0)).payments).toBe(0);
  });
});
