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
  const [row] = await sql.rows<DeviceState>('select * from devices where id = $1', [id]);
  return row;
}

export async function writeDevice(sql: Sql, device: DeviceState): Promise<void> {
  await sql.rows(
    `update devices set sequence = $2, head = $3, epoch = $4, epoch_sequence = $5, epoch_head = $6, received = $7,
       claims = $8, told_profile = $9, told_operators = $10, told_hot_list = $11, unlock_pin = $12, broken = $13
     where id = $1`,
    [
      device.id,
      device.sequence,
      device.head,
      device.epoch,
      device.epoch_sequence,
      device.epoch_head,
      JSON.stringify(device.received),
      JSON.stringify(device.claims),
      device.told_profile,
      device.told_operators,
      device.told_hot_list,
      device.unlock_pin,
      device.broken,
    ],
  );
}

export function addTo(sums: Record<string, number>, key: string, amount: number): void {
  const sum = (sums[key] ?? 0) + amount;
  if (sum === 0) delete sums[key];
  else sums[key] = sum;
}
