import { sameBytes } from '../../firmware/bytes.js';
import { emptyHead, nextHead } from '../../firmware/ledger/journal-entry.js';
import { Outcome, type Receipt } from '../../firmware/objects/receipt.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import { applySettlement, readIssued } from './applied.js';
import { hex } from './bytes.js';
import {
  checkEntry,
  EntryError,
  type Numbered,
  needsOf,
  notesRegistered,
  numberEntries,
} from './check-entry.js';
import type { Context } from './context.js';
import type { Sql } from './database.js';
import { addTo, type DeviceState, readDevice, writeDevice } from './device-state.js';
import { accuse, type Suspicion } from './double-spend.js';
import { accept, names, refuse, relocate, returnOverdue, see } from './transfers.js';
import { SETTLEMENT_TYPE, Work } from './work.js';

/**
 * The journal that is being uploaded does not continue the one that was uploaded before: there are two
 * copies.
 */
export class ForkedError extends Error {
  readonly code = 'forked';
}

/**
 * Takes in a page of `device`'s journal, in one transaction: all of it or nothing. Entries known already are
 * passed over, so any page may come again. Throws EntryError or ForkedError.
 */
export async function takePage(
  context: Context,
  device: Uint8Array,
  first: number,
  page: readonly Uint8Array[],
): Promise<{ sequence: number; head: Uint8Array }> {
  const entries = numberEntries((bytes) => context.crypto.sha256(bytes), device, first, page);
  return context.database.transaction(async (sql) => {
    const state = (await readDevice(sql, device))!;
    const fresh = entries.filter((entry) => entry.sequence > state.sequence);
    if (fresh.length === 0 || fresh[0].sequence !== state.sequence + 1) return state;
    await takeEntries(context, sql, state, fresh);
    return state;
  });
}

/**
 * Books entries that continue the journal of `state`, and looks for double spending in what they brought to
 * light.
 */
export async function takeEntries(
  context: Context,
  sql: Sql,
  state: DeviceState,
  entries: readonly Numbered[],
): Promise<void> {
  const work = new Work(context, sql);
  const settled = entries.some(({ entry }) => entry.kind === 'settled');
  const touchesNotes = settled || entries.some(({ entry }) => entry.kind === 'answer');
  await work.read(state.id, needsOf(entries), touchesNotes);
  const issued = settled ? await readIssued(sql, state.id, state.sequence) : [];
  const booking = new Booking(work, state);
  for (const numbered of entries) {
    checkEntry(work, state.id, numbered);
    const { entry } = numbered;
    if (entry.kind === 'settled') await applySettlement(work, state, entry.settlement, issued);
    else booking.book(numbered);
    const head = nextHead(context.crypto, state.head, numbered.bytes);
    const own = entry.kind === 'answer' || entry.kind === 'settled' ? null : booking.statement(numbered);
    work.journal.push({
      device: state.id,
      sequence: numbered.sequence,
      bytes: numbered.bytes,
      head,
      statement: own,
    });
    state.sequence = numbered.sequence;
    state.head = head;
    if (entry.kind === 'settled') {
      state.epoch_sequence = state.sequence;
      state.epoch_head = head;
    }
  }
  returnOverdue(work);
  await work.write();
  await writeDevice(sql, state);
  await accuse(context, sql, work, booking.suspicions, state.contradicted ? state.id : undefined);
}

/**
 * Takes in a page of a copy's journal as evidence: what was signed is booked, payees in good faith are paid,
 * but the device's own journal stays as it is.
 */
export async function takeEvidence(
  context: Context,
  device: Uint8Array,
  first: number,
  page: readonly Uint8Array[],
): Promise<void> {
  const entries = numberEntries((bytes) => context.crypto.sha256(bytes), device, first, page);
  await context.database.transaction(async (sql) => {
    const work = new Work(context, sql);
    await work.read(device, needsOf(entries), false);
    for (const numbered of entries) {
      checkEntry(work, device, numbered);
      bookEvidence(work, numbered);
    }
    returnOverdue(work);
    await work.write();
    await accuse(context, sql, work, [], undefined);
  });
}

/** A point in a journal: number of entries, and the hash after them. */
export interface JournalPoint {
  sequence: number;
  head: Uint8Array;
}

/** So many settlements back a copy is asked for what it has. A wallet need not keep more. */
const POINTS_MAX = 4;

/**
 * Where a copy may have branched off the journal of `device`: after one of its settlements, the latest first.
 */
export async function sharedPoints(sql: Sql, device: Uint8Array, before: number): Promise<JournalPoint[]> {
  const points = await sql.rows<JournalPoint>(
    `select sequence, head from journal where device = $1 and sequence < $2 and get_byte(bytes, 1) = ${SETTLEMENT_TYPE}
     order by sequence desc limit ${POINTS_MAX}`,
    [device, before],
  );
  if (points.length < POINTS_MAX && before > 0) points.push({ sequence: 0, head: emptyHead() });
  return points;
}

function bookEvidence(work: Work, { entry, transferHash }: Numbered): void {
  switch (entry.kind) {
    case 'out':
      if (!work.transfers.has(hex(transferHash!))) see(work, entry.transfer, transferHash!);
      return;
    case 'in':
      work.addStatement(entry.receipt);
      accept(work, seen(work, entry.transfer, transferHash!), entry.receipt);
      return;
    case 'refused':
      work.addStatement(entry.receipt);
      bookRefusal(work, entry.receipt, entry.transfer, transferHash);
      return;
    case 'answer':
      bookAnswer(work, entry.receipt);
      return;
    case 'settled':
      return;
  }
}

const seen = (work: Work, transfer: Transfer, hash: Uint8Array) =>
  work.transfers.get(hex(hash)) ?? see(work, transfer, hash);

/**
 * A transfer that was refused may be any nonsense that a payer has signed; only one that draws on real notes
 * is booked.
 */
function bookRefusal(
  work: Work,
  receipt: Receipt,
  transfer: Transfer | undefined,
  hash: Uint8Array | undefined,
): void {
  work.addVoid(receipt);
  if (transfer && hash && notesRegistered(work, transfer)) seen(work, transfer, hash);
  for (const row of work.transfers.values()) if (names(receipt, row)) refuse(work, row, receipt);
}

function bookAnswer(work: Work, receipt: Receipt): void {
  work.addStatement(receipt);
  const row = work.transfers.get(hex(receipt.transfer))!;
  if (receipt.outcome === Outcome.accepted) accept(work, row, receipt);
  else {
    work.addVoid(receipt);
    refuse(work, row, receipt);
  }
}

/** Books the entries of a device's own journal: the money, and what the device itself has left. */
class Booking {
  /** Entries that spend what is not there. */
  readonly suspicions: Suspicion[] = [];

  constructor(
    private readonly work: Work,
    private readonly state: DeviceState,
  ) {}

  book(numbered: Numbered): void {
    const { entry, transferHash } = numbered;
    switch (entry.kind) {
      case 'out':
        this.#out(numbered.sequence, entry.transfer, transferHash!);
        return;
      case 'in': {
        const row = seen(this.work, entry.transfer, transferHash!);
        accept(this.work, row, entry.receipt);
        // Neither a transfer accepted twice nor one that its payee has voided is worth anything (again).
        if (row.place === 'payee' && !row.payee_booked) {
          row.payee_booked = true;
          addTo(this.state.received, row.currency, row.total);
        }
        return;
      }
      case 'refused':
        bookRefusal(this.work, entry.receipt, entry.transfer, transferHash);
        return;
      case 'answer':
        this.#answer(entry.receipt);
        return;
    }
  }

  /** Registers what the device has signed in this entry; returns its hash. */
  statement({ entry, transferHash }: Numbered): Uint8Array {
    if (entry.kind === 'out') return transferHash!;
    return this.work.addStatement((entry as { receipt: Receipt }).receipt);
  }

  #out(sequence: number, transfer: Transfer, hash: Uint8Array): void {
    const { work, state } = this;
    if (!sameBytes(transfer.previous, state.head)) throw new ForkedError(`entry ${sequence}`);
    const row = seen(work, transfer, hash);
    if (row.payer_state === 'unseen') row.payer_state = 'open';
    relocate(work, row);
    for (let i = 0; i < transfer.noteCount; i++) {
      const note = work.notes.get(hex(transfer.noteId(i)))!;
      if (note.state === 'issued' || note.state === 'dropped') {
        throw new EntryError(`entry ${sequence}: draws on a note that the device never took`);
      }
      note.remaining -= transfer.noteAmount(i);
      work.changedNote(note);
      if (note.remaining < 0) {
        this.suspicions.push({ kind: 'overdrawn', device: state.id, sequence, note: note.id });
      }
    }
    addTo(state.received, row.currency, -transfer.received);
    if ((state.received[row.currency] ?? 0) < 0) {
      this.suspicions.push({ kind: 'overspent', device: state.id, sequence });
    }
  }

  /** The device counts value that came back on its notes, and as a claim where a note has been retired. */
  #answer(receipt: Receipt): void {
    const { work, state } = this;
    const row = work.transfers.get(hex(receipt.transfer))!;
    if (row.payer_state !== 'open') {
      bookAnswer(work, receipt);
      return;
    }
    if (receipt.outcome === Outcome.accepted) {
      row.payer_state = 'accepted';
      bookAnswer(work, receipt);
      return;
    }
    row.payer_state = 'void';
    bookAnswer(work, receipt);
    const transfer = Transfer.parse(row.bytes)!;
    for (let i = 0; i < transfer.noteCount; i++) {
      const note = work.notes.get(hex(transfer.noteId(i)));
      if (note?.state === 'held') {
        note.remaining += transfer.noteAmount(i);
        work.changedNote(note);
      } else addTo(state.claims, `${row.currency}:${row.purpose}`, transfer.noteAmount(i));
    }
    addTo(state.received, row.currency, row.received);
  }
}
