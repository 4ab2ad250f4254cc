/** Received value: random sums in and out, against a list that is sorted anew each time. */

import { ANY_TERMS, type Lot, Lots } from '../../../../firmware/ledger/lots.js';
import { AMOUNT_MAX, HOPS_MAX, LOTS_MAX } from '../../../../firmware/limits.js';
import type { Terms } from '../../../../firmware/objects/transfer.js';
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
      const last = this.#of(purpose).findLast((row) => joins(row, lot));
      if (last === undefined) return false;
      this.rows = this.rows.filter((row) => row !== last);
      this.#insert(strictest(lot, last, lot.amount + last.amount));
    }
    return true;
  }

  /** What it takes, or undefined. */
  spend(purpose: number, amount: number, time_s: number, within: Readonly<Terms>): Lot | undefined {
    const usable = this.#usable(purpose, time_s, within);
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

  spendable(purpose: number, time_s: number, within: Readonly<Terms>): number {
    const usable = this.#usable(purpose, time_s, within);
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

  #usable(purpose: number, time_s: number, within: Readonly<Terms>): Row[] {
    return this.#of(purpose).filter(
      (row) =>
        canMove(row) &&
        row.expires_s > time_s &&
        row.hops <= within.hops &&
        row.hopsLimit >= within.hopsLimit &&
        row.expires_s >= within.expires_s,
    );
  }

  #of(purpose: number): Row[] {
    return this.rows.filter((row) => row.purpose === purpose);
  }
}

const canMove = ({ hops, hopsLimit }: Terms): boolean => hops < hopsLimit;

/** Whether nothing that could change hands is stuck once they are one. */
function joins(a: Lot, b: Lot): boolean {
  const both = canMove(strictest(a, b, 0));
  return canMove(a) === both && canMove(b) === both;
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
          const hopsLimit = 2 + dice.below(4);
          const within = dice.oneIn(2) ? ANY_TERMS : { hops: hopsLimit - 1, hopsLimit, expires_s: time_s };
          const spendable = real.spendable(purpose, time_s, within);
          same(spendable, naive.spendable(purpose, time_s, within), `spendable at ${i}`);
          const all = dice.oneIn(3) ? Math.max(1, spendable) : amount;
          const peeked = real.peek(purpose, all, time_s, within);
          const spent = real.spend(purpose, all, time_s, within);
          same(
            spent && textOf({ purpose, ...spent }),
            peeked && textOf({ purpose, ...peeked }),
            'look before',
          );
          const expected = naive.spend(purpose, all, time_s, within);
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
