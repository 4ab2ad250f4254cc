import { COUNTERPARTIES_MAX } from '../limits.js';
import { U32_MAX } from '../objects/shape.js';
import { bytesOf, changedPages, wider } from './columns.js';

/** Rows of one page, and bytes of a row in it: id (8), amount (4), payments (2). */
const PAGE_ROWS = 64;
const ROW_BYTES = 14;
const U16_MAX = 0xffff;
export const COUNTERPARTY_PAGES = COUNTERPARTIES_MAX / PAGE_ROWS;

export interface Dealings {
  readonly payments: number;
  /** Minor units, both ways together. */
  readonly amount: number;
}
const NONE: Dealings = { payments: 0, amount: 0 };

/**
 * Payments and amounts with each counterparty since the last sync: rows in the order of first dealings, found
 * by open addressing.
 */
export class Counterparties {
  #id = new Uint8Array(8 * PAGE_ROWS);
  #payments = new Uint16Array(PAGE_ROWS);
  #amount = new Uint32Array(PAGE_ROWS);
  /** Row + 1 of the id that belongs here, or 0. */
  readonly #places = new Uint8Array(COUNTERPARTIES_MAX);
  #used = 0;
  readonly #dirty = new Uint8Array(COUNTERPARTY_PAGES);

  /** How often there were dealings with `id`, and how much they came to. */
  with(id: Uint8Array): Dealings {
    const row = this.#row(id);
    return row < 0 ? NONE : { payments: this.#payments[row], amount: this.#amount[row] };
  }

  /** Whether a payment with `id` can be counted. */
  fits(id: Uint8Array): boolean {
    return !this.#isFull || this.#row(id) >= 0;
  }

  /** One place stays free, so that every search ends. */
  get #isFull(): boolean {
    return this.#used >= COUNTERPARTIES_MAX - 1;
  }

  count(id: Uint8Array, amount: number): void {
    let row = this.#row(id);
    if (row < 0) {
      if (this.#isFull) return;
      row = this.#add(id);
    }
    if (this.#payments[row] < U16_MAX) this.#payments[row]++;
    this.#amount[row] = Math.min(this.#amount[row] + amount, U32_MAX);
    this.#dirty[(row / PAGE_ROWS) | 0] = 1;
  }

  clear(): void {
    this.#payments.fill(0);
    this.#amount.fill(0);
    this.#places.fill(0);
    this.#used = 0;
  }

  get used(): number {
    return this.#used;
  }

  /** Pages that have changed since `saved`. */
  changed(): number[] {
    return changedPages(this.#dirty, PAGE_ROWS, this.#used);
  }

  saved(): void {
    this.#dirty.fill(0);
  }

  page(page: number): Uint8Array {
    const first = page * PAGE_ROWS;
    const rows = Math.min(PAGE_ROWS, this.#used - first);
    const bytes = new Uint8Array(rows * ROW_BYTES);
    bytes.set(this.#id.subarray(first * 8, (first + rows) * 8));
    bytes.set(bytesOf(this.#amount, first, rows), rows * 8);
    bytes.set(bytesOf(this.#payments, first, rows), rows * 12);
    return bytes;
  }

  /** Takes in the next page, in order, when `used` rows are there in all. False when it is none. */
  load(page: number, used: number, bytes: Uint8Array): boolean {
    const first = page * PAGE_ROWS;
    const rows = Math.min(PAGE_ROWS, used - first);
    // A page that was written when more rows were in use is longer.
    const written = bytes.length / ROW_BYTES;
    if (first !== this.#used || rows > written || used >= COUNTERPARTIES_MAX) return false;
    for (let i = 0; i < rows; i++) this.#add(bytes.subarray(i * 8, i * 8 + 8));
    bytesOf(this.#amount, first, rows).set(bytes.subarray(written * 8, written * 8 + rows * 4));
    bytesOf(this.#payments, first, rows).set(bytes.subarray(written * 12, written * 12 + rows * 2));
    return true;
  }

  #add(id: Uint8Array): number {
    const row = this.#used++;
    if (row === this.#amount.length) this.#grow();
    this.#id.set(id, row * 8);
    this.#places[this.#place(id)] = row + 1;
    return row;
  }

  #grow(): void {
    const capacity = this.#amount.length * 2;
    this.#id = wider(this.#id, new Uint8Array(8 * capacity));
    this.#payments = wider(this.#payments, new Uint16Array(capacity));
    this.#amount = wider(this.#amount, new Uint32Array(capacity));
  }

  #row(id: Uint8Array): number {
    return this.#places[this.#place(id)] - 1;
  }

  /**
   * The place of `id`, or the free one where it belongs. Ids are random, so their bytes serve as the hash.
   */
  #place(id: Uint8Array): number {
    let at = ((id[6] << 8) | id[7]) % COUNTERPARTIES_MAX;
    while (this.#places[at] > 0 && !this.#is(this.#places[at] - 1, id)) at = (at + 1) % COUNTERPARTIES_MAX;
    return at;
  }

  #is(row: number, id: Uint8Array): boolean {
    for (let i = 0; i < 8; i++) if (this.#id[row * 8 + i] !== id[i]) return false;
    return true;
  }
}
