/**
 * The fastest of a host for simulations of millions of payments: libsodium, the chips' own library, wherever
 * OpenSSL makes an object a call, and OpenSSL for the rest. The answers are those of every other provider.
 */
import sodium from 'sodium-native';
import type { Crypto } from '../crypto.js';
import { cached } from './cached.js';
import { opensslCrypto } from './openssl.js';
import { noiseNonce, requireBytes } from './shapes.js';

const TAG_BYTES = 16;

/** Keys of 64 bytes by their seed. */
const signingKeys = new Map<string, Uint8Array>();

/**
 * What the library reads and fills. An array of 64 bytes or fewer lies in the engine's own heap, and is moved
 * out of it for good when a library is handed it: these have been.
 */
const scratch = {
  nonce: new Uint8Array(12),
  key: new Uint8Array(32),
  publicKey: new Uint8Array(32),
  shared: new Uint8Array(32),
  signature: new Uint8Array(64),
};

export const hostCrypto: Crypto = {
  ...opensslCrypto,

  ed25519KeyFromSeed(seed) {
    requireBytes(seed, 32, 'seed');
    return signingKey(seed).slice();
  },

  /**
   * The public half is derived anew: signing under a public key that is not one's own gives the secret away.
   */
  ed25519Sign(key, message) {
    requireBytes(key, 64, 'signing key');
    sodium.crypto_sign_detached(scratch.signature, message, signingKey(key.subarray(0, 32)));
    return scratch.signature.slice();
  },

  x25519PublicKey(secret) {
    requireBytes(secret, 32, 'secret');
    scratch.key.set(secret);
    sodium.crypto_scalarmult_base(scratch.publicKey, scratch.key);
    return scratch.publicKey.slice();
  },

  x25519(secret, publicKey) {
    requireBytes(secret, 32, 'secret');
    requireBytes(publicKey, 32, 'public key');
    scratch.key.set(secret);
    scratch.publicKey.set(publicKey);
    try {
      sodium.crypto_scalarmult(scratch.shared, scratch.key, scratch.publicKey);
    } catch {
      return undefined; // the lengths are right, so its one reason to fail is an all-zero result
    }
    return scratch.shared.slice();
  },

  seal(key, counter, associated, plaintext) {
    return hostSeal(key, noiseNonce(counter, scratch.nonce), associated, plaintext);
  },

  open(key, counter, associated, sealed) {
    return hostOpen(key, noiseNonce(counter, scratch.nonce), associated, sealed);
  },
};

/** As `seal`, with any nonce of 12 bytes: published vectors need it. */
export function hostSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  requireBytes(key, 32, 'key');
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  scratch.key.set(key);
  sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, plaintext, associated, null, nonce, scratch.key);
  return sealed;
}

/** As `open`, with any nonce of 12 bytes. */
export function hostOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  requireBytes(key, 32, 'key');
  if (sealed.length < TAG_BYTES) return undefined;
  const plaintext = new Uint8Array(sealed.length - TAG_BYTES);
  scratch.key.set(key);
  try {
    sodium.crypto_aead_chacha20poly1305_ietf_decrypt(plaintext, null, sealed, associated, nonce, scratch.key);
  } catch {
    return undefined;
  }
  return plaintext;
}

const signingKey = (seed: Uint8Array): Uint8Array =>
  cached(signingKeys, seed, (raw) => {
    const key = new Uint8Array(64);
    sodium.crypto_sign_seed_keypair(new Uint8Array(32), key, raw);
    return key;
  });
