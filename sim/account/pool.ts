import { type PoolAsk, type PooledBill, PoolVerdict } from '../../firmware/account/pool-hook.js';
import { dayOf } from '../../firmware/ledger/calendar-day.js';
import { AMOUNT_MAX } from '../../firmware/limits.js';
import { isFace, PoolUser, type Reservation, userKeyOf } from './pool-user.js';

/** Rules for one user at the whole site; AMOUNT_MAX: no limit. Since the terminals' last receipts. */
export interface PoolRules {
  readonly counterpartyCountMax: number;
  readonly counterpartyAmountMax: number;
  /** On one day, by the clocks of the terminals; of what is asked now, by the gateway's. */
  readonly dayMax: number;
}

export const NO_POOL_RULES: PoolRules = {
  counterpartyCountMax: AMOUNT_MAX,
  counterpartyAmountMax: AMOUNT_MAX,
  dayMax: AMOUNT_MAX,
};

export interface PoolBounds {
  readonly terminalsMax: number;
  readonly usersMax: number;
  /** Of all terminals together. */
  readonly billsMax: number;
}
/** A stadium on a day without a network: about 60 MB. */
const POOL_BOUNDS: PoolBounds = { terminalsMax: 512, usersMax: 100_000, billsMax: 400_000 };

/** Until then a terminal that was granted something is heard again, or its claim lapses. */
export const RESERVATION_S = 3_600;
/** Grants of one terminal whose outcome is not known: it is cut off, or takes no care. */
const RESERVATIONS_MAX = 4;
/** Users who are looked at for one who can be forgotten. */
const LOOKS_MAX = 64;

/** How much of its log a terminal says that it has: bills `receipted` + 1 to `last`. */
export interface LogHead {
  readonly receipted: number;
  readonly last: number;
}

interface PoolTerminal {
  receipted: number;
  /** Those after `receipted`, without gaps. */
  bills: PooledBill[];
  readonly reservations: Reservation[];
  /** It has shown two logs: it is asked for nothing and answered nothing. */
  isForked: boolean;
}

/**
 * What the terminals of one site have taken of each user (R32). Its state is a fold over their bills: two
 * pools merge by the union of those, in any order and as often as one likes. Only what is reserved is its
 * own, and only until the terminal says how it ended. Messages of one terminal come in order, or not at all.
 */
export class Pool {
  readonly #terminals = new Map<string, PoolTerminal>();
  /** In the order of their last bills. */
  readonly #users = new Map<string, PoolUser>();
  #bills = 0;

  constructor(
    private readonly rules: PoolRules,
    private readonly bounds = POOL_BOUNDS,
  ) {}

  get users(): number {
    return this.#users.size;
  }
  get bills(): number {
    return this.#bills;
  }

  /**
   * Whether `terminal` may take this payment; if so, it is reserved for it. A terminal decides about one
   * after another: with a new ask it says that the one before is in its log or nowhere.
   */
  ask(terminal: string, head: LogHead, ask: PoolAsk, now_s: number): PoolVerdict {
    const known = this.#terminal(terminal, head, now_s);
    if (!known) return PoolVerdict.unanswered;
    this.#release(known, ({ last, made_s }) => last >= head.last || now_s > made_s + RESERVATION_S);
    const key = userKeyOf(ask);
    const user = this.#user(key, now_s);
    if (!user || known.reservations.length >= RESERVATIONS_MAX) return PoolVerdict.unanswered;
    this.#lapse(user, now_s);
    const refusal = this.#check(user, ask, now_s);
    if (refusal !== undefined) return refusal;
    const { counter, amount } = ask;
    const reservation = { user, counter, amount, last: head.last, made_s: now_s };
    user.reservations.add(reservation);
    known.reservations.push(reservation);
    return PoolVerdict.granted;
  }

  /** What `terminal` asked last is not booked, and will not be. */
  released(terminal: string, head: LogHead, now_s: number): void {
    const known = this.#terminal(terminal, head, now_s);
    if (known) this.#release(known, (reservation) => reservation.last >= head.last);
  }

  /**
   * Takes bills out of the log of `terminal`, and forgets those that its platform has. Returns the sequence
   * up to which it has them: what is there again changes nothing, and behind a gap nothing is taken.
   */
  log(terminal: string, head: LogHead, bills: readonly PooledBill[], now_s: number): number {
    const known = this.#terminal(terminal, head, now_s);
    if (!known) return 0;
    for (const bill of bills) {
      const next = known.receipted + known.bills.length + 1;
      if (bill.sequence > next || bill.sequence > head.last) break;
      if (bill.sequence === next) {
        if (!this.#take(known, bill, now_s)) break;
      } else if (isOther(known.bills[bill.sequence - known.receipted - 1], bill)) known.isForked = true;
    }
    const upTo = known.receipted + known.bills.length;
    this.#release(known, (reservation) => reservation.last < upTo);
    return upTo;
  }

  /** Takes in all that another pool of this site knows. */
  merge(other: Pool, now_s: number): void {
    for (const [terminal, { receipted, bills }] of other.#terminals) {
      const own = this.#terminals.get(terminal);
      const last = Math.max(receipted + bills.length, own ? own.receipted + own.bills.length : 0);
      this.log(terminal, { receipted: Math.max(receipted, own?.receipted ?? 0), last }, bills, now_s);
    }
    for (const [key, { counter }] of other.#users) this.#user(key, now_s)?.keepCounter(counter, now_s);
  }

  /** What is known of a user without what is reserved; for whoever checks. */
  totalsOf(user: Pick<PoolAsk, 'platform' | 'pseudonym' | 'serial'>): {
    readonly counter: number;
    readonly payments: number;
    readonly amount: number;
  } {
    const { counter, payments, amount } = this.#users.get(userKeyOf(user)) ?? new PoolUser();
    return { counter, payments, amount };
  }

  /** Terminals that have shown two logs. */
  get forked(): string[] {
    return [...this.#terminals].filter(([, { isForked }]) => isForked).map(([name]) => name);
  }

  #check(user: PoolUser, ask: PoolAsk, now_s: number): PoolVerdict | undefined {
    const { counterpartyCountMax, counterpartyAmountMax, dayMax } = this.rules;
    const { counter, payments, amount } = user.totals();
    if (!isFace(ask) && ask.counter <= counter) return PoolVerdict.seen;
    if (amount + ask.amount > ask.quota) return PoolVerdict.quota;
    const isTooMuch = payments >= counterpartyCountMax || amount + ask.amount > counterpartyAmountMax;
    if (isTooMuch) return PoolVerdict.counterparty;
    return user.paidOn(dayOf(now_s)) + ask.amount > dayMax ? PoolVerdict.day : undefined;
  }

  /** Undefined when there is no room for it, or its log has gone back. */
  #terminal(name: string, head: LogHead, now_s: number): PoolTerminal | undefined {
    let known = this.#terminals.get(name);
    if (!known) {
      if (this.#terminals.size >= this.bounds.terminalsMax) return undefined;
      known = { receipted: head.receipted, bills: [], reservations: [], isForked: false };
      this.#terminals.set(name, known);
    }
    if (head.receipted < known.receipted || head.last < known.receipted + known.bills.length)
      known.isForked = true;
    if (known.isForked) return undefined;
    this.#settle(known, head.receipted, now_s);
    return known;
  }

  /** The platform has all up to `receipted`. */
  #settle(terminal: PoolTerminal, receipted: number, now_s: number): void {
    const settled = terminal.bills.splice(0, receipted - terminal.receipted);
    terminal.receipted = receipted;
    this.#bills -= settled.length;
    for (const bill of settled) this.#users.get(userKeyOf(bill))?.settle(bill, now_s);
  }

  #take(terminal: PoolTerminal, bill: PooledBill, now_s: number): boolean {
    if (this.#bills >= this.bounds.billsMax) return false;
    const key = userKeyOf(bill);
    const user = this.#user(key, now_s);
    if (!user) return false;
    user.add(bill, now_s);
    this.#users.delete(key);
    this.#users.set(key, user);
    terminal.bills.push(bill);
    this.#bills++;
    return true;
  }

  #user(key: string, now_s: number): PoolUser | undefined {
    let user = this.#users.get(key);
    if (user) return user;
    if (this.#users.size >= this.bounds.usersMax && !this.#forgetOne(now_s)) return undefined;
    user = new PoolUser();
    this.#users.set(key, user);
    return user;
  }

  /** Looks at some, those first whose last bills are longest ago, and so goes round. */
  #forgetOne(now_s: number): boolean {
    let looks = LOOKS_MAX;
    for (const [key, user] of this.#users) {
      this.#users.delete(key);
      if (user.isForgettable(now_s)) return true;
      this.#users.set(key, user);
      if (--looks === 0) break;
    }
    return false;
  }

  #release(terminal: PoolTerminal, isOver: (reservation: Reservation) => boolean): void {
    const { reservations } = terminal;
    for (let i = reservations.length - 1; i >= 0; i--) {
      if (!isOver(reservations[i])) continue;
      reservations[i].user.reservations.delete(reservations[i]);
      reservations.splice(i, 1);
    }
  }

  #lapse(user: PoolUser, now_s: number): void {
    for (const reservation of user.reservations)
      if (now_s > reservation.made_s + RESERVATION_S) user.reservations.delete(reservation);
  }
}

const isOther = (known: PooledBill | undefined, bill: PooledBill): boolean =>
  known !== undefined &&
  (known.amount !== bill.amount ||
    known.counter !== bill.counter ||
    known.kind !== bill.kind ||
    userKeyOf(known) !== userKeyOf(bill));
