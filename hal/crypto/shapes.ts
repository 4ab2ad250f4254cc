/** Checks on lengths and counters that every provider makes alike. */

/**
 * A wrong length here is a mistake in the calling code: strangers' bytes are measured before they get this
 * far.
 */
export function requireBytes(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new RangeError(`${what}: ${bytes.length} bytes, must be ${length}`);
}

const HKDF_BYTES_MAX = 255 * 32;

export function requireHkdfLength(bytes: number): void {
  if (bytes > HKDF_BYTES_MAX) throw new RangeError(`HKDF: ${bytes} bytes, at most ${HKDF_BYTES_MAX}`);
}

/**
 * Noise nonce: 32 zero bits, then the counter as 64 bits in little endian (Noise revision 34, section 12.3).
 */
export function noiseNonce(counter: number, target: Uint8Array): Uint8Array {
  if (counter >>> 0 !== counter) throw new RangeError(`counter ${counter} is not an unsigned 32-bit number`);
  target[4] = counter;
  target[5] = counter >>> 8;
  target[6] = counter >>> 16;
  target[7] = counter >>> 24;
  return target;
}
