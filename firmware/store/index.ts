/** Where the value of each key lies, and where the pages lie that say so after a boot. */
import { STORE_KEYS_MAX } from '../limits.js';
import { NONE, PAGE_KEYS } from './format.js';

export const PAGES = Math.ceil(STORE_KEYS_MAX / PAGE_KEYS);

export class Index {
  /**
   * Addresses of the records of each page's keys; undefined while none of them ever had a value, as with most
   * of a wallet of few notes.
   */
  readonly #addresses: (Int32Array | undefined)[] = new Array(PAGES).fill(undefined);
  /** Address of each page's newest record, or NONE while nothing on it was ever set. */
  pages = new Int32Array(PAGES).fill(NONE);
  /** Pages that say something else in memory than on flash. */
  readonly dirty = new Uint8Array(PAGES);

  /** Address of the record of `key`, or NONE. */
  address(key: number): number {
    const addresses = this.#addresses[(key / PAGE_KEYS) | 0];
    return addresses === undefined ? NONE : addresses[key % PAGE_KEYS];
  }

  set(key: number, address: number): void {
    const page = (key / PAGE_KEYS) | 0;
    this.#ofPage(page)[key % PAGE_KEYS] = address;
    this.dirty[page] = 1;
  }

  /** How many pages there are: those on which a key has or had a value. */
  get pageCount(): number {
    let count = 0;
    for (const addresses of this.#addresses) if (addresses !== undefined) count++;
    return count;
  }

  /** All pages are to be written anew. */
  soil(): void {
    for (let page = 0; page < PAGES; page++) if (this.#addresses[page] !== undefined) this.dirty[page] = 1;
  }

  /** Every address that may be one, in the order of the keys. */
  forEach(visit: (address: number, key: number) => void): void {
    for (let page = 0; page < PAGES; page++) {
      const addresses = this.#addresses[page];
      if (addresses === undefined) continue;
      for (let i = 0; i < PAGE_KEYS; i++) visit(addresses[i], page * PAGE_KEYS + i);
    }
  }

  /** No key has a value, and flash does not know it. */
  clear(): void {
    this.#addresses.fill(undefined);
    this.pages.fill(NONE);
    this.dirty.fill(1);
  }

  #ofPage(page: number): Int32Array {
    const known = this.#addresses[page];
    if (known) return known;
    const addresses = new Int32Array(PAGE_KEYS).fill(NONE);
    this.#addresses[page] = addresses;
    return addresses;
  }

  /** The payload of a page's record. */
  page(page: number): Uint8Array {
    return new Uint8Array(this.#ofPage(page).buffer);
  }

  /** False when the payload is no page. */
  load(page: number, payload: Uint8Array, address: number): boolean {
    const target = this.page(page);
    if (payload.length !== target.length) return false;
    target.set(payload);
    this.pages[page] = address;
    return true;
  }
}
