/**
 * OpenSSL through Node's crypto: the same answers as noble, ten to thirty times faster, for simulations of
 * millions of payments. Its Ed25519 is cofactorless and checks S < L; isStrictEd25519 adds the rest.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { Crypto } from '../crypto.js';
import { isStrictEd25519 } from './ed25519-strict.js';
import { noiseNonce, requireBytes, requireHkdfLength } from './shapes.js';

const AEAD = 'chacha20-poly1305';
const TAG_BYTES = 16;
const AUTH_TAG = { authTagLength: TAG_BYTES };
/** A market of thousands of devices stays cached; a run of millions does not fill memory. */
const KEYS_CACHED_MAX = 8192;

const ed25519PublicKeys = new Map<string, KeyObject>();
const ed25519PrivateKeys = new Map<string, KeyObject>();
const x25519PrivateKeys = new Map<string, KeyObject>();

const nonceScratch = new Uint8Array(12);

export const opensslCrypto: Crypto = {
  sha256(a, b) {
    const hash = createHash('sha256').update(a);
    if (b !== undefined) hash.update(b);
    return plain(hash.digest());
  },

  hmacSha256(key, data) {
    return plain(createHmac('sha256', key).update(data).digest());
  },

  hkdfSha256(salt, material, info, bytes) {
    requireHkdfLength(bytes);
    return new Uint8Array(hkdfSync('sha256', material, salt, info, bytes));
  },

  ed25519KeyFromSeed(seed) {
    requireBytes(seed, 32, 'seed');
    const key = new Uint8Array(64);
    key.set(seed);
    key.set(publicHalf(ed25519Private(seed)), 32);
    return key;
  },

  /** OpenSSL derives the public half from the seed when the key is imported. */
  ed25519Sign(key, message) {
    requireBytes(key, 64, 'signing key');
    return plain(sign(null, message, ed25519Private(key.subarray(0, 32))));
  },

  ed25519Verify(publicKey, message, signature) {
    if (!isStrictEd25519(publicKey, signature)) return false;
    const key = cached(ed25519PublicKeys, publicKey, (raw) => importPublic('Ed25519', raw));
    return verify(null, message, key, signature);
  },

  x25519PublicKey(secret) {
    requireBytes(secret, 32, 'secret');
    return publicHalf(x25519Private(secret));
  },

  x25519(secret, publicKey) {
    requireBytes(secret, 32, 'secret');
    requireBytes(publicKey, 32, 'public key');
    const theirs = importPublic('X25519', publicKey);
    try {
      return plain(diffieHellman({ privateKey: x25519Private(secret), publicKey: theirs }));
    } catch {
      return undefined; // the lengths are right, so OpenSSL's one reason to fail is an all-zero result
    }
  },

  seal(key, counter, associated, plaintext) {
    return opensslSeal(key, noiseNonce(counter, nonceScratch), associated, plaintext);
  },

  open(key, counter, associated, sealed) {
    return opensslOpen(key, noiseNonce(counter, nonceScratch), associated, sealed);
  },

  equal(a, b) {
    return a.length === b.length && timingSafeEqual(a, b);
  },
};

/** As `seal`, with any nonce of 12 bytes: published vectors need it. */
export function opensslSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  requireBytes(key, 32, 'key');
  const cipher = createCipheriv(AEAD, key, nonce, AUTH_TAG);
  if (associated.length > 0) cipher.setAAD(associated, { plaintextLength: plaintext.length });
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  if (plaintext.length > 0) sealed.set(cipher.update(plaintext));
  cipher.final();
  sealed.set(cipher.getAuthTag(), plaintext.length);
  return sealed;
}

/** As `open`, with any nonce of 12 bytes. */
export function opensslOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  requireBytes(key, 32, 'key');
  const length = sealed.length - TAG_BYTES;
  if (length < 0) return undefined;
  const decipher = createDecipheriv(AEAD, key, nonce, AUTH_TAG);
  if (associated.length > 0) decipher.setAAD(associated, { plaintextLength: length });
  decipher.setAuthTag(sealed.subarray(length));
  const plaintext = length > 0 ? plain(decipher.update(sealed.subarray(0, length))) : new Uint8Array(0);
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plaintext;
}

function ed25519Private(seed: Uint8Array): KeyObject {
  return cached(ed25519PrivateKeys, seed, (raw) => importPrivate('Ed25519', raw));
}

function x25519Private(secret: Uint8Array): KeyObject {
  return cached(x25519PrivateKeys, secret, (raw) => importPrivate('X25519', raw));
}

// JWK, since OpenSSL 3 takes about ten times longer to find its way into DER.

function importPublic(crv: string, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv, x: base64url(raw) }, format: 'jwk' });
}

/** Node wants to see an `x`, and leaves it to OpenSSL to derive the real one. */
function importPrivate(crv: string, raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: { kty: 'OKP', crv, x: '', d: base64url(raw) }, format: 'jwk' });
}

function publicHalf(key: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url'));
}

function base64url(raw: Uint8Array): string {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('base64url');
}

/** Full, it forgets the key that came in first. */
function cached(
  keys: Map<string, KeyObject>,
  raw: Uint8Array,
  make: (raw: Uint8Array) => KeyObject,
): KeyObject {
  const name = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('latin1');
  let key = keys.get(name);
  if (key === undefined) {
    key = make(raw);
    if (keys.size >= KEYS_CACHED_MAX) keys.delete(keys.keys().next().value as string);
    keys.set(name, key);
  }
  return key;
}

/**
 * A Buffer's slice() shares memory where a Uint8Array's copies: callers get the kind that the chip gives
 * them.
 */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
