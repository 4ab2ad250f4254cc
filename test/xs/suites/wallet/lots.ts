/** Received value: random sums in and out, against a list that is sorted anew each time. */

import { type Lot, Lots } from '../../../../firmware/ledger/lots.js';
import { AMOUNT_MAX, HOPS_MAX, LOTS_MAX } from '../../../../firmware/limits.js';
import { same } from '../../check.js';
import { Dice } from '../../hardware/dice.js';
import type { Case } from '../../suite.js';

const OPERATIONS = 240;
const DAY_S = 86_400;
const NOW_S = 1_800_000_000;

/** A lot, and the order in which it came. */
type Row = Lot & { order: number };

class NaiveLots {
  rows: Row[] = [];
  #order = 0;

  add({ purpose, amount, hops, hopsLimit, expires_s }: Lot): boolean {
    const day_s = Math.floor(expires_s / DAY_S) * DAY_S;
    const lot = { purpose, amount, hops, hopsLimit, expires_s: day_s };
    const equal = this.rows.find((row) => textOf({ ...row, amount: 0 }) === textOf({ ...lot, amount: 0 }));
    if (equal) equal.amount += amount;
    else if (this.rows.length < LOTS_MAX) this.#insert(lot);
    else {
      const last = this.#of(purpose).pop();
      if (last === undefined) return false;
      this.rows = this.rows.filter((row) => row !== last);
      this.#insert(strictest(lot, last, lot.amount + last.amount));
    }
    return true;
  }

  /** What it takes, or undefined. */
  spend(purpose: number, amount: number, time_s: number): Lot | undefined {
    const usable = this.#of(purpose).filter((row) => row.hops < row.hopsLimit && row.expires_s > time_s);
    if (usable.reduce((sum, row) => sum + row.amount, 0) < amount) return undefined;
    let sum: Lot = { purpose, amount, hops: 0, hopsLimit: 0xff, expires_s: 0xffffffff };
    let left = amount;
    for (const row of usable) {
      if (left === 0) break;
      const part = Math.min(left, row.amount);
      sum = strictest(sum, row, amount);
      row.amount -= part;
      left -= part;
    }
    this.rows = this.rows.filter((row) => row.amount > 0);
    return sum;
  }

  spendable(purpose: number, time_s: number): number {
    const usable = this.#of(purpose).filter((row) => row.hops < row.hopsLimit && row.expires_s > time_s);
    return Math.min(
      AMOUNT_MAX,
      usable.reduce((sum, row) => sum + row.amount, 0),
    );
  }

  #insert(lot: Lot): void {
    this.rows.push({ ...lot, order: this.#order++ });
    this.rows.sort(
      (a, b) =>
        a.expires_s - b.expires_s || a.hops - b.hops || a.hopsLimit - b.hopsLimit || a.order - b.order,
    );
  }

  #of(purpose: number): Row[] {
    return this.rows.filter((row) => row.purpose === purpose);
  }
}

const strictest = (a: Lot, b: Lot, amount: number): Lot => ({
  purpose: a.purpose,
  amount,
  hops: Math.max(a.hops, b.hops),
  hopsLimit: Math.min(a.hopsLimit, b.hopsLimit),
  expires_s: Math.min(a.expires_s, b.expires_s),
});

const textOf = ({ purpose, amount, hops, hopsLimit, expires_s }: Lot): string =>
  [purpose, amount, hops, hopsLimit, expires_s].join();

export const lots = (seed: number): Case[] =>
  [1, 40].map((days) => ({
    name: `lots of ${days === 1 ? 'one day' : 'many days'}: random sums in and out are those of a plain list`,
    run: () => {
      const dice = new Dice(seed, `lots ${days}`);
      const real = new Lots();
      const naive = new NaiveLots();
      for (let i = 0; i < OPERATIONS; i++) {
        const purpose = dice.of([0, 0, 5812, 4111]);
        const amount = 1 + dice.below(1_000);
        const time_s = NOW_S + dice.below(days * DAY_S);
        if (dice.below(5) < 3) {
          const hops = 1 + dice.below(3);
          const hopsLimit = Math.min(HOPS_MAX, hops + dice.below(3));
          const lot = { purpose, amount, hops, hopsLimit, expires_s: NOW_S + dice.below(days * DAY_S) };
          const fits = real.fits(purpose, amount, lot);
          same(real.add(purpose, amount, lot), fits, `sum ${i} fits`);
          same(naive.add(lot), fits, `sum ${i}, plainly`);
        } else {
          same(real.spendable(purpose, time_s), naive.spendable(purpose, time_s), `spendable at ${i}`);
          const all = dice.oneIn(3) ? Math.max(1, real.spendable(purpose, time_s)) : amount;
          const peeked = real.peek(purpose, all, time_s);
          const spent = real.spend(purpose, all, time_s);
          same(
            spent && textOf({ purpose, ...spent }),
            peeked && textOf({ purpose, ...peeked }),
            'look before',
          );
          const expected = naive.spend(purpose, all, time_s);
          same(spent && textOf({ purpose, ...spent }), expected && textOf(expected), `spent at ${i}`);
        }
        if (i % 6 > 0) continue;
        same(real.lots.map(textOf).join(' '), naive.rows.map(textOf).join(' '), `lots after ${i}`);
        same(
          real.total,
          naive.rows.reduce((sum, row) => sum + row.amount, 0),
          `total after ${i}`,
        );
      }
    },
  }));
