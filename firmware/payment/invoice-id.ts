import type { Crypto } from '../../hal/crypto.js';
import { putU32 } from '../bytes.js';
import type { Ledger } from '../ledger/ledger.js';
import { INVOICE_VALIDITY_S } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import { Invoice } from '../objects/invoice.js';

/** Low bits of an invoice id that say how long the journal was: JOURNAL_ENTRIES_MAX fits. */
const SINCE_MASK = 0xfff;

/** What an invoice takes from the wallet that makes it. */
export interface InvoiceIssuer {
  readonly crypto: Crypto;
  readonly ledger: Pick<Ledger, 'epoch' | 'sequence' | 'settledAt'>;
  readonly certificate: Certificate;
  /** ISO 4217, 3 ASCII bytes. */
  readonly currency: Uint8Array;
  readonly agreement: { readonly secret: Uint8Array };
  random(bytes: number): Uint8Array;
}

/**
 * An invoice by this wallet. Its id: the sync epoch (4 bytes), so that a later epoch knows it for closed;
 * random (20 bits); how many journal entries the epoch had when it was made (12 bits), masked so that only
 * this wallet can tell. A transfer for a fresh invoice is thus known to be new without a search.
 */
export function newInvoice(wallet: InvoiceIssuer, amount: number, time_s: number): Invoice {
  const { ledger } = wallet;
  const id = wallet.random(8);
  putU32(id, 0, ledger.epoch);
  const since = (ledger.sequence - ledger.settledAt) ^ maskOf(wallet.crypto, wallet.agreement.secret, id);
  id[6] = (id[6] & 0xf0) | ((since >>> 8) & 0x0f);
  id[7] = since;
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

/** Journal entries of the epoch when this invoice of ours was made; any number for an id that is not ours. */
export function entriesBefore(crypto: Crypto, secret: Uint8Array, id: Uint8Array): number {
  return (((id[6] << 8) | id[7]) ^ maskOf(crypto, secret, id)) & SINCE_MASK;
}

function maskOf(crypto: Crypto, secret: Uint8Array, id: Uint8Array): number {
  const mask = crypto.hmacSha256(
    secret,
    Uint8Array.of(0x69, id[0], id[1], id[2], id[3], id[4], id[5], id[6] & 0xf0),
  );
  return ((mask[0] << 8) | mask[1]) & SINCE_MASK;
}
