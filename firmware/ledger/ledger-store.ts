import type { Crypto } from '../../hal/crypto.js';
import { join } from '../bytes.js';
import { NOTES_MAX, SNAPSHOT_ENTRIES, SYNC_RESERVE_BYTES } from '../limits.js';
import { Note } from '../objects/note.js';
import type { Receipt } from '../objects/receipt.js';
import { TRANSFER_INVOICE_AT } from '../objects/transfer.js';
import { StoreError } from '../store/errors.js';
import { Key, NOTE_PLACES } from '../store/keys.js';
import type { MirroredStore } from '../store/mirrored-store.js';
import type { Store, Write } from '../store/store.js';
import { invoiceEpoch, type JournalEntry } from './journal-entry.js';
import {
  decodeRecord,
  encodeRecord,
  type JournalRecord,
  type KnownTransfer,
  RECORD_HEAD_BYTES,
} from './journal-record.js';
import { Ledger, LedgerError } from './ledger.js';
import { restore, snapshot } from './snapshot.js';

const ID_BYTES = 8;
/** Flash that a row of the note index takes in the snapshot after a sync. */
export const NOTE_INDEX_ROW_BYTES = 26;
/** Notes removed in one step. */
const REMOVALS_MAX = 16;

/** The ledger and what it stands on in flash: the journal, the notes, and a snapshot now and then. */
export class LedgerStore {
  readonly ledger: Ledger;
  readonly #store: Store;
  /** Of the ledger that the last snapshot shows. */
  #savedSequence: number;
  #savedSettledAt: number;
  /** There may be notes in flash that are nobody's. */
  #hasOrphans = false;
  /**
   * What is wrong with the first entry that does not read, in words. The ledger stands before it, and nothing
   * is committed any more.
   */
  stopped: string | undefined;

  /** The note that is likely paid with, packed while nobody waits: its id, then its compact form. */
  #ahead: Uint8Array | undefined;
  /** Entries in the journal then; -1: it is to be looked for. */
  #aheadAt = -1;

  /** Reads the money of `device` (its id, 8 bytes). Throws LedgerError when the snapshot is not whole. */
  constructor(
    private readonly crypto: Crypto,
    private readonly mirrored: MirroredStore,
    private readonly device: Uint8Array,
  ) {
    this.#store = mirrored.store;
    this.ledger = new Ledger(crypto);
    restore(this.ledger, {
      read: (key) => mirrored.read(key),
      entry: (sequence) => this.entry(sequence),
    });
    this.#savedSequence = this.ledger.sequence;
    this.#savedSettledAt = this.ledger.settledAt;
    this.#replay();
  }

  #replay(): void {
    const { journal } = this.#store;
    try {
      for (let sequence = this.#savedSequence + 1; sequence < journal.nextNumber; sequence++) {
        const record = this.#record(sequence);
        if (record?.entry?.kind === 'settled') this.#stageOrphans();
        this.ledger.apply(this.ledger.read(record));
      }
    } catch (error) {
      const isEntry =
        error instanceof LedgerError || (error instanceof StoreError && error.code === 'corrupt');
      if (!isEntry) throw error;
      this.stopped = error.message;
    }
    this.ledger.clearStage();
  }

  // Journal

  /**
   * Appends a journal entry: on flash first, then in the ledger. The record is read as a boot will read it
   * before it is written. Throws LedgerError, and nothing is written, when a boot would refuse it.
   */
  commit(entry: JournalEntry, confirmed: boolean, own_s: number): void {
    if (this.stopped !== undefined) throw new LedgerError(this.stopped);
    const record = encodeRecord(entry, confirmed, own_s);
    const read = this.ledger.read(decodeRecord(this.crypto, this.device, record, knownOf(entry)));
    this.#store.journal.append(record);
    this.ledger.apply(read);
  }

  /**
   * The journal entry of that number, or undefined: those from the last settlement on are here, older ones
   * for a while.
   */
  entry(sequence: number): Uint8Array | undefined {
    return this.#record(sequence)?.bytes;
  }

  #record(sequence: number): JournalRecord | undefined {
    const record = this.#store.journal.entry(sequence)?.slice();
    return record && decodeRecord(this.crypto, this.device, record);
  }

  /** The number of the last entry in flash; beyond the ledger's when that has stopped. */
  get journalEnd(): number {
    return this.#store.journal.nextNumber - 1;
  }

  /** What can be had of an entry that need not read: none, when flash gives none back. */
  bytesOfEntry(number: number): Uint8Array {
    try {
      const record = this.#store.journal.entry(number)?.slice() ?? new Uint8Array(0);
      return decodeRecord(this.crypto, this.device, record)?.bytes ?? record.subarray(RECORD_HEAD_BYTES);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'corrupt') return new Uint8Array(0);
      throw error;
    }
  }

  /**
   * Our receipt that closed an invoice of ours, or undefined while it is open. `since`: the journal's
   * last sequence number when the invoice was made, so that a fresh one costs no search.
   */
  closing(invoice: Uint8Array, since: number): Receipt | undefined {
    const { ledger } = this;
    if (since >= this.journalEnd || invoiceEpoch(invoice) !== ledger.epoch) return undefined;
    let found: Receipt | undefined;
    this.search(invoice, since + 1, (entry) => {
      const closes = entry.kind === 'in' || entry.kind === 'refused';
      if (closes && this.crypto.equal(entry.receipt.invoice, invoice)) found = entry.receipt;
      return found !== undefined;
    });
    return found;
  }

  /**
   * Goes through the entries from number `from` on that may name an invoice (its id, 8 bytes), the newest
   * last, until `visit` returns true.
   */
  search(invoice: Uint8Array, from: number, visit: (entry: JournalEntry) => boolean): void {
    const id = new Uint8Array(ID_BYTES);
    this.#store.journal.search(from, RECORD_HEAD_BYTES + TRANSFER_INVOICE_AT, id, (sequence) => {
      const entry = this.crypto.equal(id, invoice) ? this.#record(sequence)?.entry : undefined;
      return entry !== undefined && visit(entry);
    });
  }

  /** Whether a payment's entry fits into flash, and after it all that a sync may write. */
  fits(entryBytes: number): boolean {
    const reserve = SYNC_RESERVE_BYTES + NOTE_INDEX_ROW_BYTES * this.ledger.noteIndex.count;
    return this.fitsReserved(entryBytes) && this.#store.spareBytes >= reserve;
  }

  /** Whether an entry fits for which payments leave room. */
  fitsReserved(entryBytes: number): boolean {
    return this.#store.journal.fits(entryBytes + RECORD_HEAD_BYTES);
  }

  // Notes

  /**
   * A note as its issuer signed it; undefined when it does not read any more, and then it is left out of
   * payments from now on.
   */
  noteBytes(id: Uint8Array): Uint8Array | undefined {
    const place = this.ledger.noteIndex.place(id);
    const bytes = place === undefined ? undefined : this.mirrored.readIfSound(Key.notes + place);
    if (bytes === undefined) this.ledger.noteIndex.leaveOut(id);
    return bytes;
  }

  /** The same in its compact form: of the note that `makeReady` has packed without a look into flash. */
  compactNote(id: Uint8Array): Uint8Array | undefined {
    const ahead = this.#ahead;
    if (ahead && this.crypto.equal(ahead.subarray(0, id.length), id)) return ahead.subarray(id.length);
    const bytes = this.noteBytes(id);
    return bytes && Note.parse(bytes)?.compact;
  }

  /**
   * For the time before a touch. Once for each state of the money: what a stranger brings about between two
   * touches does not depend on it.
   */
  makeReady(): void {
    if (this.#aheadAt === this.ledger.sequence) return;
    this.#aheadAt = this.ledger.sequence;
    this.#ahead = undefined;
    const id = this.ledger.noteIndex.next;
    const compact = id && this.compactNote(id);
    this.#ahead = compact && join(id, compact);
  }

  /** Keeps a fresh note until the settlement that makes it ours. False when there is no place. */
  stage(note: Note): boolean {
    this.#ahead = undefined;
    this.#aheadAt = -1;
    for (let place = 0; place < NOTE_PLACES; place++) {
      if (this.#store.has(Key.notes + place)) continue;
      if (!this.#makeRoom([note.bytes.length])) return false;
      this.#store.put(Key.notes + place, note.bytes);
      this.ledger.stage(note, place);
      return true;
    }
    return false;
  }

  /**
   * Forgets the notes of a sync that came to nothing. What a boot stages before a settlement is then only
   * what that settlement counts in, since the last one is in a snapshot.
   */
  clearStage(): void {
    this.ledger.clearStage();
    while (this.#isSettledSince && this.#save());
    this.#hasOrphans = true;
    while (this.#removeOrphans());
  }

  #stageOrphans(): void {
    for (const place of this.#orphans(NOTES_MAX)) {
      const note = Note.parse(this.#store.get(Key.notes + place)?.slice() ?? new Uint8Array(0));
      if (note) this.ledger.stage(note, place);
    }
  }

  /** Places of notes in flash that are not in the note index, up to `max`. */
  #orphans(max: number): number[] {
    const places = new Uint8Array(NOTE_PLACES);
    this.ledger.noteIndex.occupy(places);
    const orphans: number[] = [];
    for (let place = 0; place < NOTE_PLACES && orphans.length < max; place++) {
      if (places[place] === 0 && this.#store.has(Key.notes + place)) orphans.push(place);
    }
    return orphans;
  }

  #removeOrphans(): boolean {
    const orphans = this.#hasOrphans ? this.#orphans(REMOVALS_MAX) : [];
    if (orphans.length === 0) this.#hasOrphans = false;
    const writes = orphans.map((place): Write => ({ key: Key.notes + place, payload: undefined }));
    if (writes.length === 0 || !this.#makeRoom(writes.map(() => 0))) return false;
    this.#store.batch(writes);
    return true;
  }

  // Upkeep

  /**
   * One bounded step of the work between touches; false when there is none left, or none that can be done.
   */
  tidy(): boolean {
    this.ledger.hashNewest();
    const isDue = this.ledger.sequence - this.#savedSequence >= SNAPSHOT_ENTRIES || this.#isSettledSince;
    return (isDue && this.#save()) || this.#removeOrphans() || this.mirrored.repair() || this.#store.tidy();
  }

  get #isSettledSince(): boolean {
    return this.ledger.settledAt > this.#savedSettledAt;
  }

  /** Takes a snapshot, and gives up the journal entries that no sync asks for any more. */
  #save(): boolean {
    const { ledger } = this;
    const floor = ledger.settledAt;
    const writes = snapshot(ledger, floor);
    if (!this.#makeRoom(writes.map(({ payload }) => payload?.length ?? 0))) return false;
    this.#store.batch(writes);
    ledger.noteIndex.saved();
    ledger.counterparties.saved();
    this.#hasOrphans = this.#isSettledSince;
    this.#savedSequence = ledger.sequence;
    this.#savedSettledAt = ledger.settledAt;
    this.#store.truncate(floor);
    return true;
  }

  /** Erases ahead what these values need. Not for a touch. */
  #makeRoom(values: readonly number[]): boolean {
    while (!this.#store.fits([], values)) if (!this.#store.makeRoom(values)) return false;
    return true;
  }
}

/**
 * What a receipt of ours answers was parsed when it came, and the receipt names it by the hash computed then.
 * What we pay was parsed where it was signed ahead.
 */
function knownOf(entry: JournalEntry): KnownTransfer | undefined {
  if (entry.kind === 'answer' || entry.kind === 'settled' || !entry.transfer?.isParsed) return undefined;
  const { transfer } = entry;
  return entry.kind === 'out' ? { transfer } : { transfer, hash: entry.receipt.transfer };
}
