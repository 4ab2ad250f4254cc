import type { Limits } from '../../../firmware/objects/profile.js';

/**
 * Where the value of a transfer is: still or again with the payer's device, in flight, held for the payer,
 * with the payee, in the payer's account; `late`: in the payer's account, and paid to the payee as a loss.
 */
export type Place = 'payer' | 'in-flight' | 'held' | 'payee' | 'account' | 'late';

/** Why value comes back to its payer. */
export type Why =
  | '' // it does not
  | 'void' // the payee has signed that it never takes it
  | 'settled' // the payee has settled the epoch of the invoice without it
  | 'overdue' // the time to claim it has passed
  | 'unpaid'; // the payee took it against a rule of its own

export interface TransferRow {
  hash: Uint8Array;
  payer: Uint8Array;
  payee: Uint8Array;
  invoice: Uint8Array;
  currency: string;
  /** The `tag` of the transfer: 0, a merchant category, or the number of a target. */
  purpose: number;
  total: number;
  received: number;
  sequence: number;
  claim_by_s: number;
  bytes: Uint8Array;
  /** Bank time when it was shown first. */
  seen_s: number;
  place: Place;
  why: Why;
  unpaid: boolean;
  /** What the payee, or the payer's account, has got of it. */
  paid: number;
  accepted: Uint8Array | null;
  voided: Uint8Array | null;
  payer_state: 'unseen' | 'open' | 'accepted' | 'void' | 'resolved';
  payee_booked: boolean;
}

export interface NoteRow {
  id: Uint8Array;
  device: Uint8Array;
  settlement: number;
  currency: string;
  purpose: number;
  expires_s: number;
  remaining: number;
  state: 'issued' | 'held' | 'retired' | 'dropped';
  bytes: Uint8Array;
}

export interface PartyRow {
  id: Uint8Array;
  account: number;
  operator: number;
  currency: string;
  signing_key: Uint8Array;
  certificate_until_s: number;
  category: number;
  tier: number;
  place: number;
  /**
   * Settlements that it has applied, as far as its journal is here; and the time of the latest that it may
   * have.
   */
  epoch: number;
  issued_s: number;
  /** Limits that may be in force on it. */
  limits: Limits[];
  convicted: boolean;
  recovered: boolean;
  /** See DeviceState. */
  resuming: boolean;
  told_hot_list: number;
}

export interface StatementRow {
  device: Uint8Array;
  sequence: number;
  hash: Uint8Array;
  bytes: Uint8Array;
  previous: Uint8Array | null;
  head: Uint8Array | null;
}

export interface JournalRow {
  device: Uint8Array;
  sequence: number;
  bytes: Uint8Array;
  head: Uint8Array;
  statement: Uint8Array | null;
}
