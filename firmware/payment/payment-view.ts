import type { Crypto } from '../../hal/crypto.js';
import type { JournalEntry } from '../ledger/journal-entry.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Certificate } from '../objects/certificate.js';
import type { Limits } from '../objects/profile.js';
import type { Receipt } from '../objects/receipt.js';
import type { Transfer } from '../objects/transfer.js';
import type { Refusal } from '../protocol/refusal.js';
import type { Trust } from '../trust/trust.js';
import type { Consent } from './consent.js';
import type { Lifecycle } from './lifecycle.js';

/** What the payer's and the payee's machine may look at. They read it and change nothing. */
export interface View {
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
   * The journal entry that closed an invoice of this wallet's current epoch, or undefined while it is open.
   * `since`: see `madeAfter`.
   */
  closing(invoice: Uint8Array, since?: number): Uint8Array | undefined;
  /**
   * Whether a payment's journal entry of so many bytes fits into flash, and after it what receipts and a sync
   * need.
   */
  fits(entryBytes: number): boolean;
  /** Whether an entry of so many bytes fits for which payments leave room. */
  fitsReserved(entryBytes: number): boolean;
}

/** What a step wants done, in this order; `commit` is on flash before anything after it happens. */
export type Effect =
  | { readonly do: 'commit'; readonly entry: JournalEntry; readonly confirmed: boolean }
  /** Payer: show the certificate and the notes that the payment will use (ids of 8 bytes). */
  | { readonly do: 'show'; readonly notes: readonly Uint8Array[] }
  /** Payer: hand over a transfer that is on flash. */
  | { readonly do: 'hand'; readonly transfer: Transfer }
  /** Payee: hand over a receipt that is on flash. */
  | {
      readonly do: 'answer';
      readonly receipt: Receipt;
      readonly transfer: Transfer | undefined;
      readonly why: Refusal | undefined;
      /** It was given before: nothing has moved now. */
      readonly again: boolean;
    }
  /** Payer: ask the user to agree. */
  | {
      readonly do: 'ask';
      /** Its whole bytes. */
      readonly invoice: Uint8Array;
      readonly amount: number;
      readonly payee: Uint8Array;
      readonly needsPin: boolean;
    }
  | { readonly do: 'refuse'; readonly why: Refusal };

export interface Decision<State> {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const refused = <State>(state: State, why: Refusal): Decision<State> => ({
  state,
  effects: [{ do: 'refuse', why }],
});
