import { sameBytes } from '../../firmware/bytes.js';
import { type JournalEntry, parseEntry } from '../../firmware/ledger/journal-entry.js';
import type { Receipt } from '../../firmware/objects/receipt.js';
import { isCurrency } from '../../firmware/objects/shape.js';
import type { Transfer } from '../../firmware/objects/transfer.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex } from './bytes.js';
import type { NoteRow, TransferRow } from './rows.js';
import type { Needs } from './work.js';

/** An entry with its place in the journal and the hashes that everything else is named by. */
export interface Numbered {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly entry: JournalEntry;
  /** Of the transfer in it, if there is one. */
  readonly transferHash: Uint8Array | undefined;
}

/** What an entry is checked against: who is registered, and what is in the books already. */
export interface Registry {
  readonly context: { readonly crypto: Crypto };
  /** By their hashes in hex. */
  readonly transfers: ReadonlyMap<string, Pick<TransferRow, 'payer' | 'payee' | 'invoice'>>;
  /** By their ids in hex. */
  readonly notes: ReadonlyMap<string, Pick<NoteRow, 'device'>>;
  party(id: Uint8Array): { readonly signing_key: Uint8Array } | undefined;
}

/** An entry that no honest device can have in its journal. */
export class EntryError extends Error {
  readonly code = 'entry';
}

const fail = (sequence: number, why: string): never => {
  throw new EntryError(`entry ${sequence}: ${why}`);
};

/** Parses a page. Throws EntryError. */
export function numberEntries(
  sha256: (bytes: Uint8Array) => Uint8Array,
  device: Uint8Array,
  first: number,
  page: readonly Uint8Array[],
): Numbered[] {
  return page.map((bytes, i) => {
    const sequence = first + i;
    const entry = parseEntry(device, bytes) ?? fail(sequence, 'no entry of this device');
    const transfer = transferOf(entry);
    return { sequence, bytes, entry, transferHash: transfer && sha256(transfer.bytes) };
  });
}

export const transferOf = (entry: JournalEntry): Transfer | undefined =>
  'transfer' in entry ? entry.transfer : undefined;

/** What has to be read before these entries can be checked. */
export function needsOf(entries: readonly Numbered[]): Needs {
  const needs: Needs = { parties: [], transfers: [], notes: [], invoices: [], closed: [] };
  for (const { entry, transferHash } of entries) {
    const transfer = transferOf(entry);
    if (transfer && transferHash) {
      needs.parties.push(transfer.payer, transfer.payee);
      needs.transfers.push(transferHash);
      needs.invoices.push(transfer.invoice);
      for (let i = 0; i < transfer.noteCount; i++) needs.notes.push(transfer.noteId(i));
    }
    if (entry.kind === 'refused') needs.closed.push(entry.receipt.invoice);
    if (entry.kind === 'answer') needs.transfers.push(entry.receipt.transfer);
    if (entry.kind === 'answer') needs.parties.push(entry.receipt.payee);
  }
  return needs;
}

/** Checks signatures and numbers. Throws EntryError. The money is not looked at. */
export function checkEntry(work: Registry, device: Uint8Array, numbered: Numbered): void {
  const { entry, sequence } = numbered;
  switch (entry.kind) {
    case 'out':
      if (entry.transfer.sequence !== sequence) fail(sequence, 'another sequence number is signed');
      if (!work.party(entry.transfer.payee)) fail(sequence, 'the payee is not registered');
      checkTransfer(work, numbered, entry.transfer);
      checkNotes(work, numbered, entry.transfer);
      return;
    case 'in':
      checkOwnReceipt(work, device, numbered, entry.receipt);
      checkTransfer(work, numbered, entry.transfer);
      checkNotes(work, numbered, entry.transfer);
      return;
    case 'refused':
      checkOwnReceipt(work, device, numbered, entry.receipt);
      if (entry.transfer) checkTransfer(work, numbered, entry.transfer);
      return;
    case 'answer':
      checkAnswer(work, device, sequence, entry.receipt);
      return;
    case 'settled':
      return; // found among the settlements that were issued, when it is booked
  }
}

function checkOwnReceipt(work: Registry, device: Uint8Array, numbered: Numbered, receipt: Receipt): void {
  const { sequence, transferHash } = numbered;
  if (receipt.sequence !== sequence) fail(sequence, 'another sequence number is signed');
  if (transferHash && !sameBytes(receipt.transfer, transferHash)) fail(sequence, 'names another transfer');
  if (!receipt.verify(work.context.crypto, work.party(device)!.signing_key)) fail(sequence, 'signature');
}

/** A transfer that is in the books was checked when it came. */
function checkTransfer(work: Registry, { sequence, transferHash }: Numbered, transfer: Transfer): void {
  if (work.transfers.has(hex(transferHash!))) return;
  const payer = work.party(transfer.payer);
  if (!payer) return fail(sequence, 'the payer is not registered');
  if (!isCurrency(transfer.currency)) fail(sequence, 'no currency');
  if (sameBytes(transfer.payer, transfer.payee)) fail(sequence, 'payer and payee are one');
  if (!transfer.verify(work.context.crypto, payer.signing_key)) fail(sequence, 'signature of the transfer');
}

/** What an honest payee has seen for itself: notes of this payer, by an operator. */
function checkNotes(work: Registry, { sequence }: Numbered, transfer: Transfer): void {
  if (!notesRegistered(work, transfer)) fail(sequence, 'draws on a note that is not the payer’s');
}

export function notesRegistered(work: Registry, transfer: Transfer): boolean {
  for (let i = 0; i < transfer.noteCount; i++) {
    const note = work.notes.get(hex(transfer.noteId(i)));
    if (!note || !sameBytes(note.device, transfer.payer)) return false;
  }
  return true;
}

/**
 * Another's word about a transfer of this device: the transfer is in the books or earlier in the same page.
 */
function checkAnswer(work: Registry, device: Uint8Array, sequence: number, receipt: Receipt): void {
  const payee = work.party(receipt.payee);
  if (!payee) return fail(sequence, 'the payee is not registered');
  if (!receipt.verify(work.context.crypto, payee.signing_key)) fail(sequence, 'signature of the receipt');
  const row = work.transfers.get(hex(receipt.transfer));
  const meant =
    row &&
    sameBytes(row.payer, device) &&
    sameBytes(row.payee, receipt.payee) &&
    sameBytes(row.invoice, receipt.invoice);
  if (!meant) fail(sequence, 'answers no transfer of this device');
}
