import type { Crypto } from '../../hal/crypto.js';

/** Ed25519 signature, and the CBOR head (58 40) before it. */
const SIGNATURE_BYTES = 64;
const TAIL_BYTES = SIGNATURE_BYTES + 2;

/**
 * A signed object ends with its signature; what is signed is everything before the signature's head.
 * The first two bytes (element count, type) keep the kinds of object apart.
 */
export function signInPlace(crypto: Crypto, key: Uint8Array, bytes: Uint8Array): void {
  const signature = crypto.ed25519Sign(key, bytes.subarray(0, bytes.length - TAIL_BYTES));
  bytes.set(signature, bytes.length - SIGNATURE_BYTES);
}

export function verifySigned(crypto: Crypto, publicKey: Uint8Array, bytes: Uint8Array): boolean {
  return crypto.ed25519Verify(
    publicKey,
    bytes.subarray(0, bytes.length - TAIL_BYTES),
    bytes.subarray(bytes.length - SIGNATURE_BYTES),
  );
}
