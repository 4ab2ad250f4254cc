/**
 * What a terminal says to the pool of its site (R32), and how it is answered. A terminal without a pool has
 * no hook, and decides by its own rules alone.
 */

/** No number ever changes its meaning. */
export const PoolVerdict = Object.freeze({
  /** Nobody at this site objects. The amount is reserved for this terminal until it books or releases. */
  granted: 0,
  /** This code, or a later one of this user, was taken by another terminal. */
  seen: 1,
  /** More than the certificate is good for, with what was paid at the whole site. */
  quota: 2,
  /** The same user too often, or too much, at the whole site. */
  counterparty: 3,
  /** No answer, or none that helps: the terminal goes on by its own rules. */
  unanswered: 4,
  /** The same user too much on one day, at the whole site. */
  day: 5,
} as const);
export type PoolVerdict = (typeof PoolVerdict)[keyof typeof PoolVerdict];

/** Whose code it is, and what is to be paid by it. */
export interface PoolAsk {
  /** As `platformIdOf` names its key, 4 bytes. */
  readonly platform: Uint8Array;
  /** Of the account certificate, 8 bytes; zeros with a face. */
  readonly pseudonym: Uint8Array;
  /** Of the account certificate; with a face, the account's number in the platform's list. */
  readonly serial: number;
  /** Of the code; 0 with a face, which has none. */
  readonly counter: number;
  /** Minor units. */
  readonly amount: number;
  /** Minor units that the certificate is good for. */
  readonly quota: number;
}

/**
 * The pool as a terminal sees it. A terminal decides about one payment after another: asks when its own rules
 * and both signatures have passed, and then says `booked` or `released`.
 */
export interface PoolHook {
  /** `done` is called once: at once, or within 100 ms. */
  ask(ask: PoolAsk, done: (verdict: PoolVerdict) => void): void;
  /** A bill stands in the terminal's log, also one that was never asked about. */
  booked(): void;
  /** What was asked is not booked after all. */
  released(): void;
}

/** What the pool has to know of a bill: `Bill` is one. */
export interface PooledBill {
  /** Of the terminal's bills, from 1 on, without gaps. */
  readonly sequence: number;
  readonly kind: number;
  readonly platform: Uint8Array;
  readonly pseudonym: Uint8Array;
  readonly serial: number;
  readonly counter: number;
  /** Minor units. */
  readonly amount: number;
  /** By the terminal's clock. */
  readonly time_s: number;
}

/** The bills of a terminal that its platform has no receipt for: from `receipted` + 1 to `last`. */
export interface BillsAtHand {
  /** The sequence up to which the platform has them; 0: none. */
  readonly receipted: number;
  /** The sequence of the last one; `receipted` when there is none. */
  readonly last: number;
  /** Throws RangeError for one that is not at hand. */
  at(sequence: number): PooledBill;
}
