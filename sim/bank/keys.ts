import { agreementOf, type KeyPair } from '../../firmware/channel/handshake.js';
import { Certificate, Role } from '../../firmware/objects/certificate.js';
import { Operator } from '../../firmware/objects/operator.js';
import { U32_MAX } from '../../firmware/objects/shape.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import { BankError } from './codes.js';
import type { Sql } from './db/database.js';
import { isInBooks, type KeyStores, publicOf, randomSeed } from './key-store.js';
import type { LostMoney } from './lost-money.js';
import { type PlatformKey, readPlatformKeys } from './platform/platform-keys.js';

/** A key that an operator signs with, as long as the root's endorsement of it holds. */
export interface OperatorKey {
  /** Counts the endorsements of all operators, from 1: what a device was told of. */
  readonly id: number;
  /** What the store of the operators' keys signs with: see KeyStore. */
  readonly signingKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly endorsement: Operator;
  /** Of the operator's key for syncs, under this one. */
  readonly certificate: Certificate;
}

export interface OperatorKeys {
  readonly number: number;
  readonly name: string;
  /** X25519, of the certificates: what devices know a sync session by. Its secret signs nothing. */
  readonly agreement: KeyPair;
  /** The oldest first. */
  readonly signing: readonly OperatorKey[];
}

export interface Keys {
  /** What the store of the root's key signs with. */
  readonly root: Uint8Array;
  readonly rootPublic: Uint8Array;
  readonly operators: Map<number, OperatorKeys>;
  /** Of the operators that keep accounts of users (R27), by their numbers. */
  readonly platforms: Map<number, PlatformKey>;
}

/**
 * The key that an operator signs with now: the newest whose time has come. So long before, devices hear of
 * it: by the time that one of them shows what it has signed, the others know it. Throws BankError `key-ended`
 * when there is none that holds: what it signed would be over before it began, and nobody would believe it.
 */
export function keyInUse({ number, signing }: OperatorKeys, time_s: number): OperatorKey {
  const key = signing.findLast(({ endorsement }) => endorsement.notBefore_s <= time_s) ?? signing[0];
  if (key.endorsement.notAfter_s < time_s)
    throw new BankError('key-ended', `the key of operator ${number} has run out, and it has no newer one`);
  return key;
}

/** The same, of an operator by its number. */
export const keyInUseOf = (
  { keys, time_s }: { readonly keys: Keys; readonly time_s: number },
  operator: number,
): OperatorKey => keyInUse(keys.operators.get(operator)!, time_s);

export const keyOfVersion = ({ signing }: OperatorKeys, version: number): OperatorKey | undefined =>
  signing.find(({ endorsement }) => endorsement.version === version);

/** When what a key signs now, and what is to last for `life_s`, has to end: never after the endorsement. */
export const endOf = ({ endorsement }: OperatorKey, time_s: number, life_s: number): number =>
  Math.min(time_s + life_s, endorsement.notAfter_s);

/** Those whose endorsement has not run out. */
export const holding = (keys: Keys, time_s: number): OperatorKey[] =>
  allKeys(keys).filter(({ endorsement }) => endorsement.notAfter_s >= time_s);

/** Of all operators, in the order in which they were endorsed. */
export const allKeys = ({ operators }: Keys): OperatorKey[] =>
  [...operators.values()].flatMap(({ signing }) => signing).sort((a, b) => a.id - b.id);

/** What a bank is made with, and keeps. */
interface BankRules {
  readonly time_s: number;
  readonly lostMoney: LostMoney;
  /** Of accounts for which none is named. */
  readonly currency: string;
}

/** Makes the root and the operators' keys and stores them, with the rules of the bank. */
export async function makeKeys(
  sql: Sql,
  stores: KeyStores,
  entropy: Entropy,
  operators: readonly { number: number; name: string }[],
  { time_s, life_s, lostMoney, currency }: BankRules & { readonly life_s: number },
): Promise<void> {
  const root = stores.root.make('root');
  await sql.rows(
    'insert into central_bank (root_key, time_s, lost_money, currency) values ($1, $2, $3, $4)',
    [root, time_s, lostMoney, currency],
  );
  for (const { number, name } of operators) {
    const syncKey = stores.operators.crypto.ed25519KeyFromSeed(randomSeed(entropy));
    await sql.rows('insert into operators (number, name, sync_key) values ($1, $2, $3)', [
      number,
      name,
      syncKey,
    ]);
    const times = { from_s: time_s, until_s: Math.min(time_s + life_s, U32_MAX) };
    await endorseKey(sql, stores, entropy, { root, number, version: 0, syncKey, ...times });
  }
}

interface NewKey {
  /** What the root's store signs with. */
  readonly root: Uint8Array;
  /** Of the operator. */
  readonly number: number;
  readonly version: number;
  /** 64 bytes. */
  readonly syncKey: Uint8Array;
  readonly from_s: number;
  readonly until_s: number;
}

/** A new signing key for an operator, and the root's endorsement of it. */
export async function endorseKey(
  sql: Sql,
  stores: KeyStores,
  entropy: Entropy,
  { root, number, version, syncKey, from_s, until_s }: NewKey,
): Promise<void> {
  const signingKey = stores.operators.make(`operator ${number} key ${version}`);
  const endorsement = Operator.build(stores.root.crypto, root, {
    number,
    version,
    key: publicOf(signingKey),
    notBefore_s: from_s,
    notAfter_s: until_s,
  });
  const certificate = Certificate.build(stores.operators.crypto, signingKey, {
    id: randomSeed(entropy, 8),
    issuer: number,
    endorsement: version,
    publicKey: syncKey.subarray(32),
    role: Role.bank,
    category: 0,
    tier: 0,
    notAfter_s: until_s,
  });
  await sql.rows(
    `insert into endorsements (operator, version, signing_key, endorsement, certificate)
     values ($1, $2, $3, $4, $5)`,
    [number, version, signingKey, endorsement.bytes, certificate.bytes],
  );
}

/**
 * That each key which holds can sign: a bank whose keys are gone is not opened. `stores`: undefined where
 * nobody has named any. Throws what the store of a key throws.
 */
export function requireKeys(keys: Keys, time_s: number, stores: KeyStores | undefined): void {
  const all = [
    ...holding(keys, time_s).map((key) => ({ ...key, number: key.endorsement.number })),
    ...keys.platforms.values(),
  ];
  for (const { number, publicKey, signingKey } of all) {
    if (isInBooks(signingKey)) continue;
    if (!stores) throw new BankError('token', 'the keys of this bank are in a token, and none is named');
    const { crypto } = stores.operators;
    const signature = crypto.ed25519Sign(signingKey, publicKey);
    if (!crypto.ed25519Verify(publicKey, publicKey, signature))
      throw new BankError('token', `the token signs wrongly for operator ${number}`);
  }
}

interface KeyRow {
  id: number;
  operator: number;
  signing_key: Uint8Array;
  endorsement: Uint8Array;
  certificate: Uint8Array;
}

export async function readKeys(sql: Sql, crypto: Crypto): Promise<BankRules & { readonly keys: Keys }> {
  const [bank] = await sql.rows<BankRules & { readonly root_key: Uint8Array }>(
    'select root_key, time_s, lost_money as "lostMoney", currency from central_bank',
  );
  const rows = await sql.rows<KeyRow>(
    'select id, operator, signing_key, endorsement, certificate from endorsements order by id',
  );
  const names = await sql.rows<{ number: number; name: string; sync_key: Uint8Array }>(
    'select number, name, sync_key from operators order by number',
  );
  const operators = new Map<number, OperatorKeys>();
  for (const { number, name, sync_key } of names) {
    const signing = rows.filter(({ operator }) => operator === number).map(keyOf);
    operators.set(number, { number, name, agreement: agreementOf(crypto, sync_key), signing });
  }
  const platforms = await readPlatformKeys(sql);
  const keys = { root: bank.root_key, rootPublic: publicOf(bank.root_key), operators, platforms };
  const { time_s, lostMoney, currency } = bank;
  return { keys, time_s, lostMoney, currency };
}

const keyOf = ({ id, signing_key, endorsement, certificate }: KeyRow): OperatorKey => ({
  id,
  signingKey: signing_key,
  publicKey: publicOf(signing_key),
  endorsement: Operator.parse(endorsement)!,
  certificate: Certificate.parse(certificate)!,
});
