/**
 * Hybrid public key encryption (RFC 9180) in base mode, single shot, with DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256 and ChaCha20Poly1305: for whoever has the recipient's secret, and by nobody in particular.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concat, join, NOTHING, putU16 } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';
import { utf8 } from '../bytes.js';

type Primitives = Pick<Crypto, 'hmacSha256' | 'x25519' | 'x25519PublicKey'>;

/** X25519. */
export interface HpkeKeyPair {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

const KEM_ID = 0x0020;
const KDF_ID = 0x0001;
const AEAD_ID = 0x0003;
const MODE_BASE = 0;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What a message has beside its text: the ephemeral public key, and the tag. */
export const HPKE_BYTES = KEY_BYTES + TAG_BYTES;

const u16 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(2);
  putU16(bytes, 0, value);
  return bytes;
};

const VERSION = utf8('HPKE-v1');
const KEM_SUITE = join(utf8('KEM'), u16(KEM_ID));
const SUITE = concat(utf8('HPKE'), u16(KEM_ID), u16(KDF_ID), u16(AEAD_ID));

/** Section 4. HKDF-Extract is one HMAC, under a key of zeros when there is no salt. */
const extract = (
  crypto: Primitives,
  suite: Uint8Array,
  salt: Uint8Array,
  label: string,
  material: Uint8Array,
): Uint8Array => crypto.hmacSha256(salt, concat(VERSION, suite, utf8(label), material));

/** Section 4. `bytes` is at most 32, so that HKDF-Expand is one HMAC. */
function expand(
  crypto: Primitives,
  suite: Uint8Array,
  secret: Uint8Array,
  label: string,
  info: Uint8Array,
  bytes: number,
): Uint8Array {
  const labelled = concat(u16(bytes), VERSION, suite, utf8(label), info, Uint8Array.of(1));
  return crypto.hmacSha256(secret, labelled).subarray(0, bytes);
}

/** DeriveKeyPair of section 7.1.3. `material`: 32 bytes that nobody guesses. */
export function deriveKeyPair(crypto: Primitives, material: Uint8Array): HpkeKeyPair {
  const secret = expand(
    crypto,
    KEM_SUITE,
    extract(crypto, KEM_SUITE, NOTHING, 'dkp_prk', material),
    'sk',
    NOTHING,
    KEY_BYTES,
  );
  return { secret, publicKey: crypto.x25519PublicKey(secret) };
}

/** Sections 4.1 and 5.1: key and nonce of the first and only message. Undefined for a low-order key. */
function schedule(
  crypto: Primitives,
  shared: Uint8Array | undefined,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
  info: Uint8Array,
): { key: Uint8Array; nonce: Uint8Array } | undefined {
  if (!shared) return undefined;
  const kemContext = join(ephemeral, recipient);
  const prk = extract(crypto, KEM_SUITE, NOTHING, 'eae_prk', shared);
  const sharedSecret = expand(crypto, KEM_SUITE, prk, 'shared_secret', kemContext, KEY_BYTES);
  const context = concat(
    Uint8Array.of(MODE_BASE),
    extract(crypto, SUITE, NOTHING, 'psk_id_hash', NOTHING),
    extract(crypto, SUITE, NOTHING, 'info_hash', info),
  );
  const secret = extract(crypto, SUITE, sharedSecret, 'secret', NOTHING);
  return {
    key: expand(crypto, SUITE, secret, 'key', context, KEY_BYTES),
    nonce: expand(crypto, SUITE, secret, 'base_nonce', context, NONCE_BYTES),
  };
}

/** `material`: 32 random bytes for this message alone. Throws RangeError for a recipient of low order. */
export function hpkeSeal(
  crypto: Primitives,
  recipient: Uint8Array,
  material: Uint8Array,
  info: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const { secret, publicKey } = deriveKeyPair(crypto, material);
  const keys = schedule(crypto, crypto.x25519(secret, recipient), publicKey, recipient, info);
  if (!keys) throw new RangeError('the recipient is no key');
  return join(publicKey, chacha20poly1305(keys.key, keys.nonce, associated).encrypt(plaintext));
}

/** Undefined for what was not sealed for this key, under these words. */
export function hpkeOpen(
  crypto: Primitives,
  { secret, publicKey }: HpkeKeyPair,
  info: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < HPKE_BYTES) return undefined;
  const ephemeral = sealed.subarray(0, KEY_BYTES);
  const keys = schedule(crypto, crypto.x25519(secret, ephemeral), ephemeral, publicKey, info);
  if (!keys) return undefined;
  try {
    return chacha20poly1305(keys.key, keys.nonce, associated).decrypt(sealed.subarray(KEY_BYTES));
  } catch {
    return undefined;
  }
}
