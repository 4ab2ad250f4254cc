/**
 * Libsodium, through sodium.c: what chips have beside curve25519.ts, and its reference. It exists in the XS
 * engine alone, where `native` is. Lengths and counters are checked in C.
 */
import type { Crypto } from '../crypto.js';
import { curveOf } from './curve-natives.js';

type Bytes = Uint8Array;

const sha256 = native('xs_sodium_sha256') as (digest: Bytes, a: Bytes, b?: Bytes) => void;
const hmacSha256 = native('xs_sodium_hmac_sha256') as (tag: Bytes, key: Bytes, data: Bytes) => void;
const hkdfSha256 = native('xs_sodium_hkdf_sha256') as (
  keys: Bytes,
  salt: Bytes,
  material: Bytes,
  info: Bytes,
) => void;
const ed25519Verify = native('xs_sodium_ed25519_verify') as Crypto['ed25519Verify'];
const x25519SecretOf = native('xs_sodium_x25519_secret_of') as (secret: Bytes, signingKey: Bytes) => void;
const seal = native('xs_sodium_seal') as (
  sealed: Bytes,
  key: Bytes,
  counter: number,
  associated: Bytes,
  plaintext: Bytes,
) => void;
const open = native('xs_sodium_open') as (
  plaintext: Bytes,
  key: Bytes,
  counter: number,
  associated: Bytes,
  sealed: Bytes,
) => boolean;
const equal = native('xs_sodium_equal') as Crypto['equal'];

const TAG_BYTES = 16;

export const sodiumCrypto: Crypto = {
  sha256(a, b) {
    const digest = new Uint8Array(32);
    sha256(digest, a, b);
    return digest;
  },

  hmacSha256(key, data) {
    const tag = new Uint8Array(32);
    hmacSha256(tag, key, data);
    return tag;
  },

  hkdfSha256(salt, material, info, bytes) {
    const keys = new Uint8Array(bytes);
    hkdfSha256(keys, salt, material, info);
    return keys;
  },

  ...curveOf({
    ed25519Key: native('xs_sodium_ed25519_key'),
    ed25519Sign: native('xs_sodium_ed25519_sign'),
    x25519Public: native('xs_sodium_x25519_public'),
    x25519: native('xs_sodium_x25519'),
    x25519PublicOf: native('xs_sodium_x25519_public_of'),
  }),

  ed25519Prepare() {},

  ed25519Verify,

  x25519SecretOf(signingKey) {
    const secret = new Uint8Array(32);
    x25519SecretOf(secret, signingKey);
    return secret;
  },

  seal(key, counter, associated, plaintext) {
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
    seal(sealed, key, counter, associated, plaintext);
    return sealed;
  },

  open(key, counter, associated, sealed) {
    if (sealed.length < TAG_BYTES) return undefined;
    const plaintext = new Uint8Array(sealed.length - TAG_BYTES);
    return open(plaintext, key, counter, associated, sealed) ? plaintext : undefined;
  },

  equal,
};
