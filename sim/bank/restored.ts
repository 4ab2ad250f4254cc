import type { PGlite } from '@electric-sql/pglite';
import { sameBytes } from '../../firmware/bytes.js';
import type { Certificate } from '../../firmware/objects/certificate.js';
import type { Settlement } from '../../firmware/objects/settlement.js';
import { BankError } from './codes.js';
import type { Context } from './context.js';
import { Database, type Sql } from './db/database.js';
import type { Engine } from './db/engine.js';
import { keyOfVersion } from './keys.js';
import type { DeviceState } from './sync/device-state.js';

/*
 * Books that were put back to an earlier time know nothing of what came after it. Devices do: until one has
 * synced to its end, it is `resuming`, and what the bank does not know of it is not held against it.
 */

/** Beyond what any device or terminal can have been told meanwhile, and what certificates can have come. */
const GAP = 1_000_000;

export interface RestoredBooks {
  /** Bank time of the books. */
  readonly time_s: number;
  /** How many devices there are, all of them resuming. */
  readonly devices: number;
}

/**
 * Says of books that they are those of an earlier time. Throws BankError `version` where there are none, or
 * those of another version.
 */
export async function markRestored(database: PGlite | Engine, schema = 'bank'): Promise<RestoredBooks> {
  const books = await Database.open(database, schema, async () => {
    throw new BankError('version', 'there are no books of a bank in it');
  });
  return books.transaction(async (sql) => {
    await sql.rows(
      `select setval(pg_get_serial_sequence('hot_list', 'version'),
         nextval(pg_get_serial_sequence('hot_list', 'version')) + $1::bigint)`,
      [GAP],
    );
    await sql.rows('update hot_list set version = default');
    await sql.rows('update terminals set resuming = true');
    await sql.rows('delete from bill_receipts');
    await sql.rows('update platforms set serial = serial + $1, deny_version = deny_version + $1', [GAP]);
    const devices = await sql.rows('update devices set resuming = true, ahead_s = null returning 1');
    const [{ time_s }] = await sql.rows<{ time_s: number }>('select time_s from central_bank');
    return { time_s, devices: devices.length };
  });
}

/** A device that has not synced since the books were put back. */
export interface Resuming {
  readonly device: Uint8Array;
  readonly account: number;
  /** When it came with a journal that goes on where the books know nothing of it; null: it did not. */
  readonly ahead_s: number | null;
}

export const resuming = (sql: Sql): Promise<Resuming[]> =>
  sql.rows<Resuming>(
    'select id as device, account, ahead_s from devices where resuming order by account, id',
  );

/** What a device is told whose journal goes on from a settlement that the books do not know. */
export async function refuseAhead(context: Context, device: Uint8Array): Promise<never> {
  await context.database.transaction(
    (sql) => sql.rows('update devices set ahead_s = $2 where id = $1', [device, context.time_s]),
    true,
  );
  throw new Ahead();
}

/** The bank has lost what it knew of a device: nothing of that is the device's fault. */
export class Ahead extends BankError {
  constructor() {
    super('ahead', 'the books were put back to a time before the last sync of this device: ask the bank');
  }
}

/** Whether an operator has signed this settlement, and the books know nothing of it. */
export async function isOfLostBooks(
  { crypto, keys }: Context,
  sql: Sql,
  state: DeviceState,
  settlement: Settlement,
): Promise<boolean> {
  const { device, issuer, endorsement, bytes } = settlement;
  if (!sameBytes(device, state.id) || issuer !== state.operator) return false;
  const key = keyOfVersion(keys.operators.get(issuer)!, endorsement);
  if (!(key ? settlement.verify(crypto, key.publicKey) : state.resuming)) return false;
  const known = await sql.rows('select 1 from settlements where device = $1 and bytes = $2', [device, bytes]);
  return known.length === 0;
}

/** The same of a certificate, for a device that is resuming. */
export function isCertificateOfLostBooks(
  { crypto, keys }: Context,
  state: DeviceState,
  certificate: Certificate,
): boolean {
  const { issuer, endorsement, publicKey } = certificate;
  const isOurs = issuer === state.operator && sameBytes(publicKey, state.signing_key);
  const key = keyOfVersion(keys.operators.get(state.operator)!, endorsement);
  return state.resuming && isOurs && key !== undefined && certificate.verify(crypto, key.publicKey);
}
