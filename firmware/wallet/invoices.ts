import { INVOICE_VALIDITY_S } from '../limits.js';
import { Invoice } from '../note/invoice.js';
import { putU32 } from '../note/shape.js';
import { invoiceNumber } from './journal.js';
import type { Wallet } from './wallet.js';

/** An invoice by this wallet. Its id begins with the epoch, so that a later epoch knows it for closed. */
export function newInvoice(wallet: Wallet, amount: number, time_s: number): Invoice {
  let id: Uint8Array;
  do {
    id = wallet.random(8);
    putU32(id, 0, wallet.ledger.epoch);
  } while (invoiceNumber(id) === 0 || wallet.ledger.closed(id) !== undefined);
  return Invoice.build({
    payee: wallet.certificate.id,
    id,
    amount,
    currency: wallet.currency,
    category: wallet.certificate.category,
    created_s: time_s,
    validUntil_s: time_s + INVOICE_VALIDITY_S,
  });
}
