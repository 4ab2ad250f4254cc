import { parseEntry } from '../ledger/journal-entry.js';
import { Outcome } from '../objects/receipt.js';
import type { Transfer } from '../objects/transfer.js';
import { type Refunded, Sales } from '../payment/sales.js';
import type { Wallet } from '../wallet/wallet.js';
import type { Order } from './order.js';

/**
 * What a payment of `amount` to a card (8 bytes) would refund, by the journal since the last sync: nothing
 * earlier is here. Undefined when it is more than what is left of the sales to that card, or when it would
 * not be all of `sale`.
 */
export function refundTo(
  wallet: Wallet,
  card: Uint8Array,
  amount: number,
  { sale }: NonNullable<Order['refund']>,
): readonly Refunded[] | undefined {
  const { sales } = dealingsWith(wallet, card);
  if (amount > sales.left) return undefined;
  const refunded = sales.payBack(amount);
  return sale === undefined || refunded.every((part) => part.sale === sale) ? refunded : undefined;
}

/** What our newest payment to a card (8 bytes) has refunded. */
export const newestRefundTo = (wallet: Wallet, card: Uint8Array): readonly Refunded[] =>
  dealingsWith(wallet, card).newest;

interface Dealings {
  readonly sales: Sales;
  readonly newest: readonly Refunded[];
}

function dealingsWith(wallet: Wallet, card: Uint8Array): Dealings {
  const { crypto, ledger } = wallet;
  const voided: Uint8Array[] = [];
  const dealings: { sequence: number; transfer: Transfer; isSale: boolean }[] = [];
  for (let sequence = ledger.settledAt + 1; sequence <= ledger.sequence; sequence++) {
    const bytes = wallet.entry(sequence);
    const entry = bytes && parseEntry(wallet.certificate.id, bytes, crypto.equal);
    if (entry?.kind === 'answer' && entry.receipt.outcome === Outcome.void)
      voided.push(entry.receipt.transfer);
    if (entry?.kind !== 'in' && entry?.kind !== 'out') continue;
    const { transfer, kind } = entry;
    const isSale = kind === 'in';
    if (crypto.equal(isSale ? transfer.payer : transfer.payee, card))
      dealings.push({ sequence, transfer, isSale });
  }
  const sales = new Sales();
  let newest: readonly Refunded[] = [];
  for (const { sequence, transfer, isSale } of dealings) {
    if (isSale) sales.add(sequence, transfer.total);
    else if (!voided.some((hash) => crypto.equal(hash, transfer.hash(crypto))))
      newest = sales.payBack(transfer.total);
  }
  return { sales, newest };
}
