import { HOT_LIST_PART_IDS, HOT_LIST_PARTS_MAX } from '../../../firmware/limits.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { deviceRow } from '../accounts/accounts.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { keyInUseOf } from '../keys.js';

export type HotReason = 'proof' | 'breach' | 'lost' | 'suspended';

export interface HotDevices {
  /** 0 while nobody is on it. */
  version: number;
  devices: { device: Uint8Array; reason: HotReason; version: number }[];
}

interface HotRow {
  readonly version: number;
  readonly device: Uint8Array;
  readonly reason: HotReason | 'lifted';
  /** Of the list. */
  readonly latest: number;
}

const DEVICES_MAX = HOT_LIST_PARTS_MAX * HOT_LIST_PART_IDS;

/**
 * The devices that nobody shall deal with. When there is no room for all, those that were only reported lost
 * or suspended give way before any that was convicted, and the oldest first (their notes run out).
 */
export async function hotDevices(sql: Sql): Promise<HotDevices> {
  const rows = await sql.rows<HotRow>(
    `select version, device, reason, (select max(version) from hot_list) as latest from hot_list
     order by reason = 'lifted', reason in ('lost', 'suspended'), version desc limit $1`,
    [DEVICES_MAX],
  );
  return {
    version: rows[0]?.latest ?? 0,
    devices: rows.flatMap(({ device, reason, version }) =>
      reason === 'lifted' ? [] : [{ device, reason, version }],
    ),
  };
}

/**
 * Stops a device: no load, no new payment once this is known, and the next sync tells it so. One that is
 * listed for a lesser reason is listed anew, since it may have been pushed off meanwhile.
 */
export async function putOnHotList(sql: Sql, device: Uint8Array, reason: HotReason): Promise<void> {
  await sql.rows(
    `insert into hot_list (device, reason) values ($1, $2)
     on conflict (device) do update set version = default, reason = excluded.reason
     where hot_list.reason = 'lifted'
       or hot_list.reason = 'suspended' and excluded.reason <> 'suspended'
       or hot_list.reason = 'lost' and excluded.reason in ('proof', 'breach')`,
    [device, reason],
  );
  await sql.rows('update devices set suspended = true where id = $1', [device]);
}

/** Its holder gets what the device still has: at its next sync, or when all of it has expired (R9). */
export async function takeForLost(context: Context, sql: Sql, device: Uint8Array): Promise<void> {
  await deviceRow(sql, device);
  await sql.rows('update devices set lost_s = $2 where id = $1 and lost_s is null', [device, context.time_s]);
  await putOnHotList(sql, device, 'lost');
}

/** The bank's people stop a device, until they lift that. */
export async function suspend(sql: Sql, device: Uint8Array): Promise<void> {
  await deviceRow(sql, device);
  await putOnHotList(sql, device, 'suspended');
}

/**
 * Lifts a suspension: the next sync of the device tells it so, and everybody else's takes it off the list.
 * Throws BankError `not-suspended` when it is stopped for another reason, or not at all.
 */
export async function liftSuspension(sql: Sql, device: Uint8Array): Promise<void> {
  await deviceRow(sql, device);
  const lifted = await sql.rows(
    `update hot_list set version = default, reason = 'lifted'
     where device = $1 and reason = 'suspended' returning device`,
    [device],
  );
  if (lifted.length === 0)
    throw new BankError('not-suspended', `no suspension of device ${hex(device)} can be lifted`);
  await sql.rows('update devices set suspended = false where id = $1', [device]);
}

/** The whole list as `operator` signs it for its devices. */
export function signedParts(context: Context, operator: number, list: HotDevices): Uint8Array[] {
  const parts = Math.max(1, Math.ceil(list.devices.length / HOT_LIST_PART_IDS));
  const { signingKey, endorsement } = keyInUseOf(context, operator);
  const { version } = list;
  return Array.from({ length: parts }, (_, part) => {
    const from = part * HOT_LIST_PART_IDS;
    const ids = list.devices.slice(from, from + HOT_LIST_PART_IDS).map((entry) => entry.device);
    const fields = { issuer: operator, endorsement: endorsement.version, version, part, parts, ids };
    return HotList.build(context.crypto, signingKey, fields).bytes;
  });
}
