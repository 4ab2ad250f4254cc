import { type Same, sameBytes } from '../bytes.js';
import type { Note } from './note.js';
import type { Transfer } from './transfer.js';

/*
 * What an object may say, apart from who signed it. Wallet, bank and the verifier of proofs ask the same
 * functions, so that what a wallet can put into its journal its bank can book, and what no wallet signs is
 * proof against the device that did.
 */

/** ISO 4217: three capital letters. */
export function isCurrency(code: Uint8Array): boolean {
  for (let i = 0; i < 3; i++) if (code[i] < 0x41 || code[i] > 0x5a) return false;
  return code.length === 3;
}

/**
 * Whether a wallet may have signed this transfer: beyond its shape, its currency, its parties and its times.
 * `same`, here and below: the provider's, where there is one.
 */
export function isSound(transfer: Transfer, same: Same = sameBytes): boolean {
  const { created_s } = transfer;
  return (
    isCurrency(transfer.currency) &&
    !same(transfer.payer, transfer.payee) &&
    transfer.sequence > 0 &&
    transfer.claimBy_s >= created_s &&
    transfer.expires_s > created_s
  );
}

/**
 * Whether input `index` of the transfer is covered by this note, and what the transfer declares is not milder
 * than the note.
 */
export function covers(note: Note, transfer: Transfer, index: number, same: Same = sameBytes): boolean {
  return (
    same(note.id, transfer.noteId(index)) &&
    same(note.owner, transfer.payer) &&
    same(note.currency, transfer.currency) &&
    transfer.noteAmount(index) <= note.value &&
    transfer.purpose === note.purpose &&
    transfer.target === note.target &&
    (note.isForAnyone || same(note.payee, transfer.payee)) &&
    transfer.hopsLimit <= note.hopsMax &&
    transfer.expires_s <= note.expires_s
  );
}
