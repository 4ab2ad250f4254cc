import type { Crypto } from '../../hal/crypto.js';
import { getU32, join, type Same, sameBytes } from '../bytes.js';
import { Outcome, RECEIPT_BYTES, Receipt } from '../objects/receipt.js';
import { Settlement } from '../objects/settlement.js';
import { Transfer } from '../objects/transfer.js';

/**
 * The journal: all that ever happened to the money of one device, one entry after another, tied by hashes. An
 * entry is one of the signed objects, so its kind is in its bytes:
 *
 * - `out`: a transfer by this device
 * - `in`: this device's receipt `accepted`, then the transfer it accepts
 * - `refused`: this device's receipt `void`, then the transfer if it was seen
 * - `answer`: a payee's receipt for a transfer by this device
 * - `settled`: a settlement that this device has applied
 */
export type JournalEntry =
  | { readonly kind: 'out'; readonly transfer: Transfer }
  | { readonly kind: 'in'; readonly receipt: Receipt; readonly transfer: Transfer }
  | { readonly kind: 'refused'; readonly receipt: Receipt; readonly transfer: Transfer | undefined }
  | { readonly kind: 'answer'; readonly receipt: Receipt }
  | { readonly kind: 'settled'; readonly settlement: Settlement };

export const JOURNAL_HASH_BYTES = 32;

/** The head of an empty journal. */
export const emptyHead = (): Uint8Array => new Uint8Array(JOURNAL_HASH_BYTES);

/** Head after `entry`: SHA-256(head, entry). The first entry has the sequence number 1. */
export const nextHead = (crypto: Crypto, head: Uint8Array, entry: Uint8Array): Uint8Array =>
  crypto.sha256(head, entry);

/** The bytes of an entry, as they are hashed and go up to the bank. */
export function bytesOfEntry(entry: JournalEntry): Uint8Array {
  if (entry.kind === 'out') return entry.transfer.bytes;
  if (entry.kind === 'settled') return entry.settlement.bytes;
  const transfer = entry.kind === 'answer' ? undefined : entry.transfer;
  return transfer ? join(entry.receipt.bytes, transfer.bytes) : entry.receipt.bytes;
}

/**
 * Undefined when the bytes are no entry of `device`'s journal. Signatures are not looked at. `same`: the
 * provider's, where there is one. `transfer`: of just these bytes, where it was parsed before.
 */
export function parseEntry(
  device: Uint8Array,
  bytes: Uint8Array,
  same: Same = sameBytes,
  transfer = Transfer.parse(bytes),
): JournalEntry | undefined {
  if (transfer) return same(transfer.payer, device) ? { kind: 'out', transfer } : undefined;
  const settlement = Settlement.parse(bytes);
  if (settlement) return same(settlement.device, device) ? { kind: 'settled', settlement } : undefined;
  return parseReceiptEntry(device, bytes, same);
}

function parseReceiptEntry(device: Uint8Array, bytes: Uint8Array, same: Same): JournalEntry | undefined {
  const receipt = Receipt.parse(bytes.subarray(0, RECEIPT_BYTES));
  if (!receipt) return undefined;
  const rest = bytes.subarray(RECEIPT_BYTES);
  if (!same(receipt.payee, device)) {
    return rest.length === 0 && same(receipt.payer, device) ? { kind: 'answer', receipt } : undefined;
  }
  const transfer = Transfer.parse(rest);
  if (receipt.outcome === Outcome.accepted) {
    return transfer && belongs(receipt, transfer, same) ? { kind: 'in', receipt, transfer } : undefined;
  }
  if (rest.length === 0) return { kind: 'refused', receipt, transfer: undefined };
  return transfer && belongs(receipt, transfer, same) ? { kind: 'refused', receipt, transfer } : undefined;
}

const belongs = (receipt: Receipt, transfer: Transfer, same: Same): boolean =>
  same(receipt.payee, transfer.payee) &&
  same(receipt.payer, transfer.payer) &&
  same(receipt.invoice, transfer.invoice);

/** The sync epoch in which a payee made the invoice: the first four bytes of its id. */
export const invoiceEpoch = (invoiceId: Uint8Array): number => getU32(invoiceId, 0);
