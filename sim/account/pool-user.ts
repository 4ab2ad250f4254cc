import { BillKind } from '../../firmware/account/bill.js';
import type { PoolAsk, PooledBill } from '../../firmware/account/pool-hook.js';
import { dayOf } from '../../firmware/ledger/calendar-day.js';

/** A code is good for minutes: after so long nobody could take it a second time. */
const COUNTER_KEPT_S = 3_600;

/** What was asked for and granted, and is not known to be booked. */
export interface Reservation {
  readonly user: PoolUser;
  readonly counter: number;
  /** Minor units. */
  readonly amount: number;
  /** Of the terminal's log when it asked: the bill would be the next one. */
  readonly last: number;
  readonly made_s: number;
}

/**
 * What a site knows of one user: a fold over the bills, and what is reserved. A refund frees nothing of a
 * quota before the platform knows of it.
 */
export class PoolUser {
  /** The highest counter of a code that was taken; -1 when there was none. */
  counter = -1;
  payments = 0;
  /** Minor units. */
  amount = 0;
  readonly reservations = new Set<Reservation>();
  #changed_s = 0;
  /** Minor units, by day, where there are any. */
  readonly #days = new Map<number, number>();

  add(bill: PooledBill, now_s: number): void {
    const { kind, counter, amount, time_s } = bill;
    this.#changed_s = now_s;
    if (kind === BillKind.refund) return;
    if (!isFace(bill)) this.counter = Math.max(this.counter, counter);
    this.payments++;
    this.amount += amount;
    this.#addOn(time_s, amount);
  }

  #addOn(time_s: number, amount: number): void {
    const day = dayOf(time_s);
    const sum = (this.#days.get(day) ?? 0) + amount;
    if (sum === 0) this.#days.delete(day);
    else this.#days.set(day, sum);
  }

  /** The platform has this bill, and counts on by itself. The code stays taken. */
  settle({ kind, amount, time_s }: PooledBill, now_s: number): void {
    this.#changed_s = now_s;
    if (kind === BillKind.refund) return;
    this.payments--;
    this.amount -= amount;
    this.#addOn(time_s, -amount);
  }

  keepCounter(counter: number, now_s: number): void {
    this.counter = Math.max(this.counter, counter);
    this.#changed_s = now_s;
  }

  /** With what is reserved. */
  totals(): { readonly counter: number; readonly payments: number; readonly amount: number } {
    let { counter, payments, amount } = this;
    for (const reserved of this.reservations) {
      counter = Math.max(counter, reserved.counter);
      payments++;
      amount += reserved.amount;
    }
    return { counter, payments, amount };
  }

  /** On that day, as `dayOf` counts them, with what is reserved. */
  paidOn(day: number): number {
    let paid = this.#days.get(day) ?? 0;
    for (const { made_s, amount } of this.reservations) if (dayOf(made_s) === day) paid += amount;
    return paid;
  }

  isForgettable(now_s: number): boolean {
    const isIdle = this.payments === 0 && this.reservations.size === 0;
    return isIdle && (this.counter < 0 || now_s > this.#changed_s + COUNTER_KEPT_S);
  }
}

/** With a face there is no certificate, and no code that could be taken twice. */
export const isFace = ({ pseudonym }: Pick<PoolAsk, 'pseudonym'>): boolean =>
  pseudonym.every((byte) => byte === 0);

/** Certificates have pseudonyms of their own; faces have numbers, and no pseudonym. */
export function userKeyOf(user: Pick<PoolAsk, 'platform' | 'pseudonym' | 'serial'>): string {
  const { platform, pseudonym, serial } = user;
  return `${String.fromCharCode(...platform, ...pseudonym)}${isFace(user) ? serial : ''}`;
}
