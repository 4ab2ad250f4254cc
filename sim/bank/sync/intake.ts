import { sameBytes } from '../../../firmware/bytes.js';
import { emptyHead, nextHead } from '../../../firmware/ledger/journal-entry.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { Groups } from '../db/groups.js';
import { convictAll } from '../fraud/convict.js';
import { hotDevices } from '../fraud/hot-list.js';
import { applySettlement, type IssuedRow, readIssued } from '../settlement/applied.js';
import { Booking, bookAnswer, bookRefusal, seen } from '../settlement/booking.js';
import { accept, payShortfalls, relocateWaiting } from '../settlement/transfers.js';
import { IS_SETTLEMENT, UnitOfWork } from '../unit-of-work.js';
import { faultOf, type Numbered, needsOf, numberEntries } from './check-entry.js';
import { type DeviceState, readDevices, writeDevices } from './device-state.js';
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

/** Pages of one device's journal, in their order. */
interface Upload {
  readonly device: Uint8Array;
  readonly pages: readonly Page[];
}

/** A point in a journal: number of entries, and the hash after them. */
export interface JournalPoint {
  sequence: number;
  head: Uint8Array;
}

/** What was to be one transaction is not as plain as that must be; it is undone. */
class NotPlain extends Error {}

const isNext = ({ first }: Page, i: number, pages: readonly Page[]): boolean =>
  i === 0 || first === pages[i - 1].first + pages[i - 1].entries.length;

const joined = (pages: readonly Page[]): Page => ({
  first: pages[0].first,
  entries: pages.flatMap(({ entries }) => entries),
});

/** So many devices' uploads are one transaction at the most. */
const UPLOADS_MAX = 32;

/**
 * Takes journals into the books. There is one writer: what comes while it works is taken together, in one
 * transaction, which costs much less than one each and lets none fail because of another. That holds as long
 * as it comes to the same; where it may not, uploads are taken one by one, and page by page.
 */
export class Intake {
  readonly #waiting = new Groups<Upload, JournalPoint>(UPLOADS_MAX, (uploads) => this.#takeTogether(uploads));

  constructor(private readonly context: Context) {}

  /** Returns where the device's journal stands then. Throws ForkedError. */
  async take(device: Uint8Array, pages: readonly Page[]): Promise<JournalPoint> {
    const upload = { device, pages };
    if (!pages.every(isNext)) return this.#takeApart(upload);
    try {
      return await this.#waiting.do(upload);
    } catch (error) {
      if (error instanceof NotPlain || error instanceof ForkedError) return this.#takeApart(upload);
      throw error;
    }
  }

  #takeTogether(uploads: readonly Upload[]): Promise<JournalPoint[]> {
    const journals = uploads.map(({ device, pages }) => ({ device, page: joined(pages) }));
    const isWhole = uploads.length === 1 && uploads[0].pages.length === 1;
    return takeJournals(this.context, journals, !isWhole);
  }

  async #takeApart({ device, pages }: Upload): Promise<JournalPoint> {
    let point: JournalPoint | undefined;
    for (const page of pages) [point] = await takeJournals(this.context, [{ device, page }], false);
    return point!;
  }
}

interface Journal {
  readonly device: Uint8Array;
  readonly page: Page;
}

/**
 * In one transaction: all of it or nothing. Entries known already are passed over, so any page may come
 * again. Returns where each journal stands then. Throws ForkedError; and NotPlain when `plainly`, and it may
 * matter that it is one transaction.
 */
async function takeJournals(
  context: Context,
  journals: readonly Journal[],
  plainly: boolean,
): Promise<JournalPoint[]> {
  const sha256 = (bytes: Uint8Array) => context.crypto.sha256(bytes);
  const all = journals.map(({ device, page }) => numberEntries(sha256, device, page.first, page.entries));
  return context.database.transaction(async (sql) => {
    const found = await readDevices(
      sql,
      journals.map(({ device }) => device),
    );
    const states = journals.map(({ device }) => found.find(({ id }) => sameBytes(id, device))!);
    const growing = states.flatMap((state, i): Growing[] => {
      const fresh = all[i].filter((entry) => entry.sequence > state.sequence);
      return fresh[0]?.sequence === state.sequence + 1 ? [{ state, entries: fresh }] : [];
    });
    if (growing.length > 0) {
      const isPlain = await grow(context, sql, growing);
      if (plainly && !isPlain) throw new NotPlain();
    }
    return states;
  }, true);
}

/** A journal, and entries that continue it. */
interface Growing {
  readonly state: DeviceState;
  readonly entries: readonly Numbered[];
}

/**
 * Books entries that continue journals, and looks for broken rules in what they brought to light. Returns
 * whether it would have come to the same in several steps: nobody is accused or stands convicted, nothing is
 * set off or set aside, no settlement is followed by anything, and no operator had to be lent anything.
 */
async function grow(context: Context, sql: Sql, journals: readonly Growing[]): Promise<boolean> {
  const work = new UnitOfWork(context, sql);
  await work.read(journals.map(({ state, entries }) => needsOf(state.id, entries)));
  const states = journals.map(({ state }) => state);
  const settling = journals.filter(({ entries }) => entries.some(({ entry }) => entry?.kind === 'settled'));
  const issued =
    settling.length > 0
      ? await readIssued(
          sql,
          settling.map(({ state }) => state),
        )
      : [];
  const replicas = await Replica.readAll(
    context,
    sql,
    states.map(({ id }) => id),
  );
  const hot = await hotDevices(sql);
  for (const [i, { state, entries }] of journals.entries()) {
    const booking = new Booking(work, state, replicas[i], hot);
    for (const numbered of entries) await takeEntry(booking, numbered, issued);
  }
  for (const { id } of states) payShortfalls(work, id);
  relocateWaiting(work);
  const stands = [...work.parties.values()].some((party) => party.convicted || party.recovered);
  const isSimple = settling.every(({ entries }) => entries.length === 1);
  const isPlain = isSimple && !stands && !states.some(({ broken }) => broken) && work.asides.length === 0;
  await work.write();
  await Replica.writeAll(
    sql,
    replicas.filter((_, i) => !states[i].broken),
  );
  await writeDevices(sql, states);
  const again = states.filter(({ contradicted }) => contradicted).map(({ id }) => id);
  const isAccused = await convictAll(work, again);
  return isPlain && !isAccused && !work.ledger.hasCovered;
}

async function takeEntry(booking: Booking, numbered: Numbered, issued: readonly IssuedRow[]): Promise<void> {
  const { work, state, replica } = booking;
  const { entry, bytes, sequence } = numbered;
  if (entry?.kind === 'out' && !sameBytes(entry.transfer.previous, state.head)) {
    throw new ForkedError(`entry ${sequence}`);
  }
  let fault = faultOf(work, state.id, numbered);
  if (!fault && entry?.kind === 'settled') {
    fault = await applySettlement(work, state, replica, entry.settlement, issued);
  } else if (!fault) booking.book(numbered);
  if (fault) booking.setAside(numbered, fault);
  const head = nextHead(work.context.crypto, state.head, bytes);
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
    await work.read([{ ...needsOf(device, entries), allNotes: false }]);
    for (const numbered of entries) if (!faultOf(work, device, numbered)) bookEvidence(work, numbered);
    relocateWaiting(work);
    await work.write();
    await convictAll(work, []);
  }, true);
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
