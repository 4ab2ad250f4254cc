/** A payment that was taken, and what is left of it after refunds. Minor units. */
interface Sale {
  /** Number of its entry in the payee's journal. */
  readonly sequence: number;
  left: number;
}

/** A part of a payment back that refunds one sale. */
export interface Refunded {
  /** Number of the sale in the journal of the device that took it. */
  readonly sale: number;
  /** Minor units. */
  readonly amount: number;
}

/**
 * What one device has taken from one payer, and what it has paid back of it, in the order of its journal. No
 * signed object names the sale that a payment back is for, so this rule does, for whoever has the journal:
 * a payment back refunds the latest sales first, each until nothing is left of it. What is more refunds
 * nothing. Whoever knows only the newest part of the journal comes to the same sales.
 */
export class Sales {
  readonly #open: Sale[] = [];

  add(sequence: number, amount: number): void {
    this.#open.push({ sequence, left: amount });
  }

  /** What is left of all. */
  get left(): number {
    return this.#open.reduce((sum, { left }) => sum + left, 0);
  }

  /** What a payment of `amount` back refunds, the latest sale first. */
  payBack(amount: number): Refunded[] {
    const refunded: Refunded[] = [];
    for (let rest = amount; rest > 0 && this.#open.length > 0; ) {
      const sale = this.#open[this.#open.length - 1];
      const part = Math.min(rest, sale.left);
      refunded.push({ sale: sale.sequence, amount: part });
      rest -= part;
      sale.left -= part;
      if (sale.left === 0) this.#open.pop();
    }
    return refunded;
  }
}
