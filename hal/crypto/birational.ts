/**
 * The map of RFC 7748 section 4.1 from Ed25519 to X25519, for the JavaScript providers: u = (1 + y) / (1 -
 * y). `hal/crypto/sodium.c` has the same in C.
 */
import { ed25519 } from '@noble/curves/ed25519.js';

const { Fp } = ed25519.Point;

/**
 * Little endian, the sign bit of x left out, y taken modulo p. Undefined for y = 1, which has no image.
 * Whether y is a point's is not looked at: X25519 is safe on the twist as well.
 */
export function montgomeryOf(publicKey: Uint8Array): Uint8Array | undefined {
  const bytes = publicKey.slice();
  bytes[31] &= 0x7f;
  const y = Fp.create(Fp.fromBytes(bytes, true));
  const below = Fp.sub(Fp.ONE, y);
  return Fp.is0(below) ? undefined : Fp.toBytes(Fp.mul(Fp.add(Fp.ONE, y), Fp.inv(below)));
}
