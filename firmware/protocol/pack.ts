import type { Crypto } from '../../hal/crypto.js';
import { concat } from '../bytes.js';
import { NOTE_BYTES, Note } from '../objects/note.js';
import { RECEIPT_REST_BYTES, Receipt } from '../objects/receipt.js';
import { Transfer } from '../objects/transfer.js';

/** Where a note's bytes are read from. */
export interface NoteSource {
  /** A note as its issuer signed it, by its id (8 bytes); undefined when it does not read. */
  noteBytes(id: Uint8Array): Uint8Array | undefined;
}

/**
 * number of notes (1), notes, transfer: with the notes' bytes as they lie in flash. Undefined when one of
 * them does not read.
 */
export function packTransfer(source: NoteSource, transfer: Transfer): Uint8Array | undefined {
  const ids: Uint8Array[] = [];
  for (let i = 0; i < transfer.noteCount; i++) ids.push(transfer.noteId(i));
  const notes = bytesOfNotes(source, ids);
  return notes && concat(Uint8Array.of(notes.length), ...notes, transfer.bytes);
}

/** The bytes of those notes; undefined when one of them does not read. */
export function bytesOfNotes(source: NoteSource, ids: readonly Uint8Array[]): Uint8Array[] | undefined {
  const notes: Uint8Array[] = [];
  for (const id of ids) {
    const bytes = source.noteBytes(id);
    if (!bytes) return undefined;
    notes.push(bytes);
  }
  return notes;
}

/** The reverse of `packTransfer`; undefined when the bytes are none. */
export function unpackTransfer(
  bytes: Uint8Array,
): { transfer: Transfer; notes: readonly Note[] } | undefined {
  const end = 1 + bytes[0] * NOTE_BYTES;
  const notes = parseNotes(bytes.subarray(1, end));
  const transfer = Transfer.parse(bytes.slice(end));
  return notes && notes.length === bytes[0] && transfer ? { transfer, notes } : undefined;
}

/** Notes one after another, NOTE_BYTES each; undefined when one of them does not parse. */
export function parseNotes(bytes: Uint8Array): readonly Note[] | undefined {
  if (bytes.length % NOTE_BYTES !== 0) return undefined;
  const notes: Note[] = [];
  for (let at = 0; at < bytes.length; at += NOTE_BYTES) {
    const note = Note.parse(bytes.slice(at, at + NOTE_BYTES));
    if (!note) return undefined;
    notes.push(note);
  }
  return notes;
}

/** The receipt for `transfer` without what that says itself, then why it is void (1, 0 when it is not). */
export function parseDelivered(
  crypto: Crypto,
  transfer: Transfer,
  bytes: Uint8Array,
): { receipt: Receipt; why: number } | undefined {
  if (bytes.length !== RECEIPT_REST_BYTES + 1) return undefined;
  const receipt = Receipt.complete(crypto, transfer, bytes.subarray(0, RECEIPT_REST_BYTES));
  return receipt && { receipt, why: bytes[RECEIPT_REST_BYTES] };
}
