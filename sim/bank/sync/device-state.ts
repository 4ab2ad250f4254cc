import type { Sql } from '../db/database.js';

/**
 * A device as its own journal shows it, as far as that was uploaded, and what the bank has decided about it.
 */
export interface DeviceState {
  id: Uint8Array;
  account: number;
  operator: number;
  signing_key: Uint8Array;
  certificate: Uint8Array;
  suspended: boolean;
  /** A proof, or a breach on the bank's own word, stands against it. */
  convicted: boolean;
  /** Its journal contradicts itself from some entry on: what it says after that is evidence only. */
  broken: boolean;
  /** A statement contradicts its journal, and it could not be proved when that was seen. */
  contradicted: boolean;
  /** What was left on it has gone back to the account. */
  recovered: boolean;
  /** The device that gets what this one gives back; null unless it moves. */
  moves_to: Uint8Array | null;
  /** It has not synced since the books were put back to an earlier time. */
  resuming: boolean;
  /** The owner has asked the bank to unlock the PIN. */
  unlock_pin: boolean;
  /** Its journal: number of entries and hash. */
  sequence: number;
  head: Uint8Array;
  /** Settlements applied, and where in the journal the last one is. */
  epoch: number;
  epoch_sequence: number;
  epoch_head: Uint8Array;
  /** Received value since then, less what was spent of it: minor units by purpose. */
  received: Record<string, number>;
  /** What came back for notes that were retired meanwhile: minor units by purpose. */
  claims: Record<string, number>;
  profile: Uint8Array;
  profile_version: number;
  told_profile: number;
  told_operators: number;
  told_hot_list: number;
}

export async function readDevice(sql: Sql, id: Uint8Array): Promise<DeviceState | undefined> {
  return (await readDevices(sql, [id]))[0];
}

/** Those that there are, in any order. */
export const readDevices = (sql: Sql, ids: readonly Uint8Array[]): Promise<DeviceState[]> =>
  sql.rows<DeviceState>('select * from devices where id = any($1::bytea[])', [ids]);

export async function writeDevices(sql: Sql, devices: readonly DeviceState[]): Promise<void> {
  const column = (pick: (device: DeviceState) => unknown) => devices.map(pick);
  await sql.rows(
    `update devices d set sequence = x.s, head = x.h, epoch = x.e, epoch_sequence = x.es, epoch_head = x.eh,
       received = x.r::jsonb, claims = x.c::jsonb, told_profile = x.tp, told_operators = x.tt, told_hot_list = x.th,
       unlock_pin = x.u, broken = x.b
     from unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bytea[], $7::text[],
       $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bool[], $13::bool[])
       as x (id, s, h, e, es, eh, r, c, tp, tt, th, u, b)
     where d.id = x.id`,
    [
      column((device) => device.id),
      column((device) => device.sequence),
      column((device) => device.head),
      column((device) => device.epoch),
      column((device) => device.epoch_sequence),
      column((device) => device.epoch_head),
      column((device) => JSON.stringify(device.received)),
      column((device) => JSON.stringify(device.claims)),
      column((device) => device.told_profile),
      column((device) => device.told_operators),
      column((device) => device.told_hot_list),
      column((device) => device.unlock_pin),
      column((device) => device.broken),
    ],
  );
}

export function addTo(sums: Record<string, number>, key: string, amount: number): void {
  const sum = (sums[key] ?? 0) + amount;
  if (sum === 0) delete sums[key];
  else sums[key] = sum;
}
