import { getU16, getU32, putU16, putU32 } from '../bytes.js';
import { IN_FLIGHT_MAX, LOTS_MAX, NOTES_MAX } from '../limits.js';
import { Transfer } from '../objects/transfer.js';
import { Key } from '../store/keys.js';
import { writesOf } from '../store/mirrored-store.js';
import type { Write } from '../store/store.js';
import { COUNTERPARTY_PAGES } from './counterparties.js';
import { JOURNAL_HASH_BYTES } from './journal-entry.js';
import { type Ledger, LedgerError } from './ledger.js';
import { NOTE_INDEX_PAGES } from './note-index.js';

/*
 * The ledger as it stands after one journal entry, so that a boot goes through the entries since then only.
 * It is one batch, in which pages of the note index and of the counterparties that have not changed are left
 * out.
 *
 * The record under `Key.ledger`: head of the journal (32), SCALARS (4 each), flights: count (1), sequences (4
 * each); lots: count (1), each purpose (2), amount (4), hops (1), hop limit (1), expiry (4).
 */
const SCALARS = [
  'sequence',
  'epoch',
  'settledAt',
  'lastSync_s',
  'claims',
  'payments',
  'voids',
  'day',
  'paidThatDay',
  'unconfirmed',
  'receivedFrom_s',
] as const;
/** After them: suspended, notes held, counterparties. */
const SCALARS_COUNT = SCALARS.length + 3;
const FLIGHTS_AT = JOURNAL_HASH_BYTES + 4 * SCALARS_COUNT;
const SEQUENCE_BYTES = 4;
const LOT_BYTES = 12;

/**
 * What to write, in one batch. Flights whose journal entry is below `floor` are written out, since that may
 * go.
 */
export function snapshot(ledger: Ledger, floor: number): Write[] {
  const { noteIndex, counterparties } = ledger;
  const writes: Write[] = [];
  for (const page of noteIndex.changed())
    writes.push({ key: Key.noteIndex + page, payload: noteIndex.page(page) });
  for (const page of counterparties.changed()) {
    writes.push({ key: Key.counterparties + page, payload: counterparties.page(page) });
  }
  let place = Key.inFlightTransfers;
  for (const { sequence, transfer } of ledger.inFlightTransfers) {
    if (sequence >= floor) continue;
    const payload = new Uint8Array(SEQUENCE_BYTES + transfer.bytes.length);
    putU32(payload, 0, sequence);
    payload.set(transfer.bytes, SEQUENCE_BYTES);
    writes.push({ key: place++, payload });
  }
  writes.push(...writesOf(Key.ledger, encode(ledger)));
  return writes;
}

function encode(ledger: Ledger): Uint8Array {
  const { inFlightTransfers, lots } = ledger;
  const lotsAt = FLIGHTS_AT + 1 + SEQUENCE_BYTES * inFlightTransfers.length;
  const bytes = new Uint8Array(lotsAt + 1 + LOT_BYTES * lots.lots.length);
  bytes.set(ledger.head);
  let at = JOURNAL_HASH_BYTES;
  const put = (value: number) => {
    putU32(bytes, at, value);
    at += 4;
  };
  for (const name of SCALARS) put(ledger[name]);
  put(ledger.suspended ? 1 : 0);
  put(ledger.noteIndex.count);
  put(ledger.counterparties.used);
  bytes[at++] = inFlightTransfers.length;
  for (const { sequence } of inFlightTransfers) put(sequence);
  bytes[at++] = lots.lots.length;
  for (const { purpose, amount, hops, hopsLimit, expires_s } of lots.lots) {
    putU16(bytes, at, purpose);
    putU32(bytes, at + 2, amount);
    bytes[at + 6] = hops;
    bytes[at + 7] = hopsLimit;
    putU32(bytes, at + 8, expires_s);
    at += LOT_BYTES;
  }
  return bytes;
}

/** Where a snapshot is read from. */
export interface Saved {
  read(key: number): Uint8Array | undefined;
  /** A journal entry. */
  entry(sequence: number): Uint8Array | undefined;
}

/**
 * Brings an empty ledger to where the last snapshot was taken. Throws LedgerError when parts of it are
 * missing.
 */
export function restore(ledger: Ledger, saved: Saved): void {
  const bytes = saved.read(Key.ledger);
  if (bytes === undefined) return;
  ledger.head = bytes.slice(0, JOURNAL_HASH_BYTES);
  let at = JOURNAL_HASH_BYTES;
  const next = () => {
    at += 4;
    return getU32(bytes, at - 4);
  };
  for (const name of SCALARS) ledger[name] = next();
  ledger.suspended = next() === 1;
  restorePages(ledger, saved, next(), next());
  const inFlightTransfers = Math.min(bytes[at++], IN_FLIGHT_MAX);
  for (let i = 0; i < inFlightTransfers; i++) ledger.addInFlightTransfer(transferOf(saved, next()));
  const lots = Math.min(bytes[at++], LOTS_MAX);
  for (let i = 0; i < lots; i++) {
    ledger.lots.restore({
      purpose: getU16(bytes, at),
      amount: getU32(bytes, at + 2),
      hops: bytes[at + 6],
      hopsLimit: bytes[at + 7],
      expires_s: getU32(bytes, at + 8),
    });
    at += LOT_BYTES;
  }
  ledger.noteIndex.saved();
  ledger.counterparties.saved();
}

function restorePages(ledger: Ledger, saved: Saved, notes: number, counterparties: number): void {
  const need = (page: Uint8Array | undefined, load: (bytes: Uint8Array) => boolean) => {
    if (page === undefined || !load(page)) throw new LedgerError('a page of the snapshot is missing');
  };
  for (let page = 0; page < NOTE_INDEX_PAGES && ledger.noteIndex.count < Math.min(notes, NOTES_MAX); page++) {
    need(saved.read(Key.noteIndex + page), (bytes) => ledger.noteIndex.load(page, notes, bytes));
  }
  for (let page = 0; page < COUNTERPARTY_PAGES && ledger.counterparties.used < counterparties; page++) {
    need(saved.read(Key.counterparties + page), (bytes) =>
      ledger.counterparties.load(page, counterparties, bytes),
    );
  }
}

/** A transfer in flight, from the journal or from where it was written out. */
function transferOf(saved: Saved, sequence: number): Transfer {
  const entry = saved.entry(sequence);
  let transfer = entry && Transfer.parse(entry);
  for (let place = 0; place < IN_FLIGHT_MAX && transfer === undefined; place++) {
    const bytes = saved.read(Key.inFlightTransfers + place);
    if (bytes && getU32(bytes, 0) === sequence) transfer = Transfer.parse(bytes.slice(SEQUENCE_BYTES));
  }
  if (transfer === undefined) throw new LedgerError(`transfer ${sequence} is in flight and not here`);
  return transfer;
}
