import { sameBytes } from '../../firmware/bytes.js';
import { type JournalEntry, nextHead, parseEntry } from '../../firmware/ledger/journal-entry.js';
import type { Ledger } from '../../firmware/ledger/ledger.js';
import { Certificate } from '../../firmware/objects/certificate.js';
import { Note } from '../../firmware/objects/note.js';
import { Outcome, Receipt } from '../../firmware/objects/receipt.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import { Key, NOTE_PLACES } from '../../firmware/store/keys.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex } from '../bank/bytes.js';
import { conditionWords } from '../condition-words.js';
import type { Contents } from './contents.js';

const SEQUENCE_BYTES = 4;

/** Money in one reckoning, minor units. */
export interface Sums {
  readonly received: number;
  readonly inFlight: number;
  readonly claims: number;
}

export interface NoteReport {
  readonly id: string;
  readonly value: number | undefined;
  readonly left: number;
  readonly expires_s: number;
  readonly place: number | undefined;
  /** Whom it is for, in words; empty for anybody. */
  readonly only: string;
}

export interface MoneyReport {
  /** By the ledger that a boot restores from the snapshot and what came after it. */
  readonly ledger: Sums & { readonly notes: number; readonly held: number; readonly sequence: number };
  readonly notes: readonly NoteReport[];
  /** By the journal that is here, from the last settlement on. Undefined when there is none. */
  readonly journal: Replay | undefined;
  readonly agrees: boolean;
}

export interface Replay extends Sums {
  /** Entries gone through: from the settlement on, which leaves nothing received. */
  readonly first: number;
  readonly last: number;
  /** Taken off notes since, and put back. */
  readonly spent: number;
  readonly restored: number;
  /**
   * Whether each entry's hash leads to the ledger's head, from the oldest head here that the bank has signed:
   * that of entry `chainedFrom`.
   */
  readonly chained: boolean;
  readonly chainedFrom: number;
}

/** Counts the money from what lies in flash. What does not add up is a fault, in words. */
export function recount(crypto: Crypto, contents: Contents, ledger: Ledger, faults: string[]): MoneyReport {
  const before = faults.length;
  const own = Certificate.parse(contents.read(Key.certificate) ?? new Uint8Array(0));
  const journal = own && replay(crypto, contents, own.id, ledger, faults);
  const notes = countNotes(contents, ledger, journal?.spentOf ?? new Map(), faults);
  if (journal) compare(journal.replay, ledger, faults);
  return {
    ledger: {
      notes: ledger.noteIndex.total,
      received: ledger.lots.total,
      inFlight: ledger.inFlight,
      claims: ledger.claims,
      held: ledger.held,
      sequence: ledger.sequence,
    },
    notes,
    journal: journal?.replay,
    agrees: faults.length === before,
  };
}

function compare(replayed: Replay, ledger: Ledger, faults: string[]): void {
  const pairs: [string, number, number][] = [
    ['received', replayed.received, ledger.lots.total],
    ['in flight', replayed.inFlight, ledger.inFlight],
    ['due from the bank', replayed.claims, ledger.claims],
  ];
  for (const [what, journal, boot] of pairs) {
    if (journal !== boot)
      faults.push(`money ${what}: ${journal} by the journal, ${boot} by the ledger (minor units)`);
  }
  if (!replayed.chained) faults.push('the hash chain of the journal does not lead to the head of the ledger');
}

/**
 * Every note of the note index must be in flash, worth at least what is left on it and what the journal has
 * taken off since.
 */
function countNotes(
  contents: Contents,
  ledger: Ledger,
  spentOf: ReadonlyMap<string, number>,
  faults: string[],
): NoteReport[] {
  const notes: NoteReport[] = [];
  ledger.noteIndex.each((id, left, expires_s) => {
    const place = ledger.noteIndex.place(id);
    const bytes = place === undefined ? undefined : contents.read(Key.notes + place);
    const note = bytes && Note.parse(bytes);
    const name = hex(id);
    if (note === undefined || !sameBytes(note.id, id)) {
      faults.push(`note ${name}, with ${left} left (minor units), is not in flash`);
    } else if (left + (spentOf.get(name) ?? 0) > note.value) {
      faults.push(
        `note ${name} has ${left} left (minor units): more than its value less what was paid from it`,
      );
    }
    const only = note ? conditionWords(note).join(', ') : '';
    notes.push({ id: name, value: note?.value, left, expires_s, place, only });
  });
  const sum = notes.reduce((total, { left }) => total + left, 0);
  if (sum !== ledger.noteIndex.total)
    faults.push(`the notes add up to ${sum}, the note index says ${ledger.noteIndex.total}`);
  return notes;
}

type EntryAt = (number: number) => { bytes: Uint8Array; entry: JournalEntry } | undefined;

/**
 * Goes from hash to hash, from the oldest settlement on: it says what came before it. Transfers and
 * settlements name their place.
 */
function chainOf(crypto: Crypto, first: number, next: number, entryAt: EntryAt, faults: string[]) {
  let head: Uint8Array | undefined;
  let from = next;
  for (let number = first; number < next; number++) {
    const found = entryAt(number);
    if (!found) return undefined;
    const { bytes, entry } = found;
    if (entry.kind === 'settled' && head === undefined) {
      head = entry.settlement.head;
      from = number;
    }
    if (head === undefined) continue;
    const named = entry.kind === 'out' ? entry.transfer.previous : undefined;
    const said = entry.kind === 'settled' ? entry.settlement.head : named;
    if (said && !sameBytes(said, head))
      faults.push(`entry ${number} is not chained to the entries before it`);
    head = nextHead(crypto, head, bytes).slice();
  }
  return head && { head, from };
}

interface Fold {
  readonly replay: Replay;
  readonly spentOf: Map<string, number>;
}

/** A reckoning of its own, which shares nothing with the wallet's ledger but the entries. */
function replay(
  crypto: Crypto,
  contents: Contents,
  device: Uint8Array,
  ledger: Ledger,
  faults: string[],
): Fold | undefined {
  const { first, next } = contents.range;
  const entryAt: EntryAt = (number) => {
    const bytes = contents.entry(number);
    const entry = bytes && parseEntry(device, bytes);
    return bytes && entry && { bytes, entry };
  };
  let start = next - 1;
  while (start >= first && entryAt(start)?.entry.kind !== 'settled') start--;
  const settled = entryAt(start);
  if (settled?.entry.kind !== 'settled') {
    if (ledger.epoch > 0) faults.push('the last settlement is not in the journal that is here');
    return undefined;
  }
  const { retireUntil_s } = settled.entry.settlement;
  const book = new Book(crypto, olderFlights(crypto, contents, start, ledger), (id) => {
    const place = ledger.noteIndex.place(id);
    const note = Note.parse(contents.read(Key.notes + (place ?? NOTE_PLACES)) ?? new Uint8Array(0));
    return note === undefined || note.expires_s <= retireUntil_s;
  });
  for (let number = start + 1; number < next; number++) {
    const found = entryAt(number);
    if (!found) {
      faults.push(`entry ${number} of the journal is not an entry of this device`);
      break;
    }
    book.take(found.entry);
  }
  const { received, claims, spent, restored, inFlight, spentOf } = book;
  const chain = chainOf(crypto, first, next, entryAt, faults);
  const chained = chain !== undefined && sameBytes(chain.head, ledger.head) && next - 1 === ledger.sequence;
  return {
    replay: {
      ...{ first: start, last: next - 1, received, claims, spent, restored, inFlight },
      ...{ chained, chainedFrom: chain?.from ?? next },
    },
    spentOf,
  };
}

/**
 * Transfers from before the settlement that it has left in flight. They are in the journal while it is here,
 * or written out beside it; that one of them was still open is told by an answer since, or else by the
 * ledger.
 */
function olderFlights(crypto: Crypto, contents: Contents, settledAt: number, ledger: Ledger): Transfer[] {
  const candidates: Transfer[] = [];
  const add = (bytes: Uint8Array | undefined) => {
    const transfer = bytes && Transfer.parse(bytes);
    if (transfer && transfer.sequence < settledAt) candidates.push(transfer);
  };
  const { first, next } = contents.range;
  const answered = new Set<string>();
  for (let number = first; number < next; number++) {
    const bytes = contents.entry(number);
    if (number < settledAt) add(bytes);
    const receipt = number > settledAt && bytes ? Receipt.parse(bytes) : undefined;
    if (receipt) answered.add(hex(receipt.transfer));
  }
  for (let key = Key.inFlightTransfers; key < Key.noteIndex; key++)
    add(contents.read(key)?.slice(SEQUENCE_BYTES));
  const open = new Map<string, Transfer>();
  for (const transfer of candidates) {
    const name = hex(transfer.hash(crypto));
    const isOpen = answered.has(name) || ledger.inFlightTransfers.some(({ hash }) => hex(hash) === name);
    if (isOpen) open.set(name, transfer);
  }
  return [...open.values()];
}

class Book {
  received = 0;
  claims = 0;
  spent = 0;
  restored = 0;
  readonly spentOf = new Map<string, number>();
  readonly #inFlightTransfers = new Map<string, Transfer>();

  constructor(
    private readonly crypto: Crypto,
    older: readonly Transfer[],
    /** Whether the bank has taken a note back, so that what returns to it is owed. */
    private readonly isRetired: (id: Uint8Array) => boolean,
  ) {
    for (const transfer of older) this.#inFlightTransfers.set(hex(transfer.hash(crypto)), transfer);
  }

  get inFlight(): number {
    let total = 0;
    for (const transfer of this.#inFlightTransfers.values()) total += transfer.total;
    return total;
  }

  take(entry: JournalEntry): void {
    if (entry.kind === 'in') this.received += entry.transfer.total;
    else if (entry.kind === 'out') this.#pay(entry.transfer);
    else if (entry.kind === 'answer') {
      const name = hex(entry.receipt.transfer);
      const transfer = this.#inFlightTransfers.get(name);
      this.#inFlightTransfers.delete(name);
      if (transfer && entry.receipt.outcome === Outcome.void) this.#takeBack(transfer);
    }
  }

  #pay(transfer: Transfer): void {
    this.#inFlightTransfers.set(hex(transfer.hash(this.crypto)), transfer);
    this.received -= transfer.received;
    for (let i = 0; i < transfer.noteCount; i++) {
      this.#count(transfer.noteId(i), transfer.noteAmount(i));
      this.spent += transfer.noteAmount(i);
    }
  }

  #takeBack(transfer: Transfer): void {
    this.received += transfer.received;
    for (let i = 0; i < transfer.noteCount; i++) {
      const amount = transfer.noteAmount(i);
      if (this.isRetired(transfer.noteId(i))) this.claims += amount;
      else {
        this.#count(transfer.noteId(i), -amount);
        this.restored += amount;
      }
    }
  }

  #count(id: Uint8Array, amount: number): void {
    this.spentOf.set(hex(id), (this.spentOf.get(hex(id)) ?? 0) + amount);
  }
}
