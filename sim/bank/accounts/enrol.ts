import { ed25519 } from '@noble/curves/ed25519.js';
import { concat } from '../../../firmware/bytes.js';
import { emptyHead } from '../../../firmware/ledger/journal-entry.js';
import { APDU_COMMAND_BYTES_MAX } from '../../../firmware/limits.js';
import { CERTIFICATE_BYTES, Certificate, Role } from '../../../firmware/objects/certificate.js';
import { OPERATOR_BYTES } from '../../../firmware/objects/operator.js';
import { type Limits, PROFILE_BYTES, Profile } from '../../../firmware/objects/profile.js';
import { BankError } from '../codes.js';
import { type Context, randomBytes } from '../context.js';
import type { Sql } from '../db/database.js';
import { endOf, holding, keyInUseOf, keyOfVersion } from '../keys.js';
import { readDevice } from '../sync/device-state.js';
import { accountRow, keepLimits } from './accounts.js';
import { keepCertificate, latestCertificate } from './certificates.js';
import { profileUnder } from './profiles.js';

const CHALLENGE_BYTES = 32;
const CHALLENGE_LIFE_S = 3_600;
/** Beside the root's key, the time, profile and certificate: see PERSONALISE in PROTOCOL.md. */
const PERSONALISED_OPERATORS_MAX = Math.floor(
  (APDU_COMMAND_BYTES_MAX - 32 - 4 - PROFILE_BYTES - CERTIFICATE_BYTES) / OPERATOR_BYTES,
);
const ENROL_PREFIX = new TextEncoder().encode('tapnote/2 enrol');

export interface Enrolment {
  account: number;
  /** Ed25519, 32 bytes. */
  signingKey: Uint8Array;
  /** The challenge that is answered, 32 bytes. */
  challenge: Uint8Array;
  /** Ed25519 signature over `enrolStatement`, 64 bytes. */
  proof: Uint8Array;
  role: number;
  category: number;
  tier: number;
  /** Where its holder stands, for money that is bound to a place (R26); 0, or left out: nowhere. */
  place?: number;
  limits: Limits;
}

/** What a wallet is personalised with. */
export interface Personalisation {
  id: Uint8Array;
  /** The account that the device is of. */
  account: number;
  certificate: Uint8Array;
  operators: Uint8Array[];
  root: Uint8Array;
  profile: Uint8Array;
  currency: string;
  time_s: number;
}

/**
 * What a device signs to prove that it holds the key that it enrols: both its uses hang on the one secret.
 */
export const enrolStatement = (challenge: Uint8Array, signingKey: Uint8Array): Uint8Array =>
  concat(ENROL_PREFIX, challenge, signingKey);

export async function challenge(context: Context): Promise<Uint8Array> {
  const nonce = randomBytes(context, CHALLENGE_BYTES);
  await context.database.transaction(async (sql) => {
    await sql.rows('delete from challenges where until_s < $1', [context.time_s]);
    await sql.rows('insert into challenges values ($1, $2)', [nonce, context.time_s + CHALLENGE_LIFE_S]);
  });
  return nonce;
}

export async function enrol(context: Context, request: Enrolment): Promise<Personalisation> {
  requireGoodKeys(context, request);
  return context.database.transaction(async (sql) => {
    const taken = await sql.rows('delete from challenges where nonce = $1 and until_s >= $2 returning 1', [
      request.challenge,
      context.time_s,
    ]);
    if (taken.length === 0) throw new BankError('possession', 'the challenge is used or old');
    const account = await accountRow(sql, request.account);
    await requireAnonymous(sql, request);
    return register(context, sql, account.operator, account.currency, request);
  });
}

/** To an account that a password alone opens belongs one device, and nobody is known by it (R22). */
async function requireAnonymous(sql: Sql, { account, role, tier, signingKey }: Enrolment): Promise<void> {
  const [row] = await sql.rows<{ others: boolean }>(
    `select exists (select 1 from devices d where d.account = w.account and d.signing_key <> $2) as others
     from withdrawals w where w.account = $1`,
    [account, signingKey],
  );
  if (row && (row.others || role !== Role.person || tier !== 0))
    throw new BankError('unregistered', `account ${account} is for one anonymous device of tier 0`);
}

/**
 * A key outside the prime-order subgroup could make one provider accept what another refuses, and its image
 * would be no X25519 key that a secret has; so none is enrolled.
 */
export function requirePrimeOrder(publicKey: Uint8Array): void {
  try {
    const point = ed25519.Point.fromBytes(publicKey);
    if (!point.isTorsionFree() || point.isSmallOrder()) throw new RangeError('order');
  } catch {
    throw new BankError('key', 'the signing key is no point of the prime-order subgroup');
  }
}

function requireGoodKeys(context: Context, request: Enrolment): void {
  requirePrimeOrder(request.signingKey);
  const statement = enrolStatement(request.challenge, request.signingKey);
  if (!context.crypto.ed25519Verify(request.signingKey, statement, request.proof)) {
    throw new BankError('possession', 'the signature over the challenge is wrong');
  }
  if (request.role !== Role.person && request.role !== Role.merchant) {
    throw new BankError('malformed', 'role must be person or merchant');
  }
}

async function register(
  context: Context,
  sql: Sql,
  number: number,
  currency: string,
  request: Enrolment,
): Promise<Personalisation> {
  const { crypto, time_s } = context;
  const known = await enrolledBefore(context, sql, request);
  if (known) return known;
  const key = keyInUseOf(context, number);
  const { version } = key.endorsement;
  const id = randomBytes(context, 8);
  const certificate = Certificate.build(crypto, key.signingKey, {
    id,
    issuer: number,
    endorsement: version,
    publicKey: request.signingKey,
    notAfter_s: endOf(key, time_s, context.parameters.certificateLife_s),
    role: request.role,
    category: request.category,
    tier: request.tier,
    place: request.place ?? 0,
  });
  const profile = Profile.build(crypto, key.signingKey, id, request.limits, version);
  await sql.rows(
    `insert into devices (id, account, operator, signing_key, certificate, profile, profile_version, head, epoch_head,
       certificate_until_s, category, tier, place)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12)`,
    [
      id,
      request.account,
      number,
      request.signingKey,
      certificate.bytes,
      profile.bytes,
      request.limits.version,
      emptyHead(),
      certificate.notAfter_s,
      request.category,
      request.tier,
      request.place ?? 0,
    ],
  );
  await keepLimits(sql, id, request.limits);
  await keepCertificate(sql, certificate);
  return personalisation(context, currency, {
    id,
    account: request.account,
    certificate: certificate.bytes,
    profile: profile.bytes,
  });
}

type Enrolled = Pick<Personalisation, 'id' | 'account' | 'certificate' | 'profile'>;

/**
 * The endorsements that come with it are those that PERSONALISE has room for, its own operator's first. The
 * first sync brings them all.
 */
function personalisation({ keys, time_s }: Context, currency: string, enrolled: Enrolled): Personalisation {
  const { issuer, endorsement: version } = Certificate.parse(enrolled.certificate)!;
  const own = keys.operators.get(issuer)!.signing.filter((key) => key.endorsement.version >= version);
  const others = holding(keys, time_s).filter(({ endorsement }) => endorsement.number !== issuer);
  const operators = [...own, ...others].map(({ endorsement }) => endorsement.bytes);
  const room = PERSONALISED_OPERATORS_MAX;
  return { ...enrolled, operators: operators.slice(0, room), root: keys.rootPublic, currency, time_s };
}

/**
 * A key is enrolled once. Whoever holds it and asks again, since the answer was lost, gets what it would have
 * by now, as long as the device has never synced. Throws BankError `key` otherwise.
 */
async function enrolledBefore(
  context: Context,
  sql: Sql,
  { signingKey }: Enrolment,
): Promise<Personalisation | undefined> {
  const [row] = await sql.rows<{ id: Uint8Array; currency: string }>(
    `select d.id, a.currency from devices d join accounts a on a.id = d.account where d.signing_key = $1`,
    [signingKey],
  );
  if (!row) return undefined;
  const { id, currency } = row;
  const state = (await readDevice(sql, id))!;
  if (state.sequence > 0) throw new BankError('key', 'the signing key is enrolled already');
  // Both under one key: a blank device believes the endorsement of its certificate's.
  const isStopped = state.suspended || state.convicted;
  const certificate = isStopped ? state.certificate : await latestCertificate(context, sql, state);
  const { endorsement } = Certificate.parse(certificate)!;
  const key = keyOfVersion(context.keys.operators.get(state.operator)!, endorsement)!;
  const profile = profileUnder(context, key, id, state.profile);
  return personalisation(context, currency, { id, account: state.account, certificate, profile });
}
