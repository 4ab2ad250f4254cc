/** What the central bank alone can read: one ciphertext for up to 256 leaves, under a key of its period. */
import { concat, NOTHING, putU16, putU32 } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';
import { utf8 } from '../bytes.js';
import { deriveKeyPair, type HpkeKeyPair, hpkeOpen, hpkeSeal } from './hpke.js';
import type { LeafType } from './leaf.js';
import { OPENING_BYTES } from './leaf.js';

/** What leaves of one ciphertext have in common; it is bound to it. */
export interface Batch {
  readonly origin: string;
  readonly type: LeafType;
  readonly period: number;
  /** Index of its first leaf. */
  readonly first: number;
}

const SUPERVISOR = utf8('tapnote/1 supervisor');
const PERIOD = utf8('tapnote/1 supervised period');
const INFO = utf8('tapnote/1 ledger');
const HIGH = 2 ** 32;

/** 32 bytes that all keys of periods follow from. `root`: signing key of the central bank, 64 bytes. */
export const supervisorSecret = (crypto: Pick<Crypto, 'hkdfSha256'>, root: Uint8Array): Uint8Array =>
  crypto.hkdfSha256(NOTHING, root.subarray(0, 32), SUPERVISOR, 32);

/** The central bank's keys of one period. */
export function periodKeys(crypto: Crypto, supervisor: Uint8Array, period: number): HpkeKeyPair {
  const info = new Uint8Array(PERIOD.length + 4);
  info.set(PERIOD);
  putU32(info, PERIOD.length, period);
  return deriveKeyPair(crypto, crypto.hkdfSha256(NOTHING, supervisor, info, 32));
}

function infoOf({ origin, type, period }: Batch): Uint8Array {
  const numbers = new Uint8Array(6);
  putU32(numbers, 0, period);
  putU16(numbers, 4, type);
  return concat(INFO, numbers, utf8(origin));
}

function position({ first }: Batch): Uint8Array {
  const bytes = new Uint8Array(8);
  putU32(bytes, 0, Math.floor(first / HIGH));
  putU32(bytes, 4, first % HIGH);
  return bytes;
}

/**
 * `recipient`: public key of the period. `material`: 32 random bytes. `openings`: of all leaves, one after
 * another.
 */
export const sealBatch = (
  crypto: Crypto,
  recipient: Uint8Array,
  material: Uint8Array,
  batch: Batch,
  openings: Uint8Array,
): Uint8Array => hpkeSeal(crypto, recipient, material, infoOf(batch), position(batch), openings);

/** The openings in their order; undefined for what was not sealed for this key as this batch. */
export function openBatch(
  crypto: Crypto,
  keys: HpkeKeyPair,
  batch: Batch,
  ciphertext: Uint8Array,
): Uint8Array[] | undefined {
  const plaintext = hpkeOpen(crypto, keys, infoOf(batch), position(batch), ciphertext);
  if (!plaintext || plaintext.length % OPENING_BYTES !== 0) return undefined;
  return Array.from({ length: plaintext.length / OPENING_BYTES }, (_, i) =>
    plaintext.slice(i * OPENING_BYTES, (i + 1) * OPENING_BYTES),
  );
}
