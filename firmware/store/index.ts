/** Where the value of each key lies, and where the pages lie that say so after a boot. */
import { STORE_KEYS_MAX } from '../limits.js';
import { NONE, PAGE_KEYS } from './format.js';

export const PAGES = Math.ceil(STORE_KEYS_MAX / PAGE_KEYS);

export class Index {
  /** Address of the record of each key, or NONE. */
  readonly addresses = new Int32Array(PAGES * PAGE_KEYS).fill(NONE);
  /** Address of each page's newest record, or NONE while nothing on it was ever set. */
  pages = new Int32Array(PAGES).fill(NONE);
  /** Pages that say something else in memory than on flash. */
  readonly dirty = new Uint8Array(PAGES);

  set(key: number, address: number): void {
    this.addresses[key] = address;
    this.dirty[(key / PAGE_KEYS) | 0] = 1;
  }

  /** No key of the page ever had a value. */
  isEmpty(page: number): boolean {
    return this.pages[page] === NONE && this.dirty[page] === 0;
  }

  ofPage(page: number): Int32Array {
    return this.addresses.subarray(page * PAGE_KEYS, (page + 1) * PAGE_KEYS);
  }

  /** The payload of a page's record. */
  page(page: number): Uint8Array {
    const addresses = this.ofPage(page);
    return new Uint8Array(addresses.buffer, addresses.byteOffset, addresses.byteLength);
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
