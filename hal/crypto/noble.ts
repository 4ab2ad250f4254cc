/**
 * The reference provider: noble-curves, noble-hashes and noble-ciphers, and nothing of the platform, so that
 * it runs wherever JavaScript does. Far too slow for a chip.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { Crypto } from '../crypto.js';
import { montgomeryOf } from './birational.js';
import { isStrictEd25519 } from './ed25519-strict.js';
import { noiseNonce, requireBytes, requireHkdfLength } from './shapes.js';

const Point = ed25519.Point;

export const nobleCrypto: Crypto = {
  sha256(a, b) {
    return b === undefined ? sha256(a) : sha256.create().update(a).update(b).digest();
  },

  hmacSha256(key, data) {
    return hmac(sha256, key, data);
  },

  hkdfSha256(salt, material, info, bytes) {
    requireHkdfLength(bytes);
    return hkdf(sha256, material, salt, info, bytes);
  },

  ed25519KeyFromSeed(seed) {
    requireBytes(seed, 32, 'seed');
    const key = new Uint8Array(64);
    key.set(seed);
    key.set(ed25519.getPublicKey(seed), 32);
    return key;
  },

  /**
   * The public half is derived anew: signing under a public key that is not one's own gives the secret away.
   */
  ed25519Sign(key, message) {
    requireBytes(key, 64, 'signing key');
    return ed25519.sign(message, key.subarray(0, 32));
  },

  ed25519Prepare() {},

  /** noble's own verify is cofactored (it multiplies by 8), hence the equation by hand. */
  ed25519Verify(publicKey, message, signature) {
    if (!isStrictEd25519(publicKey, signature)) return false;
    const R = signature.subarray(0, 32);
    let A: InstanceType<typeof Point>;
    try {
      A = Point.fromBytes(publicKey);
    } catch {
      return false; // no point of the curve has this y
    }
    const k = numberOf(sha512.create().update(R).update(publicKey).update(message).digest()) % Point.Fn.ORDER;
    const s = numberOf(signature.subarray(32));
    const expected = Point.BASE.multiplyUnsafe(s).subtract(A.multiplyUnsafe(k)).toBytes();
    return nobleCrypto.equal(expected, R);
  },

  x25519PublicKey(secret) {
    requireBytes(secret, 32, 'secret');
    return x25519.getPublicKey(secret);
  },

  x25519(secret, publicKey) {
    requireBytes(secret, 32, 'secret');
    requireBytes(publicKey, 32, 'public key');
    try {
      return x25519.getSharedSecret(secret, publicKey);
    } catch {
      return undefined; // lengths are right, so noble's one reason to throw is an all-zero result
    }
  },

  x25519SecretOf(signingKey) {
    requireBytes(signingKey, 64, 'signing key');
    return ed25519.utils.toMontgomerySecret(signingKey.subarray(0, 32));
  },

  x25519PublicKeyOf(ed25519PublicKey) {
    requireBytes(ed25519PublicKey, 32, 'public key');
    return montgomeryOf(ed25519PublicKey);
  },

  seal(key, counter, associated, plaintext) {
    requireBytes(key, 32, 'key');
    return nobleSeal(key, noiseNonce(counter, new Uint8Array(12)), associated, plaintext);
  },

  open(key, counter, associated, sealed) {
    requireBytes(key, 32, 'key');
    return nobleOpen(key, noiseNonce(counter, new Uint8Array(12)), associated, sealed);
  },

  equal(a, b) {
    if (a.length !== b.length) return false;
    let difference = 0;
    for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
    return difference === 0;
  },
};

/** RFC 8439 with any nonce of 12 bytes: text, then tag of 16. */
export const nobleSeal = (
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
) => chacha20poly1305(key, nonce, associated).encrypt(plaintext);

/** The plaintext, or undefined when the tag does not match. */
export function nobleOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  try {
    return chacha20poly1305(key, nonce, associated).decrypt(sealed);
  } catch {
    return undefined; // too short, or a wrong tag
  }
}

/** Little endian, as everywhere in RFC 8032. */
function numberOf(bytes: Uint8Array): bigint {
  let number = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) number = (number << 8n) | BigInt(bytes[i]);
  return number;
}
