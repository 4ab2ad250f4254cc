import { IN_FLIGHT_MAX } from '../../../firmware/limits.js';
import { Note } from '../../../firmware/objects/note.js';
import { Resolution, Settlement, Standing } from '../../../firmware/objects/settlement.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { certificateFor } from '../accounts/certificates.js';
import { profileUnder } from '../accounts/profiles.js';
import { readTargets, type Target } from '../accounts/targets.js';
import { currencyBytes, hex } from '../bytes.js';
import { type Context, randomBytes } from '../context.js';
import type { Sql } from '../db/database.js';
import { hotDevices, signedParts } from '../fraud/hot-list.js';
import { allKeys, endOf, holding, keyInUseOf, keyOfVersion } from '../keys.js';
import type { DeviceState } from '../sync/device-state.js';
import type { Effects } from './applied.js';
import { valuesOf } from './denominations.js';
import { type Facts, planFor } from './plan.js';

/** A settlement and the objects that go with it, in the order in which a device asks for them. */
export interface Issue {
  settlement: Uint8Array;
  objects: Uint8Array[];
}

const DAY_S = 86_400;

const latestKey = ({ keys }: Context): number => allKeys(keys).at(-1)!.id;

/**
 * The settlement for a device whose journal is here up to (sequence, head). The one issued before for this
 * point is sent again to the byte unless there is something new to tell. Issuing moves no money: only a
 * settlement that comes back in the journal does, so those that are never applied need no undoing.
 */
export async function settle(
  context: Context,
  sql: Sql,
  state: DeviceState,
  known: KnownToDevice,
): Promise<Issue> {
  const renewed = await certificateFor(context, sql, state, known.certificate);
  const facts = await readFacts(context, sql, state);
  const fingerprint = fingerprintOf(context, state, facts, renewed);
  const [before] = await sql.rows<{ facts: string; bytes: Uint8Array; objects: Uint8Array[] }>(
    `select facts, bytes, objects from settlements
     where device = $1 and sequence = $2 and state = 'issued' order by id desc limit 1`,
    [state.id, state.sequence],
  );
  if (before?.facts === fingerprint) return { settlement: before.bytes, objects: before.objects };
  return issueSettlement(context, sql, state, facts, fingerprint, { renewed, version: known.version });
}

/** What the device that is there has, so that it can check what it gets. */
export interface KnownToDevice {
  /** The certificate that it has shown. */
  readonly certificate: Uint8Array;
  /** Version of a key of its operator's that it knows: the settlement comes before any news. */
  readonly version: number;
}

interface FactRow {
  what: 'load' | 'unload' | 'resolved' | 'hot' | 'in_flight' | 'account' | 'target';
  id: number;
  currency: string;
  purpose: number;
  amount: number;
}

async function readFacts(context: Context, sql: Sql, state: DeviceState): Promise<Facts> {
  const rows = await sql.rows<FactRow>(
    `select 'load' as what, id::bigint as id, currency, purpose, amount from loads
       where device = $1 and not delivered
     union all
     select 'unload', id, '', 0, amount from unloads where device = $1 and taken is null
     union all
     (select 'resolved', sequence, place, 0, 0 from transfers
       where payer = $1 and payer_state = 'open' and place in ('payee', 'held') order by sequence limit $2)
     union all
     select 'hot', coalesce(max(version), 0), '', 0, 0 from hot_list
     union all
     select 'in_flight', 0, '', 0, coalesce(sum(total), 0)::bigint from transfers where payer = $1 and payer_state = 'open'
     union all
     select 'target', t.number, '', 0, t.until_s from positions p join targets t on t.number = p.purpose
       where p.device = $1
     union all
     select 'account', 0, currency, case settle_to when 'account' then 1 else 0 end, 0 from accounts where id = $3
     order by what, id`,
    [state.id, IN_FLIGHT_MAX, state.account],
  );
  const of = (what: FactRow['what']) => rows.filter((row) => row.what === what);
  const [account] = of('account');
  const resolved = of('resolved').map((row) => ({
    sequence: row.id,
    resolution: row.currency === 'payee' ? Resolution.accepted : Resolution.returned,
  }));
  return {
    loads: of('load'),
    unloads: of('unload'),
    resolved,
    hotVersion: of('hot')[0].id,
    in_flight: of('in_flight')[0].amount,
    currency: account.currency,
    settlesToAccount: account.purpose === 1,
    over: new Set(
      of('target')
        .filter((row) => row.amount <= context.time_s)
        .map((row) => row.id),
    ),
  };
}

/** The day is in it so that a device never gets a clock that is older than that. */
const fingerprintOf = (
  context: Context,
  state: DeviceState,
  facts: Facts,
  renewed: Uint8Array | undefined,
): string =>
  JSON.stringify([
    Math.floor(context.time_s / DAY_S),
    [state.suspended, state.convicted, state.unlock_pin, state.profile_version],
    [renewed && hex(renewed), keyInUseOf(context, state.operator).id],
    [facts.hotVersion, latestKey(context)],
    facts.loads.map((row) => row.id),
    facts.unloads.map((row) => row.id),
    facts.resolved.map((entry) => [entry.sequence, entry.resolution]),
    [...facts.over],
  ]);

async function issueSettlement(
  context: Context,
  sql: Sql,
  state: DeviceState,
  facts: Facts,
  fingerprint: string,
  { renewed, version }: { readonly renewed: Uint8Array | undefined; readonly version: number },
): Promise<Issue> {
  const plan = await planFor(context, sql, state, facts);
  const targets = await readTargets(sql, plan.fresh.keys());
  const notes = freshNotes(context, state, facts.currency, plan.fresh, targets);
  const effects: Effects = {
    loads: plan.loads.map((row) => row.id),
    unloads: plan.unloads,
    toldProfile: state.profile_version,
    toldOperators: latestKey(context),
    toldHotList: facts.hotVersion,
  };
  const { signingKey } = keyOfVersion(context.keys.operators.get(state.operator)!, version)!;
  let notesHash: Uint8Array = new Uint8Array(32);
  for (const note of notes) notesHash = context.crypto.sha256(notesHash, note.bytes);
  const settlement = Settlement.build(context.crypto, signingKey, {
    device: state.id,
    issuer: state.operator,
    endorsement: version,
    sequence: state.sequence,
    head: state.head,
    time_s: context.time_s,
    epoch: state.epoch + 1,
    standing: standingOf(state),
    retireUntil_s: plan.retireUntil_s,
    notes: notes.length,
    notesHash,
    resolved: facts.resolved,
  });
  const news = await newsFor(context, sql, state, facts, renewed);
  const objects = [...news, ...notes.map((note) => note.bytes)];
  await store(context, sql, state, settlement, objects, effects, fingerprint, notes);
  return { settlement: settlement.bytes, objects };
}

function standingOf(state: DeviceState): number {
  if (state.suspended) return Standing.suspended;
  return state.unlock_pin ? Standing.unlocked : Standing.good;
}

/**
 * Of the currency that the account is in, from the purpose and the index: each note runs out a second before
 * the one before it, and with its target at the latest.
 */
function freshNotes(
  context: Context,
  state: DeviceState,
  currency: string,
  sums: ReadonlyMap<number, number>,
  targets: ReadonlyMap<number, Target>,
): Note[] {
  const notes: Note[] = [];
  const key = keyInUseOf(context, state.operator);
  const expires_s = endOf(key, context.time_s, context.parameters.noteLife_s);
  for (const [tag, amount] of sums) {
    const target = targets.get(tag);
    const condition = target
      ? { purpose: target.purpose, place: target.place, payee: target.payee, target: tag }
      : { purpose: tag };
    for (const value of valuesOf(context.parameters, amount)) {
      notes.push(
        Note.build(context.crypto, key.signingKey, {
          id: randomBytes(context, 8),
          issuer: state.operator,
          endorsement: key.endorsement.version,
          value,
          currency: currencyBytes(currency),
          owner: state.id,
          issued_s: context.time_s,
          expires_s: Math.min(expires_s - notes.length, target?.until_s ?? U32_MAX),
          hopsMax: context.parameters.hopsMax,
          ...condition,
          registry: 1,
        }),
      );
    }
  }
  return notes;
}

/**
 * Operators, certificate, profile and hot list, each only when the device does not have the latest: those
 * first that the others are signed with.
 */
async function newsFor(
  context: Context,
  sql: Sql,
  state: DeviceState,
  { hotVersion }: Facts,
  renewed: Uint8Array | undefined,
): Promise<Uint8Array[]> {
  const news: Uint8Array[] = [];
  for (const { id, endorsement } of holding(context.keys, context.time_s)) {
    if (id > state.told_operators) news.push(endorsement.bytes);
  }
  if (renewed) news.push(renewed);
  if (state.told_profile !== state.profile_version)
    news.push(profileUnder(context, keyInUseOf(context, state.operator), state.id, state.profile));
  if (state.told_hot_list !== hotVersion) {
    news.push(...signedParts(context, state.operator, await hotDevices(sql)));
  }
  return news;
}

async function store(
  context: Context,
  sql: Sql,
  state: DeviceState,
  settlement: Settlement,
  objects: readonly Uint8Array[],
  effects: Effects,
  fingerprint: string,
  notes: readonly Note[],
): Promise<void> {
  const [{ id }] = await sql.rows<{ id: number }>(
    `insert into settlements (device, sequence, facts, bytes, objects, effects, state)
     values ($1, $2, $3, $4, $5::bytea[], $6, 'issued') returning id`,
    [state.id, state.sequence, fingerprint, settlement.bytes, objects, JSON.stringify(effects)],
  );
  await sql.rows('update devices set issued_s = $2 where id = $1', [state.id, context.time_s]);
  if (notes.length === 0) return;
  await sql.rows(
    `insert into notes (id, device, settlement, currency, purpose, value, expires_s, remaining, state, bytes)
     select n, $1, $2, c, p, v, x, v, 'issued', b
     from unnest($3::bytea[], $4::text[], $5::int[], $6::bigint[], $7::bigint[], $8::bytea[]) as y (n, c, p, v, x, b)`,
    [
      state.id,
      id,
      notes.map((note) => note.id),
      notes.map((note) => String.fromCharCode(...note.currency)),
      notes.map((note) => note.tag),
      notes.map((note) => note.value),
      notes.map((note) => note.expires_s),
      notes.map((note) => note.bytes),
    ],
  );
}
