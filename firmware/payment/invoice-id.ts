import type { Crypto } from '../../hal/crypto.js';
import { putU32 } from '../bytes.js';
import type { Ledger } from '../ledger/ledger.js';
import { INVOICE_VALIDITY_S } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import { Invoice } from '../objects/invoice.js';

/** Low bits of an invoice id that say how long the journal was: JOURNAL_ENTRIES_MAX fits. */
const SINCE_MASK = 0xfff;

/**
 * Ids of a wallet's invoices: the sync epoch (4 bytes), so that a later epoch knows an invoice for closed;
 * random (20 bits); how many journal entries the epoch had when it was made (12 bits), masked so that only
 * this wallet can tell. A transfer for a fresh invoice is thus known to be new without a search.
 */
export class InvoiceIds {
  /** The id that was made or asked about last, and its answer: a touch asks for its own again and again. */
  #last: Uint8Array | undefined;
  #entries = 0;

  constructor(private readonly crypto: Crypto) {}

  /** `id`: 8 random bytes, which become the id. `entries`: how many the epoch has by now. */
  make(secret: Uint8Array, id: Uint8Array, epoch: number, entries: number): Uint8Array {
    putU32(id, 0, epoch);
    const masked = entries ^ this.#maskOf(secret, id);
    id[6] = (id[6] & 0xf0) | ((masked >>> 8) & 0x0f);
    id[7] = masked;
    this.#last = id;
    this.#entries = entries & SINCE_MASK;
    return id;
  }

  /** Journal entries of the epoch when this invoice was made; any number for an id that is not ours. */
  entriesBefore(secret: Uint8Array, id: Uint8Array): number {
    if (this.#last === undefined || !this.crypto.equal(this.#last, id)) {
      this.#last = id.slice();
      this.#entries = (((id[6] << 8) | id[7]) ^ this.#maskOf(secret, id)) & SINCE_MASK;
    }
    return this.#entries;
  }

  #maskOf(secret: Uint8Array, id: Uint8Array): number {
    const mask = this.crypto.hmacSha256(
      secret,
      Uint8Array.of(0x69, id[0], id[1], id[2], id[3], id[4], id[5], id[6] & 0xf0),
    );
    return ((mask[0] << 8) | mask[1]) & SINCE_MASK;
  }
}

/** What an invoice takes from the wallet that makes it. */
export interface InvoiceIssuer {
  readonly invoiceIds: InvoiceIds;
  readonly ledger: Pick<Ledger, 'epoch' | 'sequence' | 'settledAt'>;
  readonly certificate: Certificate;
  /** ISO 4217, 3 ASCII bytes. */
  readonly currency: Uint8Array;
  /** 32 bytes, for nothing else. */
  readonly invoiceSecret: Uint8Array;
  random(bytes: number): Uint8Array;
}

/** What an invoice of this wallet is to be called, 8 bytes. Throws EntropyError. */
export function newInvoiceId(wallet: InvoiceIssuer): Uint8Array {
  const { epoch, sequence, settledAt } = wallet.ledger;
  return wallet.invoiceIds.make(wallet.invoiceSecret, wallet.random(8), epoch, sequence - settledAt);
}

/** An invoice by this wallet, over `amount` minor units. */
export function newInvoice(
  wallet: InvoiceIssuer,
  amount: number,
  time_s: number,
  id = newInvoiceId(wallet),
): Invoice {
  return Invoice.build({
    payee: wallet.certificate.id,
    id,
    amount,
    currency: wallet.currency,
    category: wallet.certificate.category,
    created_s: time_s,
    validity_s: INVOICE_VALIDITY_S,
  });
}
