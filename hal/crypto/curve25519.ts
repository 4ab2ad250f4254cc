/**
 * The provider of every chip: signatures and key agreement by the C of `curve25519/`, which takes half the
 * instructions of libsodium's on a processor of 32 bits, and libsodium for the rest. It exists in the XS
 * engine alone, where `native` is. Lengths are checked in C.
 */
import type { Crypto } from '../crypto.js';
import { type CurveNatives, curveOf } from './curve-natives.js';
import { sodiumCrypto } from './sodium.js';

/** Without what the engine adds: for who counts instructions. */
export const curve25519Natives: CurveNatives = {
  ed25519Key: native('xs_curve25519_ed25519_key'),
  ed25519Sign: native('xs_curve25519_ed25519_sign'),
  x25519Public: native('xs_curve25519_x25519_public'),
  x25519: native('xs_curve25519_x25519'),
  x25519PublicOf: native('xs_curve25519_x25519_public_of'),
};

export const curve25519Crypto: Crypto = {
  ...sodiumCrypto,
  ...curveOf(curve25519Natives),
  ed25519Prepare: native('xs_curve25519_ed25519_prepare') as Crypto['ed25519Prepare'],
  ed25519Verify: native('xs_curve25519_ed25519_verify') as Crypto['ed25519Verify'],
};
