import type { Crypto } from '../../hal/crypto.js';
import { getU32, join, putU32 } from '../bytes.js';
import { Outcome, RECEIPT_COMPACT_BYTES, Receipt } from '../objects/receipt.js';
import { Transfer } from '../objects/transfer.js';
import { bytesOfEntry, type JournalEntry, parseEntry } from './journal-entry.js';

/** Flags (1), the wallet's own clock (4). They are the wallet's own affair and no part of the journal. */
export const RECORD_HEAD_BYTES = 5;
const CONFIRMED = 1;
/**
 * A receipt and the transfer that it answers: the transfer, then the compact form of the receipt.
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

/** A transfer that was parsed, and its hash (32 bytes) where a receipt answers it. */
export interface KnownTransfer {
  readonly transfer: Transfer;
  readonly hash?: Uint8Array;
}

/** How a journal entry lies in flash: head, then the entry, packed where that can be. */
export function encodeRecord(entry: JournalEntry, confirmed: boolean, own_s: number): Uint8Array {
  const pair = (entry.kind === 'in' || entry.kind === 'refused') && entry.transfer ? entry : undefined;
  const bytes = pair?.transfer ? join(pair.transfer.bytes, pair.receipt.compact) : bytesOfEntry(entry);
  const record = new Uint8Array(RECORD_HEAD_BYTES + bytes.length);
  record[0] = (confirmed ? CONFIRMED : 0) | (pair ? PACKED : 0);
  putU32(record, 1, own_s);
  record.set(bytes, RECORD_HEAD_BYTES);
  return record;
}

/**
 * Undefined when the record is none. Signatures are not looked at. `known`: a transfer that was parsed
 * before; where the record is or answers just this one, to the byte, it is neither parsed nor hashed again.
 */
export function decodeRecord(
  crypto: Crypto,
  device: Uint8Array,
  record: Uint8Array,
  known?: KnownTransfer,
): JournalRecord | undefined {
  if (record.length < RECORD_HEAD_BYTES) return undefined;
  const confirmed = (record[0] & CONFIRMED) !== 0;
  const own_s = getU32(record, 1);
  const body = record.slice(RECORD_HEAD_BYTES);
  const isPacked = (record[0] & PACKED) !== 0;
  const end = isPacked ? body.length - RECEIPT_COMPACT_BYTES : body.length;
  const bytes = body.subarray(0, Math.max(end, 0));
  const isKnown = known !== undefined && crypto.equal(known.transfer.bytes, bytes);
  const parsed = isKnown ? known.transfer : undefined;
  if (!isPacked) return { bytes, entry: parseEntry(device, bytes, crypto.equal, parsed), confirmed, own_s };
  const transfer = parsed ?? Transfer.parse(bytes);
  const hash = isKnown ? known.hash : undefined;
  const receipt = transfer && Receipt.expand(crypto, body, end, transfer, hash)?.receipt;
  if (!transfer || !receipt) return undefined;
  const kind = receipt.outcome === Outcome.accepted ? 'in' : 'refused';
  const entry: JournalEntry | undefined = crypto.equal(receipt.payee, device)
    ? { kind, receipt, transfer }
    : undefined;
  return { bytes: join(receipt.bytes, bytes), entry, confirmed, own_s };
}
