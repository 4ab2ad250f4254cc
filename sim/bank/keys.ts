import { agreementOf, type KeyPair } from '../../firmware/channel/handshake.js';
import { Certificate, Role } from '../../firmware/objects/certificate.js';
import { Operator } from '../../firmware/objects/operator.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import type { Sql } from './db/database.js';
import type { LostMoney } from './lost-money.js';

/**
 * This is a reference bank: its keys lie in its database, in clear. A bank that is more than a reference
 * keeps the root offline and the operators' keys in hardware.
 */
export interface OperatorKeys {
  readonly number: number;
  readonly name: string;
  /** 64 bytes, as `ed25519KeyFromSeed` makes it. */
  readonly signingKey: Uint8Array;
  readonly publicKey: Uint8Array;
  /** X25519, of the certificate: what devices know a sync session by. Its secret signs nothing. */
  readonly agreement: KeyPair;
  readonly endorsement: Operator;
  readonly certificate: Certificate;
}

export interface Keys {
  /** 64 bytes. */
  readonly root: Uint8Array;
  readonly rootPublic: Uint8Array;
  readonly operators: ReadonlyMap<number, OperatorKeys>;
}

const OPERATOR_LIFE_S = 20 * 365 * 86_400;

function randomSeed(entropy: Entropy, length = 32): Uint8Array {
  const seed = new Uint8Array(length);
  entropy.fill(seed);
  return seed;
}

/** Makes the root and the operators' keys and stores them, with the rules of the bank. */
export async function makeKeys(
  sql: Sql,
  crypto: Crypto,
  entropy: Entropy,
  operators: readonly { number: number; name: string }[],
  { time_s, lostMoney }: { time_s: number; lostMoney: LostMoney },
): Promise<void> {
  const root = crypto.ed25519KeyFromSeed(randomSeed(entropy));
  await sql.rows('insert into central_bank (root_key, time_s, lost_money) values ($1, $2, $3)', [
    root,
    time_s,
    lostMoney,
  ]);
  for (const { number, name } of operators) {
    const signingKey = crypto.ed25519KeyFromSeed(randomSeed(entropy));
    const syncKey = crypto.ed25519KeyFromSeed(randomSeed(entropy));
    const notAfter_s = time_s + OPERATOR_LIFE_S;
    const endorsement = Operator.build(crypto, root, {
      number,
      key: signingKey.subarray(32),
      notBefore_s: time_s,
      notAfter_s,
    });
    const certificate = Certificate.build(crypto, signingKey, {
      id: randomSeed(entropy, 8),
      issuer: number,
      publicKey: syncKey.subarray(32),
      role: Role.bank,
      category: 0,
      tier: 0,
      notAfter_s,
    });
    await sql.rows(
      `insert into operators (number, name, signing_key, sync_key, endorsement, certificate)
       values ($1, $2, $3, $4, $5, $6)`,
      [number, name, signingKey, syncKey, endorsement.bytes, certificate.bytes],
    );
  }
}

interface OperatorRow {
  number: number;
  name: string;
  signing_key: Uint8Array;
  sync_key: Uint8Array;
  endorsement: Uint8Array;
  certificate: Uint8Array;
}

export async function readKeys(
  sql: Sql,
  crypto: Crypto,
): Promise<{ keys: Keys; time_s: number; lostMoney: LostMoney }> {
  const [bank] = await sql.rows<{ root_key: Uint8Array; time_s: number; lost_money: LostMoney }>(
    'select * from central_bank',
  );
  const rows = await sql.rows<OperatorRow>('select * from operators order by number');
  const operators = new Map<number, OperatorKeys>();
  for (const row of rows) {
    operators.set(row.number, {
      number: row.number,
      name: row.name,
      signingKey: row.signing_key,
      publicKey: row.signing_key.slice(32),
      agreement: agreementOf(crypto, row.sync_key),
      endorsement: Operator.parse(row.endorsement)!,
      certificate: Certificate.parse(row.certificate)!,
    });
  }
  const keys = { root: bank.root_key, rootPublic: bank.root_key.slice(32), operators };
  return { keys, time_s: bank.time_s, lostMoney: bank.lost_money };
}
