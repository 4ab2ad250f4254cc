/**
 * Where the value of a transfer is: still or again with the payer's device, in flight, with the payee, in the
 * payer's account.
 */
export type Place = 'payer' | 'flight' | 'payee' | 'account';

export interface TransferRow {
  hash: Uint8Array;
  payer: Uint8Array;
  payee: Uint8Array;
  invoice: Uint8Array;
  currency: string;
  purpose: number;
  total: number;
  received: number;
  sequence: number;
  claim_by_s: number;
  bytes: Uint8Array;
  place: Place;
  timed_out: boolean;
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
}

export interface PartyRow {
  id: Uint8Array;
  account: number;
  operator: number;
  signing_key: Uint8Array;
  recovered: boolean;
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
