import { sameBytes } from '../bytes.js';
import { BillKind } from './bill.js';
import { CodeRefusal } from './decision.js';
import type { Fares } from './fare.js';
import type { Pos, Purchase, Taken } from './pos.js';
import type { User } from './user-counts.js';

/** Which way somebody goes through a gate. */
export type Way = typeof BillKind.entry | typeof BillKind.exit;

/**
 * A gate of a network (R27, R31). It knows its own taps and no others, so it finds no fare: each tap is
 * billed with the maximum fare, which is what it is authorised for, and `journeysOf` says later what the user
 * is charged. So quota, pool and rules of a terminal stand against the worst case, in and out alike: where
 * the other tap is missing, this one is all that there is.
 */
export class FareGate {
  constructor(
    readonly pos: Pos,
    readonly fares: Fares,
    /** Number of its station. */
    readonly station: number,
  ) {}

  /** By the code that a scanner has read as `text`, a byte a character. `done` is called once. */
  scan(way: Way, now_s: number, text: Uint8Array, done: (taken: Taken) => void): void {
    this.pos.scan(this.#purchase(way, now_s), now_s, text, done);
  }

  /** By the code that an account card has given in a touch, for `fares.maximum`: see `AccountCode.bytes`. */
  tap(way: Way, now_s: number, code: Uint8Array, done: (taken: Taken) => void): void {
    this.pos.tap(this.#purchase(way, now_s), now_s, code, done);
  }

  #purchase(kind: Way, now_s: number): Purchase {
    const purchase = { kind, amount: this.fares.maximum, place: this.station };
    if (kind === BillKind.exit) return purchase;
    const since_s = now_s - this.fares.passback_s;
    return { ...purchase, forbid: (user) => (this.#isIn(user, since_s) ? CodeRefusal.passback : undefined) };
  }

  /** Whether this user has gone in here since then, and not out. */
  #isIn({ platform, pseudonym }: User, since_s: number): boolean {
    const { log } = this.pos;
    // A log that has stopped says so, and not who went in.
    if (log.stopped !== undefined) return false;
    for (let sequence = log.last; sequence >= log.first; sequence--) {
      const bill = log.at(sequence);
      if (bill.time_s < since_s) return false;
      if (!sameBytes(bill.pseudonym, pseudonym) || !sameBytes(bill.platform, platform)) continue;
      if (bill.kind === BillKind.entry) return true;
      if (bill.kind === BillKind.exit) return false;
    }
    return false;
  }
}
