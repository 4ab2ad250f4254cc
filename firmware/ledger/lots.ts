import { AMOUNT_MAX, LOTS_MAX } from '../limits.js';
import { U32_MAX } from '../objects/shape.js';
import type { Terms } from '../objects/transfer.js';
import { wholeDay } from './calendar-day.js';

/** Received value that may be treated as one sum: it has the same purpose, hops and day of expiry. */
export interface Lot extends Terms {
  purpose: number;
  amount: number;
}

/** What `spend` took: the sum and the terms that hold for all of it. */
export interface Sum extends Terms {
  amount: number;
}

/** The mildest terms: every lot is within them. */
export const ANY_TERMS: Readonly<Terms> = { hops: 0xff, hopsLimit: 0, expires_s: 0 };

/**
 * Received value as a few lots, so that spending the sum of many small payments costs no more than spending
 * one. Which value a payment uses up is a rule that anyone can replay from the journal: within a purpose, the
 * lot that expires first, then the one with the fewest hops; lots at their hop limit are left aside (they
 * wait for a sync), and so are those whose terms are stricter than the transfer's.
 */
export class Lots {
  readonly #lots: Lot[] = [];

  get lots(): readonly Readonly<Lot>[] {
    return this.#lots;
  }

  get total(): number {
    let total = 0;
    const lots = this.#lots;
    for (let i = lots.length; i > 0; ) total += lots[--i].amount;
    return total;
  }

  /**
   * Whether value with these terms can be taken in: a free lot, or one that it can join and that has room for
   * the sum.
   */
  fits(purpose: number, amount: number, terms: Terms): boolean {
    let at = this.#find(purpose, terms);
    if (at < 0 && this.#lots.length < LOTS_MAX) return true;
    if (at < 0) at = this.#nearest(purpose, terms);
    return this.#hasRoom(at, amount);
  }

  #hasRoom(at: number, amount: number): boolean {
    return at >= 0 && this.#lots[at].amount + amount <= U32_MAX;
  }

  /**
   * Adds value. Expiry counts in whole days, rounded down, so that lots stay few. When all lots are taken, it
   * joins one of its purpose and both keep the stricter terms. It joins none that could be spent and then no
   * longer could be: whoever pays a little must not lock up much. False, and nothing changed, when there is
   * none with room for the sum.
   */
  add(purpose: number, amount: number, terms: Terms): boolean {
    let at = this.#find(purpose, terms);
    const isAlike = at >= 0;
    const isFree = !isAlike && this.#lots.length < LOTS_MAX;
    if (!isAlike && !isFree) at = this.#nearest(purpose, terms);
    if (!isFree && !this.#hasRoom(at, amount)) return false;
    if (isAlike) {
      this.#lots[at].amount += amount;
      return true;
    }
    const { hops, hopsLimit, expires_s } = terms;
    const lot = { purpose, amount, hops, hopsLimit, expires_s: wholeDay(expires_s) };
    if (!isFree) {
      const [near] = this.#lots.splice(at, 1);
      tighten(lot, near);
      lot.amount += near.amount;
    }
    this.#insert(lot);
    return true;
  }

  /** What can be spent at `time_s` for `purpose`, of lots whose terms are no stricter than `within`. */
  spendable(purpose: number, time_s: number, within = ANY_TERMS): number {
    let total = 0;
    for (const lot of this.#lots) if (usable(lot, purpose, time_s, within)) total += lot.amount;
    return Math.min(total, AMOUNT_MAX);
  }

  /** What `spend` would take, without taking it; undefined when there is not enough. */
  peek(purpose: number, amount: number, time_s: number, within = ANY_TERMS): Sum | undefined {
    return this.#walk(purpose, amount, time_s, within, false);
  }

  /** Takes `amount`; undefined, and nothing changed, when there is not enough. */
  spend(purpose: number, amount: number, time_s: number, within = ANY_TERMS): Sum | undefined {
    return this.peek(purpose, amount, time_s, within) && this.#walk(purpose, amount, time_s, within, true);
  }

  clear(): void {
    this.#lots.length = 0;
  }

  /** Takes in a lot as it stood, behind those that are here. */
  restore(lot: Lot): void {
    this.#lots.push(lot);
  }

  #walk(
    purpose: number,
    amount: number,
    time_s: number,
    within: Readonly<Terms>,
    take: boolean,
  ): Sum | undefined {
    const sum: Sum = { amount, hops: 0, hopsLimit: 0xff, expires_s: 0xffffffff };
    let left = amount;
    for (let i = 0; left > 0 && i < this.#lots.length; i++) {
      const lot = this.#lots[i];
      if (!usable(lot, purpose, time_s, within)) continue;
      const part = Math.min(lot.amount, left);
      tighten(sum, lot);
      left -= part;
      if (!take) continue;
      lot.amount -= part;
      if (lot.amount === 0) this.#lots.splice(i--, 1);
    }
    return left === 0 ? sum : undefined;
  }

  #find(purpose: number, terms: Terms): number {
    const day_s = wholeDay(terms.expires_s);
    return this.#lots.findIndex(
      (lot) =>
        lot.purpose === purpose &&
        lot.hops === terms.hops &&
        lot.hopsLimit === terms.hopsLimit &&
        lot.expires_s === day_s,
    );
  }

  /** The last lot of this purpose that can be joined: the one that waits longest anyway. */
  #nearest(purpose: number, terms: Terms): number {
    for (let i = this.#lots.length - 1; i >= 0; i--) {
      if (this.#lots[i].purpose === purpose && stayAsTheyAre(this.#lots[i], terms)) return i;
    }
    return -1;
  }

  #insert(lot: Lot): void {
    let at = this.#lots.length;
    while (at > 0 && before(lot, this.#lots[at - 1])) at--;
    this.#lots.splice(at, 0, lot);
  }
}

const usable = (lot: Lot, purpose: number, time_s: number, within: Readonly<Terms>): boolean =>
  lot.purpose === purpose &&
  lot.hops < lot.hopsLimit &&
  lot.expires_s > time_s &&
  lot.hops <= within.hops &&
  lot.hopsLimit >= within.hopsLimit &&
  lot.expires_s >= within.expires_s;

/**
 * Whether two values, joined, can change hands as each of them can: both together still, or neither anyway.
 */
function stayAsTheyAre(a: Terms, b: Terms): boolean {
  const together = Math.max(a.hops, b.hops) < Math.min(a.hopsLimit, b.hopsLimit);
  return together || (a.hops >= a.hopsLimit && b.hops >= b.hopsLimit);
}

function before(a: Lot, b: Lot): boolean {
  if (a.expires_s !== b.expires_s) return a.expires_s < b.expires_s;
  if (a.hops !== b.hops) return a.hops < b.hops;
  return a.hopsLimit < b.hopsLimit;
}

function tighten(terms: Terms, other: Terms): void {
  if (other.hops > terms.hops) terms.hops = other.hops;
  if (other.hopsLimit < terms.hopsLimit) terms.hopsLimit = other.hopsLimit;
  if (other.expires_s < terms.expires_s) terms.expires_s = other.expires_s;
}
