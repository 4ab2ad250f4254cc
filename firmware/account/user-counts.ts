import { getU16, getU32, putU16, putU32 } from '../bytes.js';
import { dayOf } from '../ledger/calendar-day.js';
import { ACCOUNT_USERS_MAX } from '../limits.js';
import { PLATFORM_ID_BYTES, PSEUDONYM_BYTES } from './account-certificate.js';

/** A row: platform (4), pseudonym (8), highest counter (4), payments (2), amount (4), day (2), its (4). */
const USER_BYTES = PLATFORM_ID_BYTES + PSEUDONYM_BYTES;
const COUNTER = USER_BYTES;
const PAYMENTS = COUNTER + 4;
const AMOUNT = PAYMENTS + 2;
const DAY = AMOUNT + 4;
const DAY_AMOUNT = DAY + 2;
const USER_ROW_BYTES = DAY_AMOUNT + 4;
const ROWS_FIRST = 64;
const U16_MAX = 0xffff;
const U32_MAX = 0xffffffff;

/** Whose payments are counted together: as a certificate and a bill name them. */
export interface User {
  /** As `platformIdOf` names its key, 4 bytes. */
  readonly platform: Uint8Array;
  /** Of the account certificate, 8 bytes. */
  readonly pseudonym: Uint8Array;
}

/**
 * Who pays by face, where no certificate names a pseudonym. `serial`: the account's number in the platform's
 * list. A pseudonym is random: none begins with so many zeros.
 */
export function faceUser(platform: Uint8Array, serial: number): User {
  const pseudonym = new Uint8Array(PSEUDONYM_BYTES);
  putU32(pseudonym, PSEUDONYM_BYTES - 4, serial);
  return { platform, pseudonym };
}

/** What a terminal has seen of one user since its last upload. */
export interface Seen {
  /** The highest counter of a code that was taken; -1 when there was none. */
  readonly counter: number;
  readonly payments: number;
  /** Minor units. */
  readonly amount: number;
  /** The latest day on which it paid, as `dayOf` counts them, and how much on that day. */
  readonly day: number;
  readonly paidThatDay: number;
}
const NOBODY: Seen = { counter: -1, payments: 0, amount: 0, day: 0, paidThatDay: 0 };

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

  of(user: User): Seen {
    const row = this.#row(nameOf(user));
    if (row < 0) return NOBODY;
    const at = row * USER_ROW_BYTES;
    const rows = this.#rows;
    return {
      counter: getU32(rows, at + COUNTER),
      payments: getU16(rows, at + PAYMENTS),
      amount: getU32(rows, at + AMOUNT),
      day: getU16(rows, at + DAY),
      paidThatDay: getU32(rows, at + DAY_AMOUNT),
    };
  }

  /** Whether a payment by this user can be counted. */
  fits(user: User): boolean {
    return this.#used < ACCOUNT_USERS_MAX || this.#row(nameOf(user)) >= 0;
  }

  /**
   * Takes in a booked payment. `amount`: minor units; `time_s`: when. A clock that was set back is still on
   * the latest day. Throws RangeError for one that does not fit.
   */
  count(user: User, counter: number, amount: number, time_s: number): void {
    const at = this.#rowFor(user) * USER_ROW_BYTES;
    if (at < 0) throw new RangeError('no room for another user');
    const rows = this.#rows;
    this.#see(at, counter);
    putU16(rows, at + PAYMENTS, Math.min(getU16(rows, at + PAYMENTS) + 1, U16_MAX));
    putU32(rows, at + AMOUNT, Math.min(getU32(rows, at + AMOUNT) + amount, U32_MAX));
    const day = Math.min(dayOf(time_s), U16_MAX);
    if (day > getU16(rows, at + DAY)) {
      putU16(rows, at + DAY, day);
      putU32(rows, at + DAY_AMOUNT, 0);
    }
    putU32(rows, at + DAY_AMOUNT, Math.min(getU32(rows, at + DAY_AMOUNT) + amount, U32_MAX));
    this.#payments++;
    this.#amount += amount;
  }

  /**
   * A code was taken whose payment is counted elsewhere by now: neither it nor an earlier one is taken again.
   * Where there is no room for its user, there is none for a payment either.
   */
  remember(user: User, counter: number): void {
    const row = this.#rowFor(user);
    if (row >= 0) this.#see(row * USER_ROW_BYTES, counter);
  }

  /** Of what was counted of this user, `amount` (minor units) of a payment of `time_s` has gone back. */
  giveBack(user: User, amount: number, time_s: number): void {
    const at = this.#row(nameOf(user)) * USER_ROW_BYTES;
    const rows = this.#rows;
    putU32(rows, at + AMOUNT, getU32(rows, at + AMOUNT) - amount);
    if (dayOf(time_s) === getU16(rows, at + DAY))
      putU32(rows, at + DAY_AMOUNT, getU32(rows, at + DAY_AMOUNT) - amount);
    this.#amount -= amount;
  }

  #see(at: number, counter: number): void {
    if (counter > getU32(this.#rows, at + COUNTER)) putU32(this.#rows, at + COUNTER, counter);
  }

  /** The row of a user, who gets one; below 0 when there is no room. */
  #rowFor(user: User): number {
    const name = nameOf(user);
    const row = this.#row(name);
    return row >= 0 || this.#used >= ACCOUNT_USERS_MAX ? row : this.#add(name);
  }

  /** Payments by all users together. */
  get payments(): number {
    return this.#payments;
  }
  /** By all users together, minor units. */
  get amount(): number {
    return this.#amount;
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

function nameOf({ platform, pseudonym }: User): Uint8Array {
  const name = new Uint8Array(USER_BYTES);
  name.set(platform);
  name.set(pseudonym, PLATFORM_ID_BYTES);
  return name;
}
