import { sameBytes } from '../../../firmware/bytes.js';
import { type JournalEntry, parseEntry } from '../../../firmware/ledger/journal-entry.js';
import type { Receipt } from '../../../firmware/objects/receipt.js';
import { isSound } from '../../../firmware/objects/sound.js';
import type { Transfer } from '../../../firmware/objects/transfer.js';
import type { Crypto } from '../../../hal/crypto.js';
import { currencyText, hex } from '../bytes.js';
import type { NoteRow, PartyRow, TransferRow } from '../db/rows.js';
import type { Needs } from '../unit-of-work.js';

/** An entry with its place in the journal and the hashes that everything else is named by. */
export interface Numbered {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Undefined when the bytes are no entry of this device. */
  readonly entry: JournalEntry | undefined;
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
  party(id: Uint8Array): Pick<PartyRow, 'signing_key' | 'currency' | 'resuming'> | undefined;
}

/** Why the bank cannot use an entry, and whose doing that is. */
export interface Fault {
  readonly reason: string;
  /** Undefined when that cannot be said. */
  readonly author: Uint8Array | undefined;
  /** The author has signed this, and no wallet signs such a thing. */
  readonly unsound?: Transfer;
}

export function numberEntries(
  sha256: (bytes: Uint8Array) => Uint8Array,
  device: Uint8Array,
  first: number,
  page: readonly Uint8Array[],
): Numbered[] {
  return page.map((bytes, i) => {
    const entry = parseEntry(device, bytes);
    const transfer = entry && transferOf(entry);
    return { sequence: first + i, bytes, entry, transferHash: transfer && sha256(transfer.bytes) };
  });
}

const transferOf = (entry: JournalEntry): Transfer | undefined =>
  'transfer' in entry ? entry.transfer : undefined;

/** What has to be read before these entries can be checked and booked. */
export function needsOf(device: Uint8Array, entries: readonly Numbered[]): Needs {
  const lists = { parties: [], transfers: [], notes: [], invoices: [], closed: [] };
  const needs: Needs = { device, allNotes: false, ...lists };
  for (const { entry, transferHash } of entries) {
    const transfer = entry && transferOf(entry);
    if (transfer && transferHash) {
      needs.parties.push(transfer.payer, transfer.payee);
      needs.transfers.push(transferHash);
      needs.invoices.push(transfer);
      for (let i = 0; i < transfer.noteCount; i++) needs.notes.push(transfer.noteId(i));
    }
    if (entry?.kind === 'refused' || entry?.kind === 'in') {
      needs.closed.push({ payee: device, invoice: entry.receipt.invoice });
    }
    if (entry?.kind === 'settled' || entry?.kind === 'answer') needs.allNotes = true;
    if (entry?.kind === 'answer') needs.transfers.push(entry.receipt.transfer);
    if (entry?.kind === 'answer') needs.parties.push(entry.receipt.payee);
  }
  return needs;
}

/**
 * Looks at signatures, numbers and names; the money is not looked at. Undefined when the entry can be used.
 */
export function faultOf(work: Registry, device: Uint8Array, numbered: Numbered): Fault | undefined {
  const { entry, sequence } = numbered;
  const own = (reason: string): Fault => ({ reason, author: device });
  if (!entry) return own('no entry of this device');
  switch (entry.kind) {
    case 'out':
      if (entry.transfer.sequence !== sequence) return own('another sequence number is signed');
      if (!work.party(entry.transfer.payee)) return own('the payee is not registered');
      return (
        faultOfTransfer(work, device, numbered, entry.transfer) ?? faultOfNotes(work, device, entry.transfer)
      );
    case 'in':
      return (
        faultOfOwnReceipt(work, device, numbered, entry.receipt) ??
        faultOfTransfer(work, device, numbered, entry.transfer) ??
        faultOfNotes(work, undefined, entry.transfer, true)
      );
    case 'refused':
      return (
        faultOfOwnReceipt(work, device, numbered, entry.receipt) ??
        (entry.transfer && faultOfTransfer(work, device, numbered, entry.transfer)) ??
        (entry.transfer && faultOfNotes(work, entry.transfer.payer, entry.transfer, true))
      );
    case 'answer':
      return faultOfAnswer(work, device, entry.receipt);
    case 'settled':
      return undefined; // found among the settlements that were issued, when it is booked
  }
}

function faultOfOwnReceipt(
  work: Registry,
  device: Uint8Array,
  { sequence, transferHash }: Numbered,
  receipt: Receipt,
): Fault | undefined {
  const own = (reason: string): Fault => ({ reason, author: device });
  if (receipt.sequence !== sequence) return own('another sequence number is signed');
  if (transferHash && !sameBytes(receipt.transfer, transferHash)) return own('names another transfer');
  const isSigned = receipt.verify(work.context.crypto, work.party(device)!.signing_key);
  return isSigned ? undefined : own('signature of the receipt');
}

/**
 * A transfer that is in the books was checked when it came. Whoever has it in the journal has seen a good
 * signature on it.
 */
function faultOfTransfer(
  work: Registry,
  device: Uint8Array,
  { transferHash }: Numbered,
  transfer: Transfer,
): Fault | undefined {
  if (work.transfers.has(hex(transferHash!))) return undefined;
  const payer = work.party(transfer.payer);
  if (!payer) return { reason: 'the payer is not registered', author: undefined };
  if (!transfer.verify(work.context.crypto, payer.signing_key)) {
    return { reason: 'signature of the transfer', author: device };
  }
  if (!isSound(transfer)) {
    return { reason: 'no wallet signs such a transfer', author: transfer.payer, unsound: transfer };
  }
  return currencyText(transfer.currency) !== payer.currency
    ? { reason: 'not the payer’s currency', author: transfer.payer, unsound: transfer }
    : undefined;
}

/**
 * What an honest payee has seen for itself: notes of this payer, by an operator. `isShownByPayee`: notes of a
 * payer that is resuming may be of books that are lost; a payer with such notes is found to be ahead by its
 * own journal.
 */
function faultOfNotes(
  work: Registry,
  author: Uint8Array | undefined,
  transfer: Transfer,
  isShownByPayee = false,
): Fault | undefined {
  const mayBeUnknown = isShownByPayee && work.party(transfer.payer)?.resuming;
  for (let i = 0; i < transfer.noteCount; i++) {
    const note = work.notes.get(hex(transfer.noteId(i)));
    if (!note && mayBeUnknown) continue;
    if (!note || !sameBytes(note.device, transfer.payer)) {
      return { reason: 'draws on a note that is not the payer’s', author };
    }
  }
  return undefined;
}

/**
 * Another's word about a transfer of this device: the transfer is in the books or earlier in the same page.
 */
function faultOfAnswer(work: Registry, device: Uint8Array, receipt: Receipt): Fault | undefined {
  const own = (reason: string): Fault => ({ reason, author: device });
  const payee = work.party(receipt.payee);
  if (!payee) return own('the payee is not registered');
  if (!receipt.verify(work.context.crypto, payee.signing_key)) return own('signature of the receipt');
  const row = work.transfers.get(hex(receipt.transfer));
  const isMeant =
    row &&
    sameBytes(row.payer, device) &&
    sameBytes(row.payee, receipt.payee) &&
    sameBytes(row.invoice, receipt.invoice);
  return isMeant ? undefined : own('answers no transfer of this device');
}
