/**
 * OpenSSL through Node's crypto: the same answers as noble, ten to thirty times faster, for simulations of
 * millions of payments. Its Ed25519 is cofactorless and checks S < L; isStrictEd25519 adds the rest.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { Crypto } from '../crypto.js';
import { montgomeryOf } from './birational.js';
import { cached } from './cached.js';
import { isStrictEd25519 } from './ed25519-strict.js';
import { noiseNonce, requireBytes, requireHkdfLength } from './shapes.js';

const HASH_BYTES = 32;
const HASH_BLOCK_BYTES = 64;
/** RFC 2104. */
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
const AEAD = 'chacha20-poly1305';
const TAG_BYTES = 16;
const AUTH_TAG = { authTagLength: TAG_BYTES };

const ed25519PublicKeys = new Map<string, KeyObject>();
const ed25519PrivateKeys = new Map<string, KeyObject>();
const x25519PublicKeys = new Map<string, KeyObject>();
const x25519PrivateKeys = new Map<string, KeyObject>();

const montgomeryKeys = new Map<string, Uint8Array | undefined>();

const nonceScratch = new Uint8Array(12);
let scratch: Uint8Array = new Uint8Array(1024);

export const opensslCrypto: Crypto = {
  sha256(a, b) {
    return b === undefined ? sha256(a) : sha256OfTwo(a, b);
  },

  hmacSha256(key, data) {
    return hmac(padded(key), data);
  },

  hkdfSha256(salt, material, info, bytes) {
    requireHkdfLength(bytes);
    const key = padded(hmac(padded(salt), material));
    const keys = new Uint8Array(bytes);
    // The block before, `info`, and the number of this one.
    const input = new Uint8Array(HASH_BYTES + info.length + 1);
    input.set(info, HASH_BYTES);
    for (let at = 0, count = 1; at < bytes; at += HASH_BYTES, count++) {
      input[input.length - 1] = count;
      const block = hmac(key, count === 1 ? input.subarray(HASH_BYTES) : input);
      input.set(block);
      keys.set(at + HASH_BYTES <= bytes ? block : block.subarray(0, bytes - at), at);
    }
    return keys;
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

  ed25519Prepare() {},

  ed25519Verify(publicKey, message, signature) {
    if (!isStrictEd25519(publicKey, signature)) return false;
    const key = cached(ed25519PublicKeys, publicKey, (raw) => importPublic('Ed25519', raw));
    return verify(null, message, key, signature);
  },

  x25519PublicKey(secret) {
    requireBytes(secret, 32, 'secret');
    const key = x25519Private(secret);
    const publicKey = publicHalf(key);
    // Whoever agrees with us in this process need not import it: the whole pair is as good there.
    cached(x25519PublicKeys, publicKey, () => key);
    return publicKey;
  },

  x25519(secret, publicKey) {
    requireBytes(secret, 32, 'secret');
    requireBytes(publicKey, 32, 'public key');
    const theirs = cached(x25519PublicKeys, publicKey, (raw) => importPublic('X25519', raw));
    try {
      return plain(diffieHellman({ privateKey: x25519Private(secret), publicKey: theirs }));
    } catch {
      return undefined; // the lengths are right, so OpenSSL's one reason to fail is an all-zero result
    }
  },

  x25519SecretOf(signingKey) {
    requireBytes(signingKey, 64, 'signing key');
    const secret = new Uint8Array(createHash('sha512').update(signingKey.subarray(0, 32)).digest()).slice(
      0,
      32,
    );
    secret[0] &= 248;
    secret[31] = (secret[31] & 127) | 64;
    return secret;
  },

  x25519PublicKeyOf(ed25519PublicKey) {
    requireBytes(ed25519PublicKey, 32, 'public key');
    return cached(montgomeryKeys, ed25519PublicKey, montgomeryOf)?.slice();
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

/**
 * One call, and no object of OpenSSL's: collecting those takes longer than the hash. A digest as a string
 * costs a fraction of one in memory of its own.
 */
function sha256(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = hash('sha256', data, 'binary');
  const digest = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) digest[i] = text.charCodeAt(i);
  return digest;
}

/** `sha256` of what `scratchFor(bytes)` has been filled with. */
const sha256OfScratch = (bytes: number) => sha256(scratch.subarray(0, bytes));

/** Room for what is hashed in one piece: an array of more than 64 bytes takes longer to make than to hash. */
function scratchFor(bytes: number): Uint8Array {
  if (scratch.length < bytes) scratch = new Uint8Array(2 * bytes);
  return scratch;
}

function sha256OfTwo(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = scratchFor(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return sha256OfScratch(a.length + b.length);
}

/** RFC 2104, as is HKDF over it: two hashes are cheaper than OpenSSL's objects for either. */
function hmac(key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return masked(key, OUTER_PAD, masked(key, INNER_PAD, data));
}

/** The hash of a padded key under one of RFC 2104's masks, and of what follows it. */
function masked(key: Uint8Array, mask: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = scratchFor(HASH_BLOCK_BYTES + data.length);
  for (let i = 0; i < HASH_BLOCK_BYTES; i++) whole[i] = key[i] ^ mask;
  whole.set(data, HASH_BLOCK_BYTES);
  return sha256OfScratch(HASH_BLOCK_BYTES + data.length);
}

/** A key of HMAC as long as a block of the hash. */
function padded(key: Uint8Array): Uint8Array {
  const block = new Uint8Array(HASH_BLOCK_BYTES);
  block.set(key.length > HASH_BLOCK_BYTES ? sha256(key) : key);
  return block;
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

/**
 * A Buffer's slice() shares memory where a Uint8Array's copies: callers get the kind that the chip gives
 * them.
 */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
