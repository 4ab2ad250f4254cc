import { AccountCertificate, PSEUDONYM_BYTES } from '../../../firmware/account/account-certificate.js';
import { makeDenyList } from '../../../firmware/account/deny-make.js';
import { DenyKind } from '../../../firmware/account/deny-part.js';
import { sameBytes } from '../../../firmware/bytes.js';
import { ACCOUNT_SERIALS_MAX } from '../../../firmware/limits.js';
import { accountRow, requireFree } from '../accounts/accounts.js';
import { requirePrimeOrder } from '../accounts/enrol.js';
import { requireRegistered } from '../accounts/withdrawal-password.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import { type Context, randomBytes } from '../context.js';
import type { Sql } from '../db/database.js';
import { owedBy } from './debts.js';
import { platformKeyOf } from './make-platform.js';
import { promisedBy, unpromised } from './promised.js';
import { type Terms, termsOf } from './terms.js';

/** Why a certificate was taken back. */
export type RevokedWhy =
  | 'counter' // at the counter: the user's device is lost, say
  | 'copied' // one of its numbers was used twice
  | 'debt' // the account owes more than its line, or for too long
  | 'leaving'; // the user leaves the platform

/**
 * An account certificate (R28) for the key of a user's device (Ed25519, 32 bytes), by the terms of the
 * account: with a pseudonym and a serial number of its own. Throws BankError `unknown-account`,
 * `unregistered`, `held`, `platform`, `terms`, `key`; `debt` when the account owes for bills that are
 * overdue or in dispute; `promised` when its money and its line do not cover one more quota.
 */
export function issueAccountCertificate(
  context: Context,
  account: number,
  userPublicKey: Uint8Array,
): Promise<Uint8Array> {
  requirePrimeOrder(userPublicKey);
  return context.database.transaction(async (sql) => {
    const row = await accountRow(sql, account);
    await requireRegistered(sql, account);
    requireFree(context, row);
    const { operator, currency } = row;
    platformKeyOf(context, operator);
    const terms = await termsOf(sql, account);
    if (terms.leaving_s !== null) throw new BankError('terms', `account ${account} leaves its platform`);
    if ((await owedBy(sql, [account], ['recorded', 'written-off'])).size > 0)
      throw new BankError('debt', `account ${account} owes for bills: see its credit record`);
    const free = unpromised(await promisedBy(context, sql, account, currency));
    if (free < terms.quota)
      throw new BankError('promised', `account ${account} has ${free} left for a quota of ${terms.quota}`);
    const [certificate] = await issue(context, sql, operator, [{ account, publicKey: userPublicKey, terms }]);
    return certificate;
  });
}

/** Who is certified, by which terms. */
interface Certified {
  readonly account: number;
  /** Of the user's device, 32 bytes, of prime order. */
  readonly publicKey: Uint8Array;
  readonly terms: Pick<Terms, 'life_s' | 'quota' | 'tier' | 'scene'>;
}

/** Certificates with serial numbers in a row, as they are signed. What they promise is for the caller. */
export async function issue(
  context: Context,
  sql: Sql,
  operator: number,
  users: readonly Certified[],
): Promise<Uint8Array[]> {
  const { crypto, time_s } = context;
  const { signingKey } = platformKeyOf(context, operator);
  const [{ serial: last }] = await sql.rows<{ serial: number }>(
    'update platforms set serial = serial + $2 where operator = $1 returning serial',
    [operator, users.length],
  );
  const certificates = users.map(({ publicKey, terms: { life_s, quota, tier, scene } }, i) =>
    AccountCertificate.build(crypto, signingKey, {
      pseudonym: randomBytes(context, PSEUDONYM_BYTES),
      publicKey,
      notBefore_s: time_s,
      notAfter_s: time_s + life_s,
      ...{ quota, tier, scene },
      serial: last - users.length + 1 + i,
    }),
  );
  await sql.rows(
    `insert into account_certificates (operator, serial, account, until_s, quota, bytes)
     select $1, x.serial, x.account, x.until_s, x.quota, x.bytes
     from unnest($2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::bytea[])
       as x (serial, account, until_s, quota, bytes)`,
    [
      operator,
      certificates.map(({ serial }) => serial),
      users.map(({ account }) => account),
      certificates.map(({ notAfter_s }) => notAfter_s),
      certificates.map(({ quota }) => quota),
      certificates.map(({ bytes }) => bytes),
    ],
  );
  return certificates.map(({ bytes }) => bytes);
}

/** Throws BankError `unknown-certificate` when the platform has no such one, or it was taken back before. */
export function revokeCertificate(context: Context, operator: number, serial: number): Promise<void> {
  return context.database.transaction(async (sql) => {
    platformKeyOf(context, operator);
    const revoked = await revoke(context, sql, 'counter', { operator, serials: [serial] });
    if (revoked === 0)
      throw new BankError(
        'unknown-certificate',
        `no certificate ${serial} that holds, of operator ${operator}`,
      );
  });
}

/** Certificates by their numbers at one platform, or all of some accounts. Returns how many there were. */
export async function revoke(
  context: Context,
  sql: Sql,
  why: RevokedWhy,
  of: { operator: number; serials: readonly number[] } | { accounts: readonly number[] },
): Promise<number> {
  const [where, values] =
    'accounts' in of
      ? ['account = any($3::int[])', [of.accounts]]
      : ['operator = $3 and serial = any($4::bigint[])', [of.operator, of.serials]];
  const rows = await sql.rows<{ operator: number }>(
    `update account_certificates set revoked_s = $1, why = $2
     where revoked_s is null and until_s >= $1 and ${where} returning operator`,
    [context.time_s, why, ...values],
  );
  const operators = [...new Set(rows.map(({ operator }) => operator))];
  if (operators.length > 0)
    await sql.rows('update platforms set deny_version = deny_version + 1 where operator = any($1::int[])', [
      operators,
    ]);
  return rows.length;
}

/** What a platform tells terminals: certificates that were taken back, and have not run out yet. */
export interface DenyList {
  readonly platform: Uint8Array;
  /** 1 before any was taken back; grows with each that is. */
  readonly version: number;
  /** Rising. At most ACCOUNT_SERIALS_MAX: those that run out last. */
  readonly serials: readonly number[];
  /** Bank time. */
  readonly time_s: number;
}

/** Throws BankError `unknown-operator`, `platform`. */
export function denyList(context: Context, operator: number): Promise<DenyList> {
  const { id } = platformKeyOf(context, operator);
  return context.database.transaction(async (sql) => {
    const [{ version }] = await sql.rows<{ version: number }>(
      'select deny_version + 1 as version from platforms where operator = $1',
      [operator],
    );
    const rows = await sql.rows<{ serial: number }>(
      `select serial from account_certificates where operator = $1 and revoked_s is not null and until_s >= $2
       order by until_s desc, serial desc limit ${ACCOUNT_SERIALS_MAX}`,
      [operator, context.time_s],
    );
    const serials = rows.map(({ serial }) => serial).sort((a, b) => a - b);
    return { platform: id, version, serials, time_s: context.time_s };
  });
}

/**
 * The same for terminals, signed (`DenyPart`), where theirs is older than the platform's: all parts of a
 * whole list, or none. `platform`: as `platformIdOf` names its key. Throws BankError `platform`.
 */
export async function signedDenyList(
  context: Context,
  platform: Uint8Array,
  version: number,
): Promise<Uint8Array[]> {
  const key = [...context.keys.platforms.values()].find(({ id }) => sameBytes(id, platform));
  if (!key) throw new BankError('platform', `no platform ${hex(platform)}`);
  const { serials, ...edition } = await denyList(context, key.number);
  if (edition.version <= version) return [];
  const issued = { first: 0, last: 0 };
  return makeDenyList(context.crypto, key.signingKey, edition, DenyKind.list, serials, issued).map(
    ({ bytes }) => bytes,
  );
}
