import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lots } from '../../../firmware/ledger/lots.js';
import { AMOUNT_MAX, LOTS_MAX } from '../../../firmware/limits.js';
import type { Terms } from '../../../firmware/objects/transfer.js';

const DAY_S = 86_400;

interface Payment extends Terms {
  purpose: number;
  amount: number;
}

/** Every payment by itself, as it came; what a wallet would do if memory cost nothing. */
class Payments {
  all: Payment[] = [];

  add(purpose: number, amount: number, terms: Terms): void {
    const expires_s = Math.floor(terms.expires_s / DAY_S) * DAY_S;
    this.all.push({ purpose, amount, hops: terms.hops, hopsLimit: terms.hopsLimit, expires_s });
  }

  usable(purpose: number, time_s: number): Payment[] {
    return this.all
      .filter((p) => p.purpose === purpose && p.hops < p.hopsLimit && p.expires_s > time_s)
      .sort((a, b) => a.expires_s - b.expires_s || a.hops - b.hops || a.hopsLimit - b.hopsLimit);
  }

  spendable(purpose: number, time_s: number): number {
    return this.usable(purpose, time_s).reduce((sum, p) => sum + p.amount, 0);
  }

  spend(purpose: number, amount: number, time_s: number): (Terms & { amount: number }) | undefined {
    if (this.spendable(purpose, time_s) < amount) return undefined;
    const touched: Payment[] = [];
    let left = amount;
    for (const payment of this.usable(purpose, time_s)) {
      if (left === 0) break;
      const part = Math.min(left, payment.amount);
      touched.push({ ...payment });
      payment.amount -= part;
      left -= part;
    }
    this.all = this.all.filter((payment) => payment.amount > 0);
    return {
      amount,
      hops: Math.max(...touched.map((p) => p.hops)),
      hopsLimit: Math.min(...touched.map((p) => p.hopsLimit)),
      expires_s: Math.min(...touched.map((p) => p.expires_s)),
    };
  }

  get total(): number {
    return this.all.reduce((sum, p) => sum + p.amount, 0);
  }
}

const purpose = fc.constantFrom(0, 5812);
const terms = (days: number): fc.Arbitrary<Terms> =>
  fc.record({
    hops: fc.integer({ min: 1, max: 3 }),
    hopsLimit: fc.integer({ min: 2, max: 4 }),
    expires_s: fc.integer({ min: 0, max: days * DAY_S }),
  });

type Step =
  | { do: 'add'; purpose: number; amount: number; terms: Terms }
  | { do: 'spend'; purpose: number; share: number; over: number; time_s: number };

const steps = (days: number, maxLength: number) =>
  fc.array(
    fc.oneof(
      fc.record({
        do: fc.constant('add' as const),
        purpose,
        amount: fc.integer({ min: 1, max: 1_000 }),
        terms: terms(days),
      }),
      fc.record({
        do: fc.constant('spend' as const),
        purpose,
        share: fc.double({ min: 0.001, max: 1, noNaN: true }),
        over: fc.constantFrom(0, 0, 0, 1),
        time_s: fc.integer({ min: 0, max: days * DAY_S }),
      }),
    ) satisfies fc.Arbitrary<Step>,
    { maxLength },
  );

describe('lots of received value', () => {
  test('do what a list of every single payment does, as long as their terms are few', () => {
    fc.assert(
      // 2 purposes, at most 7 pairs of hops, 2 days: fewer than LOTS_MAX.
      fc.property(steps(2, 60), (history) => {
        const lots = new Lots();
        const oracle = new Payments();
        for (const step of history) {
          if (step.do === 'add') {
            expect(lots.add(step.purpose, step.amount, step.terms)).toBe(true);
            oracle.add(step.purpose, step.amount, step.terms);
          } else {
            const there = oracle.spendable(step.purpose, step.time_s);
            expect(lots.spendable(step.purpose, step.time_s)).toBe(there);
            const amount = Math.max(1, Math.floor(there * step.share)) + step.over * there;
            const peeked = lots.peek(step.purpose, amount, step.time_s);
            const before = lots.total;
            const spent = lots.spend(step.purpose, amount, step.time_s);
            expect(spent).toEqual(oracle.spend(step.purpose, amount, step.time_s));
            expect(peeked).toEqual(spent);
            if (!spent) expect(lots.total).toBe(before);
          }
          expect(lots.total).toBe(oracle.total);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('when there are too many terms, lose nothing and never make them milder', () => {
    fc.assert(
      fc.property(steps(60, 120), (history) => {
        const lots = new Lots();
        const oracle = new Payments();
        for (const step of history) {
          if (step.do === 'add') {
            const fits = lots.fits(step.purpose, step.amount, step.terms);
            const before = lots.total;
            expect(lots.add(step.purpose, step.amount, step.terms)).toBe(fits);
            expect(lots.total).toBe(before + (fits ? step.amount : 0));
            if (fits) oracle.add(step.purpose, step.amount, step.terms);
            expect(lots.lots.length).toBeLessThanOrEqual(LOTS_MAX);
          } else {
            const there = lots.spendable(step.purpose, step.time_s);
            // What single payments would allow is an upper bound: joined terms only get stricter.
            expect(there).toBeLessThanOrEqual(oracle.spendable(step.purpose, step.time_s));
          }
          for (const kind of [0, 5812]) {
            const ours = lots.lots.filter((lot) => lot.purpose === kind);
            const theirs = oracle.all.filter((payment) => payment.purpose === kind);
            const sum = (items: readonly { amount: number }[]) => items.reduce((n, p) => n + p.amount, 0);
            expect(sum(ours)).toBe(sum(theirs));
            if (theirs.length === 0) continue;
            // Nothing became stricter than the strictest that came in.
            for (const lot of ours) {
              expect(lot.hops).toBeLessThanOrEqual(Math.max(...theirs.map((p) => p.hops)));
              expect(lot.hopsLimit).toBeGreaterThanOrEqual(Math.min(...theirs.map((p) => p.hopsLimit)));
              expect(lot.expires_s).toBeGreaterThanOrEqual(Math.min(...theirs.map((p) => p.expires_s)));
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  /** As many lots as there can be, one a day, each of 10. */
  function full(): Lots {
    const lots = new Lots();
    for (let day = 1; day <= LOTS_MAX; day++) {
      lots.add(0, 10, { hops: 1, hopsLimit: 4, expires_s: day * DAY_S });
    }
    expect(lots.lots).toHaveLength(LOTS_MAX);
    return lots;
  }

  test('join the last of their purpose when all places are taken, on the stricter terms of both', () => {
    const lots = full();
    expect(lots.add(0, 5, { hops: 2, hopsLimit: 3, expires_s: (LOTS_MAX + 9) * DAY_S })).toBe(true);
    expect(lots.lots).toHaveLength(LOTS_MAX);
    expect(lots.lots[LOTS_MAX - 1]).toEqual({
      purpose: 0,
      amount: 15,
      hops: 2,
      hopsLimit: 3,
      expires_s: LOTS_MAX * DAY_S,
    });
  });

  test('take in nothing of a purpose that has no place among full lots', () => {
    const lots = full();
    const terms = { hops: 1, hopsLimit: 4, expires_s: DAY_S };
    expect(lots.fits(5812, 1, terms)).toBe(false);
    expect(lots.add(5812, 5, terms)).toBe(false);
    expect(lots.total).toBe(10 * LOTS_MAX);
    expect(lots.fits(0, 1, terms)).toBe(true);
  });

  test('are spendable until the day on which they expire begins, and below their hop limit', () => {
    const lots = new Lots();
    lots.add(0, 10, { hops: 1, hopsLimit: 2, expires_s: 5 * DAY_S + 7 });
    lots.add(0, 10, { hops: 2, hopsLimit: 2, expires_s: 5 * DAY_S + 7 });
    expect(lots.spendable(0, 5 * DAY_S - 1)).toBe(10);
    expect(lots.spendable(0, 5 * DAY_S)).toBe(0);
    expect(lots.spend(0, 11, 0)).toBeUndefined();
    expect(lots.spend(0, 10, 0)).toEqual({ amount: 10, hops: 1, hopsLimit: 2, expires_s: 5 * DAY_S });
    expect(lots.total).toBe(10);
  });

  test('never offer more than one payment may be', () => {
    const lots = new Lots();
    for (let day = 1; day <= 3; day++) {
      lots.add(0, AMOUNT_MAX, { hops: 1, hopsLimit: 2, expires_s: day * DAY_S });
    }
    expect(lots.spendable(0, 0)).toBe(AMOUNT_MAX);
    expect(lots.total).toBe(3 * AMOUNT_MAX);
  });
});
