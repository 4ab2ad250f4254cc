import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import { NOTHING } from '../bytes.js';
import { agreementOf, type KeyPair } from '../channel/handshake.js';
import { draw } from '../draw.js';

const SECRET_BYTES = 32;
const CURRENCY_BYTES = 3;
const IDENTITY_BYTES = SECRET_BYTES + CURRENCY_BYTES;
/** "tapnote/2 invoice id" */
const INVOICE_SECRET_INFO = Uint8Array.from([
  0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x2f, 0x32, 0x20, 0x69, 0x6e, 0x76, 0x6f, 0x69, 0x63, 0x65, 0x20,
  0x69, 0x64,
]);

/**
 * What a device makes once, on itself, and never gives away: its key, what follows from it, and the currency
 * that it holds.
 */
export interface Identity {
  /** Ed25519: seed (32), public key (32). */
  readonly signingKey: Uint8Array;
  /** X25519: the image of the signing key. */
  readonly agreement: KeyPair;
  /** What invoice ids are masked with, 32 bytes: see InvoiceIds. */
  readonly invoiceSecret: Uint8Array;
  /** ISO 4217, 3 ASCII bytes. */
  readonly currency: Uint8Array;
}

/** A fresh one as it lies in flash: Ed25519 seed (32), currency (3). Throws EntropyError. */
export function drawIdentity(entropy: Entropy, currency: Uint8Array): Uint8Array {
  const record = new Uint8Array(IDENTITY_BYTES);
  record.set(draw(entropy, SECRET_BYTES));
  record.set(currency.subarray(0, CURRENCY_BYTES), SECRET_BYTES);
  return record;
}

export function readIdentity(crypto: Crypto, record: Uint8Array): Identity {
  const seed = record.subarray(0, SECRET_BYTES);
  const signingKey = crypto.ed25519KeyFromSeed(seed).slice();
  return {
    signingKey,
    agreement: agreementOf(crypto, signingKey),
    invoiceSecret: crypto.hkdfSha256(NOTHING, seed, INVOICE_SECRET_INFO, SECRET_BYTES),
    currency: record.slice(SECRET_BYTES, IDENTITY_BYTES),
  };
}
