import { sameBytes } from '../../../firmware/bytes.js';
import { LedgerError } from '../../../firmware/ledger/ledger.js';
import { Note } from '../../../firmware/objects/note.js';
import { type Settlement, Standing } from '../../../firmware/objects/settlement.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { moveOn } from '../accounts/move.js';
import { hex } from '../bytes.js';
import type { Sql } from '../db/database.js';
import type { TransferRow } from '../db/rows.js';
import { Ahead, isOfLostBooks } from '../restored.js';
import type { Fault } from '../sync/check-entry.js';
import { addTo, type DeviceState } from '../sync/device-state.js';
import type { Replica } from '../sync/replica.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { relocate } from './transfers.js';

/**
 * What a settlement promises beside what it says itself. Money is no part of it: what it moves is worked out
 * when it is applied.
 */
export interface Effects {
  loads: number[];
  unloads: { id: number; taken: number }[];
  /** What the device knows once it has applied it. */
  toldProfile: number;
  toldOperators: number;
  toldHotList: number;
}

export interface IssuedRow {
  id: number;
  device: Uint8Array;
  sequence: number;
  bytes: Uint8Array;
  objects: Uint8Array[];
  effects: Effects;
}

/** Settlements that the devices may have applied at the end of their journals or later. */
export const readIssued = (
  sql: Sql,
  devices: readonly Pick<DeviceState, 'id' | 'sequence'>[],
): Promise<IssuedRow[]> =>
  sql.rows<IssuedRow>(
    `select s.id, s.device, s.sequence, bytes, objects, effects
     from unnest($1::bytea[], $2::bigint[]) as x (device, sequence)
     join settlements s on s.device = x.device and s.sequence >= x.sequence and s.state = 'issued'`,
    [devices.map(({ id }) => id), devices.map(({ sequence }) => sequence)],
  );

/**
 * Books the settlement that the device has applied: when it is seen in the journal, so exactly once. Throws
 * Ahead.
 */
export async function applySettlement(
  work: UnitOfWork,
  state: DeviceState,
  replica: Replica,
  settlement: Settlement,
  issued: readonly IssuedRow[],
): Promise<Fault | undefined> {
  const row = issued.find(
    ({ device, bytes }) => sameBytes(device, state.id) && sameBytes(bytes, settlement.bytes),
  );
  if (!row && (await isOfLostBooks(work.context, work.sql, state, settlement))) throw new Ahead();
  if (!row || settlement.sequence !== state.sequence || !sameBytes(settlement.head, state.head)) {
    return { reason: 'no settlement that was issued for this point', author: state.id };
  }
  const { effects } = row;
  const loads = await markApplied(work.sql, state.id, row);
  const back = turnNotes(work, state.id, row.id, settlement.retireUntil_s);
  for (const [purpose, amount] of Object.entries(state.claims)) addTo(back, purpose, amount);
  for (const { purpose, amount } of loads) addTo(back, String(purpose), amount);
  useReceived(work, state, back);
  await moveOn(work, state, payBack(work, state, back));
  state.received = {};
  state.claims = {};
  state.epoch = settlement.epoch;
  work.party(state.id)!.epoch = settlement.epoch;
  await resolve(work, state.id, settlement);
  await dropSpent(work, state.id);
  if (state.resuming)
    await work.sql.rows('update devices set resuming = false, ahead_s = null where id = $1', [state.id]);
  if (settlement.standing === Standing.unlocked) state.unlock_pin = false;
  state.told_profile = effects.toldProfile;
  state.told_operators = effects.toldOperators;
  state.told_hot_list = effects.toldHotList;
  replay(work, state, replica, settlement, row.objects);
  return undefined;
}

function replay(
  work: UnitOfWork,
  state: DeviceState,
  replica: Replica,
  settlement: Settlement,
  objects: readonly Uint8Array[],
): void {
  if (state.broken) return;
  const fresh = objects.filter((bytes) => Note.parse(bytes));
  try {
    replica.apply({ kind: 'settled', settlement }, settlement.time_s, fresh);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    work.breach(state.id, 'journal', settlement.sequence + 1);
    state.broken = true;
  }
}

/** What was received has served its purpose: from now on it is ordinary money. */
function useReceived(work: UnitOfWork, state: DeviceState, back: Record<string, number>): void {
  const party = work.party(state.id)!;
  for (const [key, amount] of Object.entries(state.received)) {
    addTo(back, '0', amount);
    const purpose = Number(key);
    const net = Math.min(amount, work.books.free(party, purpose));
    if (purpose === 0 || net <= 0) continue;
    const changes = [
      { party, purpose, net: -net },
      { party, purpose: 0, net },
    ];
    work.books.book(party.currency, changes, 'purpose served');
  }
}

/**
 * What the device has given back and not got again goes to its account, or to whoever gave it when its target
 * is over: no more than it has there by all that the bank has been shown, and nothing when it is convicted.
 * Returns what the account got, by purpose.
 */
function payBack(work: UnitOfWork, state: DeviceState, back: Record<string, number>): Record<string, number> {
  const party = work.party(state.id)!;
  const all: Record<string, number> = {};
  if (party.convicted) return all;
  for (const [key, amount] of Object.entries(back)) {
    const purpose = Number(key);
    const paid = Math.min(amount, work.books.free(party, purpose));
    if (paid <= 0) continue;
    const isOver = work.books.isOver(purpose);
    work.books.book(
      party.currency,
      [
        { party, purpose, net: -paid },
        { ledgerAccount: work.books.home(party, purpose), amount: paid },
      ],
      isOver ? 'expired' : 'settled',
    );
    if (!isOver) all[key] = paid;
  }
  return all;
}

interface LoadRow {
  purpose: number;
  amount: number;
}

async function markApplied(
  sql: Sql,
  device: Uint8Array,
  { id, sequence, effects }: IssuedRow,
): Promise<LoadRow[]> {
  await sql.rows(
    `update settlements set state = case when id = $2 then 'applied' else 'dropped' end
     where device = $1 and sequence <= $3 and state = 'issued'`,
    [device, id, sequence],
  );
  for (const { id: unload, taken } of effects.unloads) {
    await sql.rows('update unloads set taken = $2 where id = $1', [unload, taken]);
  }
  if (effects.loads.length === 0) return [];
  return sql.rows<LoadRow>(
    'update loads set delivered = true where id = any($1::int[]) and not delivered returning purpose, amount',
    [effects.loads],
  );
}

/**
 * Old notes are retired before the fresh ones are added, as the wallet does it. Returns by purpose what the
 * retired ones had left, less what the fresh ones are worth.
 */
function turnNotes(
  work: UnitOfWork,
  device: Uint8Array,
  settlement: number,
  retireUntil_s: number,
): Record<string, number> {
  const back: Record<string, number> = {};
  for (const note of work.notes.values()) {
    if (!sameBytes(note.device, device)) continue;
    if (note.state === 'held' && note.expires_s <= retireUntil_s) {
      note.state = 'retired';
      addTo(back, String(note.purpose), Math.max(0, note.remaining));
      note.remaining = Math.min(0, note.remaining); // what was overdrawn stays on the books
    } else if (note.state === 'issued') {
      note.state = note.settlement === settlement ? 'held' : 'dropped';
      if (note.state === 'held') addTo(back, String(note.purpose), -note.remaining);
    } else continue;
    work.changedNote(note);
  }
  return back;
}

/** A spent note is gone for good, unless a transfer that used it may still come back. */
async function dropSpent(work: UnitOfWork, device: Uint8Array): Promise<void> {
  const spent = [...work.notes.values()].filter(
    (note) => note.state === 'held' && note.remaining === 0 && sameBytes(note.device, device),
  );
  if (spent.length === 0) return;
  await work.keep(
    await work.sql.rows<TransferRow>(`select * from transfers where payer = $1 and payer_state = 'open'`, [
      device,
    ]),
  );
  const used = new Set<string>();
  for (const row of work.transfers.values()) {
    if (row.payer_state !== 'open' || !sameBytes(row.payer, device)) continue;
    const transfer = Transfer.parse(row.bytes)!;
    for (let i = 0; i < transfer.noteCount; i++) used.add(hex(transfer.noteId(i)));
  }
  for (const note of spent) {
    if (used.has(hex(note.id))) continue;
    note.state = 'retired';
    work.changedNote(note);
  }
}

/**
 * The device has learnt the fate of these transfers and forgets them: only now can what comes back be paid
 * out.
 */
async function resolve(work: UnitOfWork, device: Uint8Array, settlement: Settlement): Promise<void> {
  const sequences = settlement.resolved().map((entry) => entry.sequence);
  if (sequences.length === 0) return;
  await work.keep(
    await work.sql.rows<TransferRow>(
      `select * from transfers where payer = $1 and sequence = any($2::bigint[]) and payer_state = 'open'`,
      [device, sequences],
    ),
  );
  for (const row of work.transfers.values()) {
    const isMeant = sameBytes(row.payer, device) && sequences.includes(row.sequence);
    if (!isMeant || row.payer_state !== 'open') continue;
    row.payer_state = 'resolved';
    relocate(work, row);
  }
}
