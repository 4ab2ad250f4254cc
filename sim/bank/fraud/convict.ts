import { sameBytes } from '../../../firmware/bytes.js';
import { parseEntry } from '../../../firmware/ledger/journal-entry.js';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { Note } from '../../../firmware/objects/note.js';
import { Outcome } from '../../../firmware/objects/receipt.js';
import { Settlement } from '../../../firmware/objects/settlement.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { hex } from '../bytes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { JournalRow } from '../db/rows.js';
import { keyOfVersion } from '../keys.js';
import { IS_SETTLEMENT, IS_TRANSFER, UnitOfWork } from '../unit-of-work.js';
import { type Conflict, conflicts } from './conflicts.js';
import { putOnHotList } from './hot-list.js';
import { encodeProof, type Proof, type ProofKind, verifyProof } from './proof.js';
import type { Suspicion } from './suspicion.js';

/** What a proof is made of, besides whom it is about. */
interface Case {
  kind: ProofKind;
  device: Uint8Array;
  base?: Uint8Array;
  entries?: Uint8Array[];
  notes?: Uint8Array[];
  statements: Uint8Array[];
}

/**
 * Looks for broken rules in what a transaction has brought to light. A device is named by a proof that a
 * third party would accept, which has passed `verifyProof`; or, where there can be none, on the bank's own
 * word. What looks wrong and is neither is no accusation: a counterparty may have synced first, or signed two
 * things.
 *
 * `again`: devices whose whole journals are to be looked at once more.
 *
 * Returns whether there was anything to look into.
 */
export async function convictAll(work: UnitOfWork, again: readonly Uint8Array[]): Promise<boolean> {
  const { context, sql } = work;
  const contradictory = contradictoryReceipts(work);
  for (const one of contradictory) await prove(context, sql, one);
  for (const suspicion of work.suspicions) {
    const isProven = await prove(context, sql, await caseOfSuspicion(sql, suspicion));
    if (!isProven) work.breach(suspicion.device, suspicion.kind, 0);
  }
  for (const { device, rule, sequence } of work.breaches) {
    await sql.rows(
      'insert into breaches (device, rule, sequence, at_s) values ($1, $2, $3, $4) on conflict do nothing',
      [device, rule, sequence, context.time_s],
    );
    await convict(context, sql, device, 'breach');
  }
  const conflicting = await conflicts(sql, work, again);
  for (const conflict of conflicting) {
    const one = await caseOfConflict(sql, conflict);
    if (one && (await prove(context, sql, one))) continue;
    await sql.rows('update devices set contradicted = true where id = $1', [conflict.device]);
  }
  return [contradictory, work.suspicions, work.breaches, conflicting].some(({ length }) => length > 0);
}

/** Whether a proof stands against the device, now or before. */
async function prove(context: Context, sql: Sql, one: Case): Promise<boolean> {
  const [row] = await sql.rows<{ certificate: Uint8Array; proven: boolean }>(
    `select certificate, exists (select 1 from proofs p where p.device = d.id) as proven
     from devices d where id = $1`,
    [one.device],
  );
  if (row.proven) return true;
  const { rootPublic } = context.keys;
  const proof: Proof = {
    version: 1,
    kind: one.kind,
    device: one.device,
    root: rootPublic,
    operators: endorsementsFor(context, row.certificate, one),
    certificate: row.certificate,
    base: one.base ?? new Uint8Array(0),
    entries: one.entries ?? [],
    notes: one.notes ?? [],
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
  await convict(context, sql, one.device, 'proof');
  return true;
}

/** Of the keys that have signed the certificate, and the notes and settlements of the case. */
function endorsementsFor({ keys }: Context, certificate: Uint8Array, one: Case): Uint8Array[] {
  const signed = [...(one.notes ?? []), ...(one.entries ?? []), ...one.statements];
  const issued = [
    Certificate.parse(certificate)!,
    ...signed.flatMap((bytes) => Note.parse(bytes) ?? Settlement.parse(bytes) ?? []),
  ];
  const found = issued.flatMap(({ issuer, endorsement }) => {
    const operator = keys.operators.get(issuer);
    return (operator && keyOfVersion(operator, endorsement)) ?? [];
  });
  return [...new Set(found)].map(({ endorsement }) => endorsement.bytes);
}

/**
 * The device is stopped; what it owes is a loss that bears its name, and its account answers for it as far as
 * it goes.
 */
async function convict(
  context: Context,
  sql: Sql,
  device: Uint8Array,
  reason: 'proof' | 'breach',
): Promise<void> {
  await putOnHotList(sql, device, reason);
  const work = new UnitOfWork(context, sql);
  await work.readParties([device]);
  const party = work.party(device)!;
  if (party.convicted) return;
  work.books.convict(party);
  await sql.rows('update devices set convicted = true where id = $1', [device]);
  await sql.rows('update accounts set held_until_s = greatest(coalesce(held_until_s, 0), $2) where id = $1', [
    party.account,
    party.certificate_until_s + context.parameters.recoverAfter_s,
  ]);
  await work.write();
}

/**
 * To be called when the whole journal of a device is here: a transfer that somebody else has shown before,
 * and that is not in it, was signed by another copy. `began`: the sighting at which the sync began that it
 * came in. What was shown later may have been paid later too, while the carrier kept a message back.
 */
export async function nameUnshown(
  context: Context,
  sql: Sql,
  device: Uint8Array,
  began: number,
): Promise<boolean> {
  const [unshown] = await sql.rows<{ sequence: number }>(
    `select t.sequence from transfers t join devices d on d.id = t.payer
     where t.payer = $1 and t.payer_state = 'unseen' and t.sighting < $2 and not d.convicted limit 1`,
    [device, began],
  );
  if (!unshown) return false;
  await sql.rows(
    `insert into breaches (device, rule, sequence, at_s) values ($1, 'unshown', $2, $3) on conflict do nothing`,
    [device, unshown.sequence, context.time_s],
  );
  await convict(context, sql, device, 'breach');
  return true;
}

/** A payee that took a transfer and refused it too. */
function contradictoryReceipts(work: UnitOfWork): Case[] {
  const cases: Case[] = [];
  for (const row of work.transfers.values()) {
    if (row.accepted && row.voided) {
      cases.push({ kind: 'receipts', device: row.payee, statements: [row.accepted, row.voided] });
    }
  }
  return cases;
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
        and ${IS_TRANSFER}) order by sequence`,
    [device, sequence],
  );
  if (rows.length === 0) return undefined;
  const [first, ...between] = rows.map((row) => row.bytes);
  return { kind: 'fork', device, entries: between, statements: [first, last] };
}

async function caseOfSuspicion(sql: Sql, suspicion: Suspicion): Promise<Case> {
  const { kind, device } = suspicion;
  switch (kind) {
    case 'overdrawn':
      return overdrawn(sql, device, suspicion.sequence, suspicion.note);
    case 'overspent':
    case 'hops':
      return { ...(await sinceSettlement(sql, device, suspicion.sequence)), kind };
    case 'terms':
      return {
        ...(await withNotes(sql, suspicion.transfer)),
        kind,
        device,
        statements: [suspicion.transfer.bytes],
      };
    case 'accepted': {
      const statements = [suspicion.receipt.bytes, suspicion.transfer.bytes];
      return { ...(await withNotes(sql, suspicion.transfer)), kind, device, statements };
    }
    case 'receipts':
      return { kind, device, statements: suspicion.receipts };
  }
}

/** The notes of a transfer that are in the registry. */
async function withNotes(sql: Sql, transfer: Transfer): Promise<Pick<Case, 'notes'>> {
  const ids = Array.from({ length: transfer.noteCount }, (_, i) => transfer.noteId(i));
  const rows = await sql.rows<{ bytes: Uint8Array }>('select bytes from notes where id = any($1::bytea[])', [
    ids,
  ]);
  const notes = rows.map((row) => row.bytes);
  return notes.length > 0 ? { notes } : {};
}

/**
 * From the last settlement that retired the note, or else from the first transfer that draws on it: all that
 * happened up to the one that draws too much, and the notes that the settlements in between brought.
 */
async function overdrawn(sql: Sql, device: Uint8Array, sequence: number, id: Uint8Array): Promise<Case> {
  const [row] = await sql.rows<{ bytes: Uint8Array }>('select bytes from notes where id = $1', [id]);
  const note = Note.parse(row.bytes)!;
  const rows = await sql.rows<JournalRow>(
    `select * from journal where device = $1 and sequence < $2 and
       (${IS_SETTLEMENT} or (${IS_TRANSFER} and position($3::bytea in bytes) > 0))
     order by sequence`,
    [device, sequence, id],
  );
  const brought = await notesBrought(sql, device);
  const isOf = (each: JournalRow) => brought(each.bytes).some((bytes) => sameBytes(bytes, note.bytes));
  const arrived = rows.findIndex(isOf);
  const retiring = rows.slice(arrived + 1).find((each) => {
    const settlement = Settlement.parse(each.bytes);
    return settlement && settlement.retireUntil_s >= note.expires_s;
  });
  const drawing = rows.find((each) => Transfer.parse(each.bytes));
  const start = (retiring ?? drawing)?.sequence ?? sequence;
  const chain = await journalFrom(sql, device, start, sequence);
  const entries = chain.slice(0, -1).map((each) => each.bytes);
  const base = await headAt(sql, device, start - 1);
  const notes = retiring ? entries.flatMap((bytes) => brought(bytes)) : [];
  const statements = [note.bytes, chain[chain.length - 1].bytes];
  return { kind: 'overdrawn', device, base, entries, notes, statements };
}

/** The notes that came with a settlement which the device has applied; none for any other entry. */
async function notesBrought(sql: Sql, device: Uint8Array): Promise<(entry: Uint8Array) => Uint8Array[]> {
  const rows = await sql.rows<{ bytes: Uint8Array; objects: Uint8Array[] }>(
    `select bytes, objects from settlements where device = $1 and state = 'applied'`,
    [device],
  );
  const brought = new Map(
    rows.map(({ bytes, objects }) => [hex(bytes), objects.filter((object) => Note.parse(object))]),
  );
  return (entry) => brought.get(hex(entry)) ?? [];
}

/** From the last settlement on, and the transfers from before it that came back since. */
async function sinceSettlement(sql: Sql, device: Uint8Array, sequence: number): Promise<Omit<Case, 'kind'>> {
  const [start] = await sql.rows<{ sequence: number }>(
    `select coalesce(max(sequence), 1) as sequence from journal
     where device = $1 and sequence < $2 and ${IS_SETTLEMENT}`,
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
  return { device, base, entries, statements };
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
