import type { Crypto } from '../../hal/crypto.js';
import { concat, getU32, putU32, sameBytes } from '../bytes.js';
import { Outcome, RECEIPT_REST_BYTES, Receipt } from '../objects/receipt.js';
import { Transfer } from '../objects/transfer.js';
import { bytesOfEntry, type JournalEntry, parseEntry } from './journal-entry.js';

/** Flags (1), the wallet's own clock (4). They are the wallet's own affair and no part of the journal. */
export const RECORD_HEAD_BYTES = 5;
const CONFIRMED = 1;
/**
 * A receipt and the transfer that it answers: the transfer, then of the receipt only what the transfer does
 * not say.
 */
const PACKED = 2;

/** A journal entry, and what the wallet has noted beside it. */
export interface JournalRecord {
  /** As it is hashed and goes up to the bank. */
  readonly bytes: Uint8Array;
  /** Undefined when the bytes are no entry of this device. */
  readonly entry: JournalEntry | undefined;
  /** Whether the user agreed to it. */
  readonly confirmed: boolean;
  /** The wallet's own clock at the time. */
  readonly own_s: number;
}

/** How a journal entry lies in flash: head, then the entry, packed where that can be. */
export function encodeRecord(entry: JournalEntry, confirmed: boolean, own_s: number): Uint8Array {
  const pair = (entry.kind === 'in' || entry.kind === 'refused') && entry.transfer ? entry : undefined;
  const head = new Uint8Array(RECORD_HEAD_BYTES);
  head[0] = (confirmed ? CONFIRMED : 0) | (pair ? PACKED : 0);
  putU32(head, 1, own_s);
  return pair?.transfer
    ? concat(head, pair.transfer.bytes, pair.receipt.rest)
    : concat(head, bytesOfEntry(entry));
}

/**
 * Undefined when the record is none. Signatures are not looked at. `hash` (32 bytes): of the transfer that a
 * receipt in it answers, where it is known.
 */
export function decodeRecord(
  crypto: Crypto,
  device: Uint8Array,
  record: Uint8Array,
  hash?: Uint8Array,
): JournalRecord | undefined {
  if (record.length < RECORD_HEAD_BYTES) return undefined;
  const said = { confirmed: (record[0] & CONFIRMED) !== 0, own_s: getU32(record, 1) };
  const body = record.slice(RECORD_HEAD_BYTES);
  if ((record[0] & PACKED) === 0) return { ...said, bytes: body, entry: parseEntry(device, body) };
  const end = body.length - RECEIPT_REST_BYTES;
  const transfer = end > 0 ? Transfer.parse(body.subarray(0, end)) : undefined;
  const receipt = transfer && Receipt.complete(crypto, transfer, body.subarray(end), hash);
  if (!transfer || !receipt) return undefined;
  const kind = receipt.outcome === Outcome.accepted ? 'in' : 'refused';
  const entry: JournalEntry | undefined = sameBytes(receipt.payee, device)
    ? { kind, receipt, transfer }
    : undefined;
  return { ...said, bytes: concat(receipt.bytes, transfer.bytes), entry };
}
