import { COUNTERPARTIES_MAX } from '../limits.js';

/** Payments and amounts with each counterparty since the last sync: open addressing over fixed columns. */
export class Counterparties {
  readonly #id = new Uint8Array(8 * COUNTERPARTIES_MAX);
  readonly #payments = new Uint16Array(COUNTERPARTIES_MAX);
  readonly #amount = new Uint32Array(COUNTERPARTIES_MAX);
  #used = 0;

  payments(id: Uint8Array): number {
    return this.#payments[this.#find(id)];
  }

  amount(id: Uint8Array): number {
    return this.#amount[this.#find(id)];
  }

  /** Whether a payment with `id` can be counted. */
  fits(id: Uint8Array): boolean {
    return this.#used < COUNTERPARTIES_MAX - 1 || this.#payments[this.#find(id)] > 0;
  }

  count(id: Uint8Array, amount: number): void {
    const at = this.#find(id);
    if (this.#payments[at] === 0) {
      // One place stays free, so that every search ends.
      if (this.#used === COUNTERPARTIES_MAX - 1) return;
      this.#used++;
      this.#id.set(id, at * 8);
    }
    this.#payments[at]++;
    this.#amount[at] += amount;
  }

  clear(): void {
    this.#payments.fill(0);
    this.#amount.fill(0);
    this.#used = 0;
  }

  /** The place of `id`, or the free one where it belongs. Ids are random, so their bytes serve as the hash. */
  #find(id: Uint8Array): number {
    let at = ((id[6] << 8) | id[7]) % COUNTERPARTIES_MAX;
    while (this.#payments[at] > 0 && !this.#is(at, id)) at = (at + 1) % COUNTERPARTIES_MAX;
    return at;
  }

  #is(at: number, id: Uint8Array): boolean {
    for (let i = 0; i < 8; i++) if (this.#id[at * 8 + i] !== id[i]) return false;
    return true;
  }
}
