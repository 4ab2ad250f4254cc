import type { Crypto } from '../../hal/crypto.js';
import { concat } from '../bytes.js';
import { TRANSFER_NOTES_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import { Note } from '../objects/note.js';
import { Receipt } from '../objects/receipt.js';
import { type KnownOfTransfer, Transfer } from '../objects/transfer.js';

/** Where notes are read from. */
export interface NoteSource {
  /** The compact form of a note, by its id (8 bytes); undefined when it does not read. */
  compactNote(id: Uint8Array): Uint8Array | undefined;
}

/**
 * number of notes (1), notes, transfer, in their compact forms: with the notes as they lie in flash.
 * Undefined when one of them does not read.
 */
export function packTransfer(source: NoteSource, transfer: Transfer): Uint8Array | undefined {
  const ids: Uint8Array[] = [];
  for (let i = 0; i < transfer.noteCount; i++) ids.push(transfer.noteId(i));
  const notes = compactNotes(source, ids);
  return notes && concat(Uint8Array.of(notes.length), ...notes, transfer.compact(false));
}

/** The compact forms of those notes; undefined when one of them does not read. */
export function compactNotes(source: NoteSource, ids: readonly Uint8Array[]): Uint8Array[] | undefined {
  const notes: Uint8Array[] = [];
  for (const id of ids) {
    const compact = source.compactNote(id);
    if (!compact) return undefined;
    notes.push(compact);
  }
  return notes;
}

/** Whose notes, for whom: what two sides of a session know of each other. */
export type Parties = Pick<KnownOfTransfer, 'payer' | 'payee' | 'currency'>;

/** Of a session in which somebody pays the wallet `payee`. */
export const partiesOf = (
  payer: Certificate,
  { certificate, currency }: { readonly certificate: Certificate; readonly currency: Uint8Array },
): Parties => ({ payer: payer.id, payee: certificate.id, currency });

/** The reverse of `packTransfer`, from `at` on; undefined when the bytes are none. */
export function unpackTransfer(
  bytes: Uint8Array,
  at: number,
  parties: Parties,
): { transfer: Transfer; notes: readonly Note[] } | undefined {
  const count = bytes[at];
  const shown = expandNotes(bytes, at + 1, parties, count);
  if (shown?.notes.length !== count) return undefined;
  const { notes, end } = shown;
  const expanded = Transfer.expand(bytes, end, { ...parties, invoice: undefined, notes });
  return expanded?.end === bytes.length ? { transfer: expanded.transfer, notes } : undefined;
}

/**
 * The notes whose compact forms begin at `at`, one after another: `count` of them, or as many as there are up
 * to the end; and the position behind them. Undefined when they are none, or too many.
 */
export function expandNotes(
  bytes: Uint8Array,
  at: number,
  { payer, currency }: Parties,
  count?: number,
): { notes: readonly Note[]; end: number } | undefined {
  const notes: Note[] = [];
  let end = at;
  while (count === undefined ? end < bytes.length : notes.length < count) {
    const expanded = Note.expand(bytes, end, currency, payer);
    if (!expanded || notes.length === TRANSFER_NOTES_MAX) return undefined;
    notes.push(expanded.note);
    end = expanded.end;
  }
  return { notes, end };
}

/** The receipt for `transfer`, then why it is void (1, 0 when it is not). */
export function parseDelivered(
  crypto: Crypto,
  transfer: Transfer,
  bytes: Uint8Array,
): { receipt: Receipt; why: number } | undefined {
  const expanded = Receipt.expand(crypto, bytes, 0, transfer);
  if (expanded?.end !== bytes.length - 1) return undefined;
  return { receipt: expanded.receipt, why: bytes[expanded.end] };
}
