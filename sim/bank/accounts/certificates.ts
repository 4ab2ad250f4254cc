import { sameBytes } from '../../../firmware/bytes.js';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { TINY_MAX } from '../../../firmware/objects/shape.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { endOf, keyInUseOf } from '../keys.js';
import { type DeviceState, readDevice } from '../sync/device-state.js';
import { requireRegistered } from './withdrawal-password.js';

/**
 * Keeps a certificate of a device beside those that it had before. It may be among them: after books were put
 * back the device shows one that they have lost, and the next that is made can be the same.
 */
export async function keepCertificate(sql: Sql, { id, bytes }: Certificate): Promise<void> {
  await sql.rows('insert into certificates (device, bytes) values ($1, $2) on conflict do nothing', [
    id,
    bytes,
  ]);
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

/**
 * The holder of a device has shown better who they are: its next sync brings a certificate of a stronger tier
 * (R8). A tier never falls, since the certificate that says it is on the device. Throws BankError
 * `unknown-device`, `suspended`, `unregistered`, `malformed`; `not-yet` when a new certificate would end no
 * later than the one before, so that no device would take it.
 */
export async function raiseTier(context: Context, device: Uint8Array, tier: number): Promise<void> {
  return context.database.transaction(async (sql) => {
    const state = await readDevice(sql, device);
    if (!state) throw new BankError('unknown-device', `no device ${hex(device)}`);
    if (state.suspended || state.convicted)
      throw new BankError('suspended', `device ${hex(device)} is stopped`);
    await requireRegistered(sql, state.account);
    const before = Certificate.parse(state.certificate)!;
    if (tier <= before.tier || tier > TINY_MAX)
      throw new BankError('malformed', `tier ${tier} is no stronger one than ${before.tier}`);
    const key = keyInUseOf(context, state.operator);
    const notAfter_s = endOf(key, context.time_s, context.parameters.certificateLife_s);
    if (notAfter_s <= before.notAfter_s)
      throw new BankError('not-yet', 'a new certificate would end no later than the one that it has');
    await replace(context, sql, state, { tier, notAfter_s });
  });
}

async function renew(context: Context, sql: Sql, state: DeviceState): Promise<void> {
  const { certificateLife_s, certificateRenewWithin_s } = context.parameters;
  const before = Certificate.parse(state.certificate)!;
  if (before.notAfter_s - context.time_s >= certificateRenewWithin_s) return;
  const key = keyInUseOf(context, state.operator);
  const notAfter_s = endOf(key, context.time_s, certificateLife_s);
  // No device would take it: nothing lasts longer than the key in use.
  if (notAfter_s <= before.notAfter_s) return;
  await replace(context, sql, state, { tier: before.tier, notAfter_s });
}

/** A certificate in place of the one that a device has: the same in all but that, and the key that signs. */
async function replace(
  context: Context,
  sql: Sql,
  state: DeviceState,
  change: { readonly tier: number; readonly notAfter_s: number },
): Promise<void> {
  const { id, issuer, publicKey, role, category, place } = Certificate.parse(state.certificate)!;
  const key = keyInUseOf(context, state.operator);
  const renewed = Certificate.build(context.crypto, key.signingKey, {
    ...{ id, issuer, publicKey, role, category, place, ...change },
    endorsement: key.endorsement.version,
  });
  await keepCertificate(sql, renewed);
  await sql.rows('update devices set certificate = $2, certificate_until_s = $3, tier = $4 where id = $1', [
    id,
    renewed.bytes,
    change.notAfter_s,
    change.tier,
  ]);
  state.certificate = renewed.bytes;
}
