/** HKDF with SHA-256 (RFC 5869). */
import type { Crypto } from '../../hal/crypto.js';

const HASH_BYTES = 32;

/** `bytes` of key material, at most 255 * 32. Wipes what it made on the way. */
export function hkdf(
  crypto: Crypto,
  salt: Uint8Array,
  material: Uint8Array,
  info: Uint8Array,
  bytes: number,
): Uint8Array {
  if (bytes > 255 * HASH_BYTES) throw new RangeError(`hkdf: ${bytes} bytes asked for, at most 8160`);
  const key = crypto.hmacSha256(salt, material);
  const output = new Uint8Array(bytes);
  // Each round hashes the round before, then info, then its number; the first has no round before.
  const block = new Uint8Array(HASH_BYTES + info.length + 1);
  block.set(info, HASH_BYTES);
  for (let at = 0, round = 1; at < bytes; at += HASH_BYTES, round++) {
    block[block.length - 1] = round;
    const made = crypto.hmacSha256(key, round === 1 ? block.subarray(HASH_BYTES) : block);
    output.set(at + HASH_BYTES <= bytes ? made : made.subarray(0, bytes - at), at);
    block.set(made);
    made.fill(0);
  }
  block.fill(0);
  key.fill(0);
  return output;
}
