import { sameBytes } from '../../firmware/bytes.js';
import { type Settlement, Standing } from '../../firmware/objects/settlement.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import { hex } from './bytes.js';
import { EntryError } from './check-entry.js';
import type { Sql } from './database.js';
import type { DeviceState } from './device-state.js';
import { availableSpot, deviceSpot } from './ledger.js';
import type { TransferRow } from './rows.js';
import type { Work } from './work.js';

/**
 * What a settlement does in the books. It is done when the settlement is seen in the device's journal, so
 * exactly once.
 */
export interface Effects {
  /** From the device to its account. */
  credits: { currency: string; purpose: number; amount: number }[];
  loads: number[];
  unloads: { id: number; taken: number }[];
  /** Value that the bank holds back, as claims of the device: `currency:purpose` to minor units. */
  withheld: Record<string, number>;
  /** What the device knows once it has applied it. */
  toldProfile: number;
  toldOperators: number;
  toldHotList: number;
}

export interface IssuedRow {
  id: number;
  sequence: number;
  bytes: Uint8Array;
  effects: Effects;
}

/** Settlements that the device may have applied at `sequence` or later. */
export const readIssued = (sql: Sql, device: Uint8Array, sequence: number): Promise<IssuedRow[]> =>
  sql.rows<IssuedRow>(
    `select id, sequence, bytes, effects from settlements
     where device = $1 and sequence >= $2 and state = 'issued'`,
    [device, sequence],
  );

/**
 * Books the settlement that the device has applied. Throws EntryError when it was not issued for this point.
 */
export async function applySettlement(
  work: Work,
  state: DeviceState,
  settlement: Settlement,
  issued: readonly IssuedRow[],
): Promise<void> {
  const row = issued.find((candidate) => sameBytes(candidate.bytes, settlement.bytes));
  if (!row || settlement.sequence !== state.sequence || !sameBytes(settlement.head, state.head)) {
    throw new EntryError(`entry ${state.sequence + 1}: no settlement that was issued for this point`);
  }
  const { effects } = row;
  await markApplied(work.sql, state.id, row);
  await resolve(work, state.id, settlement);
  turnNotes(work, state.id, row.id, settlement.retireUntil_s);
  await dropSpent(work, state.id);
  for (const { currency, purpose, amount } of effects.credits) {
    const from = deviceSpot(state.id, state.operator);
    const to = availableSpot(state.account, purpose);
    work.ledger.move(from, to, currency, amount, 'settled', undefined, state.operator);
  }
  state.received = {};
  state.claims = { ...effects.withheld };
  state.epoch = settlement.epoch;
  if (settlement.standing === Standing.unlocked) state.unlock_pin = false;
  state.told_profile = effects.toldProfile;
  state.told_operators = effects.toldOperators;
  state.told_hot_list = effects.toldHotList;
}

async function markApplied(
  sql: Sql,
  device: Uint8Array,
  { id, sequence, effects }: IssuedRow,
): Promise<void> {
  await sql.rows(
    `update settlements set state = case when id = $2 then 'applied' else 'dropped' end
     where device = $1 and sequence <= $3 and state = 'issued'`,
    [device, id, sequence],
  );
  if (effects.loads.length > 0) {
    await sql.rows('update loads set delivered = true where id = any($1::int[])', [effects.loads]);
  }
  for (const { id: unload, taken } of effects.unloads) {
    await sql.rows('update unloads set taken = $2 where id = $1', [unload, taken]);
  }
}

/** Old notes are retired before the fresh ones are added, as the wallet does it. */
function turnNotes(work: Work, device: Uint8Array, settlement: number, retireUntil_s: number): void {
  for (const note of work.notes.values()) {
    if (!sameBytes(note.device, device)) continue;
    if (note.state === 'held' && note.expires_s <= retireUntil_s) {
      note.state = 'retired';
      note.remaining = Math.min(0, note.remaining); // what was overdrawn stays on the books
    } else if (note.state === 'issued') {
      note.state = note.settlement === settlement ? 'held' : 'dropped';
    } else continue;
    work.changedNote(note);
  }
}

/** A spent note is gone for good, unless a transfer that used it may still come back. */
async function dropSpent(work: Work, device: Uint8Array): Promise<void> {
  const spent = [...work.notes.values()].filter(
    (note) => note.state === 'held' && note.remaining === 0 && sameBytes(note.device, device),
  );
  if (spent.length === 0) return;
  work.keep(
    await work.sql.rows<TransferRow>(
      `select * from transfers where payer = $1 and payer_state = 'open' and hash <> all($2::bytea[])`,
      [device, [...work.transfers.values()].map((row) => row.hash)],
    ),
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

/** The device has learnt the fate of these transfers and forgets them. */
async function resolve(work: Work, device: Uint8Array, settlement: Settlement): Promise<void> {
  const sequences = settlement.resolved().map((entry) => entry.sequence);
  if (sequences.length === 0) return;
  const rows = await work.sql.rows<TransferRow>(
    `select * from transfers where payer = $1 and sequence = any($2::bigint[]) and payer_state = 'open'`,
    [device, sequences],
  );
  for (const row of rows) {
    const known = work.transfers.get(hex(row.hash)) ?? row;
    if (known === row) work.keep([row]);
    if (known.payer_state !== 'open') continue;
    known.payer_state = 'resolved';
    work.changed(known);
  }
}
