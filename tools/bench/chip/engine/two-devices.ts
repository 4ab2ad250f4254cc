/**
 * The chip's crypto for one of the two sides of a touch that run in one engine: each has prepared keys of its
 * own, as two boards have.
 */
import { curve25519Crypto } from '../../../../hal/crypto/curve25519.js';
import type { Crypto } from '../../../../hal/crypto.js';

type Bytes = Uint8Array;

const prepare = native('xs_curve25519_ed25519_prepare') as (
  publicKey: Bytes,
  place: number,
  device: number,
) => void;
const verify = native('xs_curve25519_ed25519_verify') as (
  publicKey: Bytes,
  message: Bytes,
  signature: Bytes,
  device: number,
) => boolean;

export const cryptoOf = (device: number): Crypto => ({
  ...curve25519Crypto,
  ed25519Prepare: (publicKey, place) => prepare(publicKey, place, device),
  ed25519Verify: (publicKey, message, signature) => verify(publicKey, message, signature, device),
});
