import type { Crypto } from '../../hal/crypto.js';
import type { JournalEntry } from '../ledger/journal-entry.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Certificate } from '../objects/certificate.js';
import type { Limits } from '../objects/profile.js';
import type { Receipt } from '../objects/receipt.js';
import type { Refusal } from '../protocol/refusal.js';
import type { Trust } from '../trust/trust.js';
import type { Consent, PaymentQuestion } from './consent.js';
import type { Lifecycle } from './lifecycle.js';

/** What paying and receiving may look at. Nothing here changes anything. */
export interface PaymentView {
  readonly crypto: Crypto;
  readonly certificate: Certificate;
  /** Ed25519 signing key, 64 bytes. */
  readonly signingKey: Uint8Array;
  readonly currency: Uint8Array;
  readonly ledger: Ledger;
  readonly trust: Trust;
  readonly limits: Limits;
  readonly lifecycle: Lifecycle;
  readonly pinLocked: boolean;
  /** The wallet's own clock. */
  readonly own_s: number;
  /** The flash has not taken what was written: nothing is committed any more. */
  readonly isUnwritable: boolean;
  /**
   * What the user has given for this invoice (its whole bytes: another amount under the same id is another
   * invoice).
   */
  consentFor(invoice: Uint8Array): Consent;
  /**
   * The journal's last sequence number when this wallet made an invoice with that id in its current epoch.
   * Any number for an id that is not ours; one beyond the journal's end shows that it is not.
   */
  madeAfter(invoice: Uint8Array): number;
  /**
   * Our receipt that closed an invoice of this wallet's current epoch, or undefined while it is open.
   * `since`: see `madeAfter`.
   */
  closing(invoice: Uint8Array, since?: number): Receipt | undefined;
  /** A note that is held, as it lies in flash; undefined when it does not read. */
  noteBytes(id: Uint8Array): Uint8Array | undefined;
  /**
   * Whether a payment's journal entry of so many bytes fits into flash, and after it what receipts and a sync
   * need.
   */
  fits(entryBytes: number): boolean;
  /** Whether an entry of so many bytes fits for which payments leave room. */
  fitsReserved(entryBytes: number): boolean;
}

/** The view, and the two ways in which a payment changes something. */
export interface PaymentHost extends PaymentView {
  /**
   * Appends a journal entry: on flash first, then in the ledger. `confirmed`: the user agreed to it.
   * Undefined when done; else nothing was written.
   */
  commit(entry: JournalEntry, confirmed: boolean): Refusal | undefined;
  /** Asks the user to agree. */
  ask(question: PaymentQuestion): void;
}
