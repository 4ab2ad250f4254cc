/**
 * The provider of every chip: signatures and key agreement by the C of `curve25519/`, which takes half the
 * instructions of libsodium's on a processor of 32 bits, and libsodium for the rest. It exists in the XS
 * engine alone, where `native` is. Lengths are checked in C.
 */
import type { Crypto } from '../crypto.js';
import { sodiumCrypto } from './sodium.js';

type Bytes = Uint8Array;

const ed25519Key = native('xs_curve25519_ed25519_key') as (key: Bytes, seed: Bytes) => void;
const ed25519Sign = native('xs_curve25519_ed25519_sign') as (
  signature: Bytes,
  key: Bytes,
  message: Bytes,
) => void;
const x25519Public = native('xs_curve25519_x25519_public') as (publicKey: Bytes, secret: Bytes) => void;
const x25519 = native('xs_curve25519_x25519') as (shared: Bytes, secret: Bytes, publicKey: Bytes) => boolean;
const x25519PublicOf = native('xs_curve25519_x25519_public_of') as (
  publicKey: Bytes,
  ed25519: Bytes,
) => boolean;

export const curve25519Crypto: Crypto = {
  ...sodiumCrypto,

  ed25519KeyFromSeed(seed) {
    const key = new Uint8Array(64);
    ed25519Key(key, seed);
    return key;
  },

  ed25519Sign(key, message) {
    const signature = new Uint8Array(64);
    ed25519Sign(signature, key, message);
    return signature;
  },

  ed25519Prepare: native('xs_curve25519_ed25519_prepare') as Crypto['ed25519Prepare'],

  ed25519Verify: native('xs_curve25519_ed25519_verify') as Crypto['ed25519Verify'],

  x25519PublicKey(secret) {
    const publicKey = new Uint8Array(32);
    x25519Public(publicKey, secret);
    return publicKey;
  },

  x25519(secret, publicKey) {
    const shared = new Uint8Array(32);
    return x25519(shared, secret, publicKey) ? shared : undefined;
  },

  x25519PublicKeyOf(ed25519PublicKey) {
    const publicKey = new Uint8Array(32);
    return x25519PublicOf(publicKey, ed25519PublicKey) ? publicKey : undefined;
  },
};
