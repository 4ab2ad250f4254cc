import { sameBytes } from '../../../firmware/bytes.js';
import { Certificate } from '../../../firmware/objects/certificate.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { endOf, keyInUseOf } from '../keys.js';
import type { DeviceState } from '../sync/device-state.js';

/** A renewed certificate that lasts no longer than that beyond the one before is not worth its bytes. */
const GAIN_S = 86_400;

/** Keeps a certificate of a device beside those that it had before. */
export async function keepCertificate(sql: Sql, { id, bytes }: Certificate): Promise<void> {
  await sql.rows('insert into certificates (device, bytes) values ($1, $2)', [id, bytes]);
}

/** Whether the bank has given this certificate to this device, ever. */
export async function isGiven(sql: Sql, { id, bytes }: Certificate): Promise<boolean> {
  const found = await sql.rows('select 1 from certificates where device = $1 and bytes = $2', [id, bytes]);
  return found.length > 0;
}

/**
 * The certificate that a device is to get which has shown itself by `shown`; undefined when that is the
 * latest, and for a device that is stopped. When the latest is near its end, or has run out, a new one is
 * made: the same in all but its end and the key that signs it. From then on the device may have it, whether
 * it is heard of again or not.
 */
export async function certificateFor(
  context: Context,
  sql: Sql,
  state: DeviceState,
  shown: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (state.suspended || state.convicted) return undefined;
  const latest = await latestCertificate(context, sql, state);
  return sameBytes(latest, shown) ? undefined : latest;
}

/** As above, whatever the device has. */
export async function latestCertificate(context: Context, sql: Sql, state: DeviceState): Promise<Uint8Array> {
  await renew(context, sql, state);
  return state.certificate;
}

async function renew(context: Context, sql: Sql, state: DeviceState): Promise<void> {
  const { certificateLife_s, certificateRenewWithin_s } = context.parameters;
  const before = Certificate.parse(state.certificate)!;
  if (before.notAfter_s - context.time_s >= certificateRenewWithin_s) return;
  const key = keyInUseOf(context, state.operator);
  const notAfter_s = endOf(key, context.time_s, certificateLife_s);
  if (notAfter_s < before.notAfter_s + GAIN_S) return;
  const { id, issuer, publicKey, role, category, tier } = before;
  const renewed = Certificate.build(context.crypto, key.signingKey, {
    ...{ id, issuer, publicKey, role, category, tier },
    endorsement: key.endorsement.version,
    notAfter_s,
  });
  await keepCertificate(sql, renewed);
  await sql.rows('update devices set certificate = $2, certificate_until_s = $3 where id = $1', [
    id,
    renewed.bytes,
    notAfter_s,
  ]);
  state.certificate = renewed.bytes;
}
