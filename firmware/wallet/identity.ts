import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import type { KeyPair } from '../channel/handshake.js';
import { draw } from '../draw.js';

const SECRET_BYTES = 32;
const CURRENCY_BYTES = 3;
const IDENTITY_BYTES = 2 * SECRET_BYTES + CURRENCY_BYTES;

/** What a device makes once, on itself, and never gives away: its keys, and the currency that it holds. */
export interface Identity {
  /** Ed25519: seed (32), public key (32). */
  readonly signingKey: Uint8Array;
  /** X25519. */
  readonly agreement: KeyPair;
  /** ISO 4217, 3 ASCII bytes. */
  readonly currency: Uint8Array;
}

/**
 * A fresh one as it lies in flash: Ed25519 seed (32), X25519 secret (32), currency (3). Throws EntropyError.
 */
export function drawIdentity(entropy: Entropy, currency: Uint8Array): Uint8Array {
  const record = new Uint8Array(IDENTITY_BYTES);
  record.set(draw(entropy, 2 * SECRET_BYTES));
  record.set(currency.subarray(0, CURRENCY_BYTES), 2 * SECRET_BYTES);
  return record;
}

export function readIdentity(crypto: Crypto, record: Uint8Array): Identity {
  const secret = record.slice(SECRET_BYTES, 2 * SECRET_BYTES);
  return {
    signingKey: crypto.ed25519KeyFromSeed(record.subarray(0, SECRET_BYTES)).slice(),
    agreement: { secret, publicKey: crypto.x25519PublicKey(secret) },
    currency: record.slice(2 * SECRET_BYTES, IDENTITY_BYTES),
  };
}
