/**
 * OpenSSL through Node's crypto: the same answers as noble, ten to thirty times faster, for simulations of
 * millions of payments. Its Ed25519 is cofactorless and checks S < L; isStrictEd25519 adds the rest.
 *
 * In a simulation both sides are in one process, so most of what one of them asks was worked out for the
 * other: a signature that was made here, or verified before, and the shared secret of two keys. These answers
 * are remembered.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
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
import { isStrictEd25519 } from './ed25519-strict.js';
import { Memory, nameOf } from './memory.js';
import { noiseNonce, requireBytes, requireHkdfLength } from './shapes.js';

const AEAD = 'chacha20-poly1305';
const TAG_BYTES = 16;
const AUTH_TAG = { authTagLength: TAG_BYTES };
/** A market of thousands of devices stays known; a run of millions does not fill memory. */
const KEYS_MAX = 8192;
const SIGNATURES_MAX = 16_384;

/** A private key, and its public half when somebody has asked for it. */
interface PrivateKey {
  readonly key: KeyObject;
  publicHalf?: Uint8Array;
}

/** What a signature is known to be right for. */
interface Signed {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
}

const publicKeys = new Memory<KeyObject>(KEYS_MAX);
const ed25519PrivateKeys = new Memory<PrivateKey>(KEYS_MAX);
const x25519PrivateKeys = new Memory<PrivateKey>(KEYS_MAX);
const signatures = new Memory<Signed>(SIGNATURES_MAX);
/** By the names of both public keys, the lower one first. */
const sharedSecrets = new Memory<Uint8Array>(KEYS_MAX);

const nonceScratch = new Uint8Array(12);

export const opensslCrypto: Crypto = {
  sha256(a, b) {
    if (b === undefined) return plain(hash('sha256', a, 'buffer'));
    return plain(createHash('sha256').update(a).update(b).digest());
  },

  hmacSha256: hmac,

  /** RFC 5869. By HMAC, since `hkdfSync` takes longer to start than to compute. */
  hkdfSha256(salt, material, info, bytes) {
    requireHkdfLength(bytes);
    const key = hmac(salt, material);
    const output = new Uint8Array(bytes);
    let block: Uint8Array = new Uint8Array(0);
    for (let at = 0, i = 1; at < bytes; at += block.length, i++) {
      block = plain(createHmac('sha256', key).update(block).update(info).update(Uint8Array.of(i)).digest());
      output.set(block.subarray(0, bytes - at), at);
    }
    return output;
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
    const own = ed25519Private(key.subarray(0, 32));
    const signature = plain(sign(null, message, own.key));
    signatures.set(nameOf(signature), { publicKey: publicHalf(own), message: message.slice() });
    return signature;
  },

  ed25519Verify(publicKey, message, signature) {
    const name = nameOf(signature);
    const known = signatures.get(name);
    if (known && isSame(known.publicKey, publicKey) && isSame(known.message, message)) return true;
    if (!isStrictEd25519(publicKey, signature)) return false;
    const key = publicKeys.of(nameOf(publicKey), () => importPublic('Ed25519', publicKey));
    const isRight = verify(null, message, key, signature);
    if (isRight) signatures.set(name, { publicKey: publicKey.slice(), message: message.slice() });
    return isRight;
  },

  x25519PublicKey(secret) {
    requireBytes(secret, 32, 'secret');
    return publicHalf(x25519Private(secret)).slice();
  },

  x25519(secret, publicKey) {
    requireBytes(secret, 32, 'secret');
    requireBytes(publicKey, 32, 'public key');
    const ours = x25519Private(secret);
    const [own, other] = [nameOf(publicHalf(ours)), nameOf(publicKey)];
    const pair = own < other ? own + other : other + own;
    const known = sharedSecrets.get(pair);
    if (known) return known.slice();
    try {
      const shared = diffieHellman({ privateKey: ours.key, publicKey: importPublic('X25519', publicKey) });
      sharedSecrets.set(pair, plain(shared));
      return plain(shared).slice();
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

const ed25519Private = (seed: Uint8Array): PrivateKey =>
  ed25519PrivateKeys.of(nameOf(seed), () => ({ key: importPrivate('Ed25519', seed) }));

const x25519Private = (secret: Uint8Array): PrivateKey =>
  x25519PrivateKeys.of(nameOf(secret), () => ({ key: importPrivate('X25519', secret) }));

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return plain(createHmac('sha256', key).update(data).digest());
}

// JWK, since OpenSSL 3 takes about ten times longer to find its way into DER.

function importPublic(crv: string, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv, x: base64url(raw) }, format: 'jwk' });
}

/** Node wants to see an `x`, and leaves it to OpenSSL to derive the real one. */
function importPrivate(crv: string, raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: { kty: 'OKP', crv, x: '', d: base64url(raw) }, format: 'jwk' });
}

/** The caller copies it before it leaves this file. */
function publicHalf(own: PrivateKey): Uint8Array {
  own.publicHalf ??= new Uint8Array(Buffer.from(own.key.export({ format: 'jwk' }).x as string, 'base64url'));
  return own.publicHalf;
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
