import { sameBytes } from '../../../firmware/bytes.js';
import { emptyHead, nextHead } from '../../../firmware/ledger/journal-entry.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { convictAll } from '../fraud/convict.js';
import { hotDevices } from '../fraud/hot-list.js';
import { applySettlement, readIssued } from '../settlement/applied.js';
import { Booking, bookAnswer, bookRefusal, seen } from '../settlement/booking.js';
import { accept, payShortfalls, relocateWaiting } from '../settlement/transfers.js';
import { IS_SETTLEMENT, UnitOfWork } from '../unit-of-work.js';
import { faultOf, type Numbered, needsOf, numberEntries } from './check-entry.js';
import { type DeviceState, readDevice, writeDevice } from './device-state.js';
import { Replica } from './replica.js';

/**
 * The journal that is being uploaded does not continue the one that was uploaded before: there are two
 * copies.
 */
export class ForkedError extends Error {
  readonly code = 'forked';
}

/** Entries of a journal that follow each other. */
export interface Page {
  /** Sequence number of the first. */
  readonly first: number;
  readonly entries: readonly Uint8Array[];
}

/** Several pages are not as plain as one transaction for all of them must be; it is undone. */
class NotPlain extends Error {}

const isNext = ({ first }: Page, i: number, pages: readonly Page[]): boolean =>
  i === 0 || first === pages[i - 1].first + pages[i - 1].entries.length;

/**
 * Takes in pages of `device`'s journal. One by one they would cost several times as much, so plain ones that
 * follow each other are taken together. Throws ForkedError.
 */
export async function takePages(
  context: Context,
  device: Uint8Array,
  pages: readonly Page[],
): Promise<JournalPoint> {
  if (pages.length > 1 && pages.every(isNext)) {
    const all = { first: pages[0].first, entries: pages.flatMap(({ entries }) => entries) };
    try {
      return await takePage(context, device, all, true);
    } catch (error) {
      if (!(error instanceof NotPlain || error instanceof ForkedError)) throw error;
    }
  }
  let point: JournalPoint | undefined;
  for (const page of pages) point = await takePage(context, device, page, false);
  return point!;
}

/**
 * In one transaction: all of it or nothing. Entries known already are passed over, so any page may come
 * again. Throws ForkedError; and NotPlain when `plainly`, and it matters where a page ends.
 */
async function takePage(
  context: Context,
  device: Uint8Array,
  page: Page,
  plainly: boolean,
): Promise<JournalPoint> {
  const sha256 = (bytes: Uint8Array) => context.crypto.sha256(bytes);
  const entries = numberEntries(sha256, device, page.first, page.entries);
  return context.database.transaction(async (sql) => {
    const state = (await readDevice(sql, device))!;
    const fresh = entries.filter((entry) => entry.sequence > state.sequence);
    if (fresh.length === 0 || fresh[0].sequence !== state.sequence + 1) return state;
    const isPlain = await takeEntries(context, sql, state, fresh);
    if (plainly && !isPlain) throw new NotPlain();
    return state;
  });
}

/**
 * Books entries that continue the journal of `state`, and looks for broken rules in what they brought to
 * light. Returns whether it would have come to the same in several steps: nobody is accused or stands
 * convicted, nothing is settled, set off or set aside, and no operator had to be lent anything.
 */
async function takeEntries(
  context: Context,
  sql: Sql,
  state: DeviceState,
  entries: readonly Numbered[],
): Promise<boolean> {
  const work = new UnitOfWork(context, sql);
  const settles = entries.some(({ entry }) => entry?.kind === 'settled');
  const touchesNotes = settles || entries.some(({ entry }) => entry?.kind === 'answer');
  await work.read(state.id, needsOf(entries), touchesNotes);
  const issued = settles ? await readIssued(sql, state.id, state.sequence) : [];
  const replica = await Replica.read(context, sql, state.id);
  const booking = new Booking(work, state, replica, await hotDevices(sql));
  for (const numbered of entries) {
    const { entry, bytes, sequence } = numbered;
    if (entry?.kind === 'out' && !sameBytes(entry.transfer.previous, state.head)) {
      throw new ForkedError(`entry ${sequence}`);
    }
    let fault = faultOf(work, state.id, numbered);
    if (!fault && entry?.kind === 'settled') {
      fault = await applySettlement(work, state, replica, entry.settlement, issued);
    } else if (!fault) booking.book(numbered);
    if (fault) booking.setAside(numbered, fault);
    const head = nextHead(context.crypto, state.head, bytes);
    // What it did wrong says nothing under its number, but for an unsound transfer: that one is well signed,
    // and may contradict another.
    const isOwn = fault?.author && sameBytes(fault.author, state.id);
    const statement = isOwn && !fault?.unsound ? null : booking.statement(numbered);
    work.journal.push({ device: state.id, sequence, bytes, head, statement });
    state.sequence = sequence;
    state.head = head;
    if (entry?.kind === 'settled' && !fault) {
      state.epoch_sequence = state.sequence;
      state.epoch_head = head;
    }
  }
  payShortfalls(work, state.id);
  relocateWaiting(work);
  const stands = [...work.parties.values()].some((party) => party.convicted || party.recovered);
  const isPlain = !settles && !stands && !state.broken && work.asides.length === 0;
  await work.write();
  if (!state.broken) await replica.write(sql);
  await writeDevice(sql, state);
  const isAccused = await convictAll(work, state.contradicted ? state.id : undefined);
  return isPlain && !isAccused && !work.ledger.hasCovered;
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
    const work = new UnitOfWork(context, sql);
    await work.read(device, needsOf(entries), false);
    for (const numbered of entries) if (!faultOf(work, device, numbered)) bookEvidence(work, numbered);
    relocateWaiting(work);
    await work.write();
    await convictAll(work, undefined);
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
    `select sequence, head from journal where device = $1 and sequence < $2 and ${IS_SETTLEMENT}
     order by sequence desc limit ${POINTS_MAX}`,
    [device, before],
  );
  if (points.length < POINTS_MAX && before > 0) points.push({ sequence: 0, head: emptyHead() });
  return points;
}

function bookEvidence(work: UnitOfWork, { entry, transferHash }: Numbered): void {
  switch (entry?.kind) {
    case 'out':
      seen(work, entry.transfer, transferHash!);
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
  }
}
