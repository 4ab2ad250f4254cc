import { sameBytes } from '../../firmware/bytes.js';
import { parseEntry } from '../../firmware/ledger/journal-entry.js';
import { Note } from '../../firmware/objects/note.js';
import { Outcome } from '../../firmware/objects/receipt.js';
import { Settlement } from '../../firmware/objects/settlement.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import { hex } from './bytes.js';
import type { Context } from './context.js';
import type { Sql } from './database.js';
import { putOnHotList } from './hot-list.js';
import { encodeProof, type Proof, type ProofKind, verifyProof } from './proof.js';
import type { JournalRow } from './rows.js';
import { SETTLEMENT_TYPE, TRANSFER_TYPE, type Work } from './work.js';

/** An entry of a device's own journal that spends what is not there. */
export type Suspicion =
  | { kind: 'overdrawn'; device: Uint8Array; sequence: number; note: Uint8Array }
  | { kind: 'overspent'; device: Uint8Array; sequence: number };

/** What a proof is made of, besides whom it is about. */
interface Case {
  kind: ProofKind;
  device: Uint8Array;
  base?: Uint8Array;
  entries?: Uint8Array[];
  statements: Uint8Array[];
  noteIssuer?: number;
}

interface Conflict {
  how: 'statement' | 'journal' | 'head';
  device: Uint8Array;
  sequence: number;
  first: Uint8Array;
  second: Uint8Array;
}

/**
 * Looks for double spending in what a transaction has brought to light, and names the device if it can be
 * proved. A device is named only with a proof that a third party would accept: every one passes `verifyProof`
 * first. What looks wrong and cannot be proved is no accusation: a counterparty may have synced first, or
 * signed two things.
 *
 * `again`: a device whose whole journal is to be looked at once more.
 */
export async function accuse(
  context: Context,
  sql: Sql,
  work: Work,
  suspicions: readonly Suspicion[],
  again: Uint8Array | undefined,
): Promise<void> {
  const cases: Case[] = contradictoryReceipts(work);
  for (const suspicion of suspicions) cases.push(await caseOfSuspicion(sql, suspicion));
  for (const one of cases) await convict(context, sql, one);
  for (const conflict of await conflicts(sql, work, again)) {
    const one = await caseOfConflict(sql, conflict);
    if (one && (await convict(context, sql, one))) continue;
    await sql.rows('update devices set contradicted = true where id = $1', [conflict.device]);
  }
}

/** Whether the device is named, now or before. */
async function convict(context: Context, sql: Sql, one: Case): Promise<boolean> {
  const [row] = await sql.rows<{ certificate: Uint8Array; operator: number; proven: boolean }>(
    'select certificate, operator, proven from devices where id = $1',
    [one.device],
  );
  if (row.proven) return true;
  const { operators, rootPublic } = context.keys;
  const endorsers = [row.operator, ...(one.noteIssuer === undefined ? [] : [one.noteIssuer])];
  const proof: Proof = {
    version: 1,
    kind: one.kind,
    device: one.device,
    root: rootPublic,
    operators: endorsers.map((number) => operators.get(number)!.endorsement.bytes),
    certificate: row.certificate,
    base: one.base ?? new Uint8Array(0),
    entries: one.entries ?? [],
    statements: one.statements,
  };
  const bytes = encodeProof(proof);
  if (!verifyProof(context.crypto, rootPublic, bytes)) return false;
  await sql.rows('insert into proofs (device, kind, bytes, at_s) values ($1, $2, $3, $4)', [
    one.device,
    one.kind,
    bytes,
    context.time_s,
  ]);
  await sql.rows('update devices set proven = true where id = $1', [one.device]);
  await putOnHotList(sql, one.device, 'proof');
  return true;
}

/** A payee that took a transfer and refused it too. */
function contradictoryReceipts(work: Work): Case[] {
  const cases: Case[] = [];
  for (const row of work.transfers.values()) {
    if (row.accepted && row.voided) {
      cases.push({ kind: 'receipts', device: row.payee, statements: [row.accepted, row.voided] });
    }
  }
  return cases;
}

interface Neighbour {
  source: 'statement' | 'journal';
  device: Uint8Array;
  sequence: number;
  bytes: Uint8Array;
  /** What the device signed in it; null where a journal entry is no word of its own. */
  hash: Uint8Array | null;
  previous: Uint8Array | null;
  head: Uint8Array | null;
}

/**
 * Statements that cannot all be in one journal: two under one number, a transfer that does not follow from
 * the one before it, or a statement that the device's uploaded journal contradicts. Looks only around numbers
 * that are new in this transaction, and at all of a journal that grows and was contradicted before without
 * proof.
 */
async function conflicts(sql: Sql, work: Work, again: Uint8Array | undefined): Promise<Conflict[]> {
  const keys = new Map<string, { device: Uint8Array; sequence: number }>();
  const add = (row: { device: Uint8Array; sequence: number }) =>
    keys.set(`${hex(row.device)} ${row.sequence}`, row);
  for (const row of work.statements) add(row);
  for (const row of work.journal) add(row);
  if (again) {
    const numbers = await sql.rows<{ sequence: number }>('select sequence from journal where device = $1', [
      again,
    ]);
    for (const { sequence } of numbers) add({ device: again, sequence });
  }
  if (keys.size === 0) return [];
  return compare(await neighbours(sql, [...keys.values()]));
}

/** Around each number; other devices' rows with the same numbers come along and do no harm. */
function neighbours(sql: Sql, keys: { device: Uint8Array; sequence: number }[]): Promise<Neighbour[]> {
  const devices = new Map(keys.map(({ device }) => [hex(device), device]));
  const sequences = new Set(keys.flatMap(({ sequence }) => [sequence - 1, sequence, sequence + 1]));
  return sql.rows<Neighbour>(
    `select 'statement' as source, device, sequence, bytes, hash, previous, head from statements
     where device = any($1::bytea[]) and sequence = any($2::bigint[])
     union all
     select 'journal', device, sequence, bytes, statement, null, head from journal
     where device = any($1::bytea[]) and sequence = any($2::bigint[])`,
    [[...devices.values()], [...sequences]],
  );
}

function compare(rows: readonly Neighbour[]): Conflict[] {
  const found = new Map<string, Conflict>();
  const places = new Map<string, Map<string, Neighbour>>();
  for (const row of rows) {
    const place = `${hex(row.device)} ${row.sequence}`;
    const name = row.source + hex(row.hash ?? row.bytes);
    const others = places.get(place) ?? new Map<string, Neighbour>();
    places.set(place, others.set(name, row));
  }
  const report = (how: Conflict['how'], first: Neighbour, second: Neighbour) => {
    const { device, sequence } = first;
    const key = `${how} ${hex(device)} ${sequence}`;
    if (!found.has(key)) found.set(key, { how, device, sequence, first: first.bytes, second: second.bytes });
  };
  for (const here of places.values()) {
    const [one] = here.values();
    const next = places.get(`${hex(one.device)} ${one.sequence + 1}`)?.values() ?? [];
    const following = [...next].filter((row) => row.previous);
    const [first, ...more] = [...here.values()].filter((row) => row.source === 'statement');
    for (const other of more) report('statement', first, other);
    for (const row of here.values()) {
      const unsigned = row.source === 'journal' && row.hash === null;
      if (unsigned && first) report('journal', row, first);
      for (const after of following) {
        if (!row.head || sameBytes(row.head, after.previous!)) continue;
        report(row.source === 'journal' ? 'head' : 'statement', row, after);
      }
    }
  }
  return [...found.values()];
}

async function caseOfConflict(sql: Sql, conflict: Conflict): Promise<Case | undefined> {
  const { device, sequence, first, second } = conflict;
  switch (conflict.how) {
    case 'statement':
      return { kind: 'fork', device, statements: [first, second] };
    case 'journal':
      return contradictedByChain(sql, device, sequence, second);
    case 'head':
      return brokenStep(sql, device, sequence, second);
  }
}

/**
 * The uploaded journal has an unsigned entry where the device has signed another; a later transfer in the
 * journal commits to it.
 */
async function contradictedByChain(
  sql: Sql,
  device: Uint8Array,
  sequence: number,
  other: Uint8Array,
): Promise<Case | undefined> {
  const chain = await journalFrom(sql, device, sequence);
  const end = chain.findIndex((row) => row.sequence > sequence && Transfer.parse(row.bytes));
  if (end < 0) return undefined;
  const base = await headAt(sql, device, sequence - 1);
  const entries = chain.slice(0, end).map((row) => row.bytes);
  return { kind: 'fork', device, base, entries, statements: [chain[end].bytes, other] };
}

/**
 * The uploaded journal ends before `last`, which does not follow from it: from the journal's last transfer
 * on, all is signed.
 */
async function brokenStep(
  sql: Sql,
  device: Uint8Array,
  sequence: number,
  last: Uint8Array,
): Promise<Case | undefined> {
  const rows = await sql.rows<JournalRow>(
    `select * from journal where device = $1 and sequence <= $2 and sequence >=
       (select max(sequence) from journal where device = $1 and sequence <= $2 and statement is not null
        and get_byte(bytes, 1) = ${TRANSFER_TYPE}) order by sequence`,
    [device, sequence],
  );
  if (rows.length === 0) return undefined;
  const [first, ...between] = rows.map((row) => row.bytes);
  return { kind: 'fork', device, entries: between, statements: [first, last] };
}

const caseOfSuspicion = (sql: Sql, suspicion: Suspicion): Promise<Case> =>
  suspicion.kind === 'overdrawn'
    ? overdrawn(sql, suspicion.device, suspicion.sequence, suspicion.note)
    : overspent(sql, suspicion.device, suspicion.sequence);

/**
 * From the settlement that retired the note, or else from the first transfer that draws on it: all that
 * happened up to the one that draws too much.
 */
async function overdrawn(sql: Sql, device: Uint8Array, sequence: number, id: Uint8Array): Promise<Case> {
  const [row] = await sql.rows<{ bytes: Uint8Array }>('select bytes from notes where id = $1', [id]);
  const note = Note.parse(row.bytes)!;
  const rows = await sql.rows<JournalRow>(
    `select * from journal where device = $1 and sequence < $2 and
       (get_byte(bytes, 1) = ${SETTLEMENT_TYPE} or (get_byte(bytes, 1) = ${TRANSFER_TYPE} and position($3::bytea in bytes) > 0))
     order by sequence`,
    [device, sequence, id],
  );
  const retiring = rows.find((each) => {
    const settlement = Settlement.parse(each.bytes);
    return settlement && settlement.retireUntil_s >= note.expires_s && settlement.time_s > note.issued_s;
  });
  const drawing = rows.find((each) => Transfer.parse(each.bytes));
  const start = (retiring ?? drawing)?.sequence ?? sequence;
  const chain = await journalFrom(sql, device, start, sequence);
  const entries = chain.slice(0, -1).map((each) => each.bytes);
  const base = await headAt(sql, device, start - 1);
  const statements = [note.bytes, chain[chain.length - 1].bytes];
  return { kind: 'overdrawn', device, base, entries, statements, noteIssuer: note.issuer };
}

/** From the last settlement on, and the transfers from before it that came back since. */
async function overspent(sql: Sql, device: Uint8Array, sequence: number): Promise<Case> {
  const [start] = await sql.rows<{ sequence: number }>(
    `select coalesce(max(sequence), 1) as sequence from journal
     where device = $1 and sequence < $2 and get_byte(bytes, 1) = ${SETTLEMENT_TYPE}`,
    [device, sequence],
  );
  const chain = await journalFrom(sql, device, start.sequence, sequence);
  const base = await headAt(sql, device, start.sequence - 1);
  const entries = chain.slice(0, -1).map((row) => row.bytes);
  const voided = entries.flatMap((bytes) => {
    const entry = parseEntry(device, bytes);
    return entry?.kind === 'answer' && entry.receipt.outcome === Outcome.void ? [entry.receipt.transfer] : [];
  });
  const earlier = await sql.rows<{ bytes: Uint8Array }>(
    'select bytes from transfers where hash = any($1::bytea[]) and payer = $2 and sequence < $3 order by sequence',
    [voided, device, start.sequence],
  );
  const statements = [chain[chain.length - 1].bytes, ...earlier.map((row) => row.bytes)];
  return { kind: 'overspent', device, base, entries, statements };
}

const journalFrom = (
  sql: Sql,
  device: Uint8Array,
  first: number,
  last = Number.MAX_SAFE_INTEGER,
): Promise<JournalRow[]> =>
  sql.rows<JournalRow>(
    'select * from journal where device = $1 and sequence between $2 and $3 order by sequence',
    [device, first, last],
  );

async function headAt(sql: Sql, device: Uint8Array, sequence: number): Promise<Uint8Array> {
  const [row] = await sql.rows<{ head: Uint8Array }>(
    'select head from journal where device = $1 and sequence = $2',
    [device, sequence],
  );
  return row?.head ?? new Uint8Array(32);
}
