import { getU16, getU32, putU16, putU32 } from '../bytes.js';
import { ACCOUNT_USERS_MAX } from '../limits.js';
import { isAmount } from '../objects/amount.js';
import { PLATFORM_ID_BYTES, PSEUDONYM_BYTES } from './account-certificate.js';
import type { AccountCode } from './account-code.js';

/** A row: platform (4), pseudonym (8), highest counter (4), payments (2), amount (4). */
const USER_BYTES = PLATFORM_ID_BYTES + PSEUDONYM_BYTES;
const COUNTER = USER_BYTES;
const PAYMENTS = COUNTER + 4;
const AMOUNT = PAYMENTS + 2;
export const USER_ROW_BYTES = AMOUNT + 4;
const ROWS_FIRST = 64;
const U16_MAX = 0xffff;
const U32_MAX = 0xffffffff;

/** What a terminal has seen of one user since its last upload. */
export interface Seen {
  /** The highest counter of a code that was taken; -1 when there was none. */
  readonly counter: number;
  readonly payments: number;
  /** Minor units. */
  readonly amount: number;
}
const NOBODY: Seen = { counter: -1, payments: 0, amount: 0 };

/**
 * Same-user counts of a terminal (R30), which are also its memory of the codes that it has taken: rows in the
 * order of first payments, found by open addressing. At most half of the places are in use.
 */
export class UserCounts {
  #rows = new Uint8Array(ROWS_FIRST * USER_ROW_BYTES);
  /** Row + 1 of the user who belongs here, or 0. */
  #places = new Uint16Array(2 * ROWS_FIRST);
  #used = 0;
  #payments = 0;
  #amount = 0;

  of({ certificate }: AccountCode): Seen {
    const row = this.#row(userOf(certificate));
    if (row < 0) return NOBODY;
    const at = row * USER_ROW_BYTES;
    const rows = this.#rows;
    return {
      counter: getU32(rows, at + COUNTER),
      payments: getU16(rows, at + PAYMENTS),
      amount: getU32(rows, at + AMOUNT),
    };
  }

  /** Whether a payment by this user can be counted. */
  fits({ certificate }: AccountCode): boolean {
    return this.#used < ACCOUNT_USERS_MAX || this.#row(userOf(certificate)) >= 0;
  }

  /** Takes in a payment that was decided. `amount`: minor units. */
  count(code: AccountCode, amount: number): void {
    const user = userOf(code.certificate);
    let row = this.#row(user);
    if (row < 0) {
      if (this.#used >= ACCOUNT_USERS_MAX) throw new RangeError('no room for another user');
      row = this.#add(user);
    }
    const at = row * USER_ROW_BYTES;
    const rows = this.#rows;
    putU32(rows, at + COUNTER, code.counter);
    putU16(rows, at + PAYMENTS, Math.min(getU16(rows, at + PAYMENTS) + 1, U16_MAX));
    putU32(rows, at + AMOUNT, Math.min(getU32(rows, at + AMOUNT) + amount, U32_MAX));
    this.#payments++;
    this.#amount += amount;
  }

  /** Payments by all users together. */
  get payments(): number {
    return this.#payments;
  }
  /** By all users together, minor units. */
  get amount(): number {
    return this.#amount;
  }

  /** All rows, of USER_ROW_BYTES each. */
  get bytes(): Uint8Array {
    return this.#rows.slice(0, this.#used * USER_ROW_BYTES);
  }

  /** Undefined when `bytes` are not what a terminal has counted: cut, too many, a user twice, no payment. */
  static load(bytes: Uint8Array): UserCounts | undefined {
    const used = bytes.length / USER_ROW_BYTES;
    if (!Number.isInteger(used) || used > ACCOUNT_USERS_MAX) return undefined;
    const counts = new UserCounts();
    for (let i = 0; i < used; i++) {
      const row = bytes.subarray(i * USER_ROW_BYTES, (i + 1) * USER_ROW_BYTES);
      if (!counts.#take(row)) return undefined;
    }
    return counts;
  }

  #take(row: Uint8Array): boolean {
    const user = row.subarray(0, USER_BYTES);
    const [payments, amount] = [getU16(row, PAYMENTS), getU32(row, AMOUNT)];
    if (payments === 0 || !isAmount(amount) || this.#row(user) >= 0) return false;
    const at = this.#add(user) * USER_ROW_BYTES;
    this.#rows.set(row, at);
    this.#payments += payments;
    this.#amount += amount;
    return true;
  }

  #add(user: Uint8Array): number {
    const row = this.#used;
    if (2 * row === this.#places.length) this.#grow();
    this.#rows.set(user, row * USER_ROW_BYTES);
    this.#places[this.#place(user)] = row + 1;
    this.#used++;
    return row;
  }

  #grow(): void {
    const rows = new Uint8Array(2 * this.#rows.length);
    rows.set(this.#rows);
    this.#rows = rows;
    this.#places = new Uint16Array(2 * this.#places.length);
    for (let row = 0; row < this.#used; row++) {
      const at = row * USER_ROW_BYTES;
      this.#places[this.#place(rows.subarray(at, at + USER_BYTES))] = row + 1;
    }
  }

  #row(user: Uint8Array): number {
    return this.#places[this.#place(user)] - 1;
  }

  /** The place of `user`, or the free one where it belongs. Pseudonyms are random, and serve as the hash. */
  #place(user: Uint8Array): number {
    const places = this.#places;
    const mask = places.length - 1;
    let at = getU16(user, USER_BYTES - 2) & mask;
    while (places[at] > 0 && !this.#is(places[at] - 1, user)) at = (at + 1) & mask;
    return at;
  }

  #is(row: number, user: Uint8Array): boolean {
    const at = row * USER_ROW_BYTES;
    for (let i = 0; i < USER_BYTES; i++) if (this.#rows[at + i] !== user[i]) return false;
    return true;
  }
}

function userOf({ platform, pseudonym }: AccountCode['certificate']): Uint8Array {
  const user = new Uint8Array(USER_BYTES);
  user.set(platform);
  user.set(pseudonym, PLATFORM_ID_BYTES);
  return user;
}
