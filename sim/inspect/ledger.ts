import { Ledger, LedgerError } from '../../firmware/ledger/ledger.js';
import { restore } from '../../firmware/ledger/snapshot.js';
import { Note } from '../../firmware/objects/note.js';
import { Key, NOTE_PLACES } from '../../firmware/store/keys.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Contents } from './contents.js';

/** The ledger of a wallet that does not boot any more, as far as its snapshot and its journal still read. */
export function salvage(crypto: Crypto, contents: Contents, faults: string[]): Ledger | undefined {
  const ledger = new Ledger(crypto);
  try {
    restore(ledger, {
      read: (key) => contents.read(key),
      entry: (sequence) => contents.entry(sequence),
    });
    for (let sequence = ledger.sequence + 1; sequence < contents.range.next; sequence++) {
      const noted = contents.noted(sequence);
      if (noted?.entry?.kind === 'settled') stageOrphans(contents, ledger);
      ledger.apply(ledger.read(noted));
    }
    return ledger;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    faults.push(`the ledger follows to entry ${ledger.sequence}: ${error.message}`);
    return ledger.sequence > 0 ? ledger : undefined;
  }
}

/** As a boot does: notes that are nobody's wait for the settlement that counts them in. */
function stageOrphans(contents: Contents, ledger: Ledger): void {
  const places = new Uint8Array(NOTE_PLACES);
  ledger.noteIndex.occupy(places);
  for (let place = 0; place < NOTE_PLACES; place++) {
    const bytes = places[place] === 0 ? contents.read(Key.notes + place) : undefined;
    const note = bytes && Note.parse(bytes);
    if (note) ledger.stage(note, place);
  }
}
