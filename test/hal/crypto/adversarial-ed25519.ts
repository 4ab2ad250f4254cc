/**
 * Signatures by a signer who knows the key and cheats: torsion in R and A, odd encodings, S + L, flipped
 * bits.
 */
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { fromHex } from './providers.js';

export interface Attempt {
  publicKey: Uint8Array;
  message: Uint8Array;
  signature: Uint8Array;
}

const Point = ed25519.Point;
const L = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex));

export function littleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0, rest = value; i < 32; i++, rest >>= 8n) bytes[i] = Number(rest & 255n);
  return bytes;
}

export function number(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/**
 * A = aB + torsion[i] and R = rB + torsion[j]: cofactored rules accept all, ours where the torsion cancels
 * out.
 */
function sign(a: bigint, r: bigint, i: number, j: number, message: Uint8Array): Attempt {
  const publicKey = Point.BASE.multiplyUnsafe(a).add(torsion[i]).toBytes();
  const R = Point.BASE.multiplyUnsafe(r).add(torsion[j]).toBytes();
  const k = number(sha512.create().update(R).update(publicKey).update(message).digest()) % L;
  const signature = new Uint8Array(64);
  signature.set(R);
  signature.set(littleEndian((r + k * a) % L), 32);
  return { publicKey, message, signature };
}

const scalar = fc.oneof(
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n }) },
  { weight: 6, arbitrary: fc.bigInt({ min: 1n, max: L - 1n }) },
);
const torsionIndex = fc.oneof(fc.constant(0), fc.nat({ max: 7 }));
const message = fc.uint8Array({ maxLength: 40 });

const signed = fc.tuple(scalar, scalar, torsionIndex, torsionIndex, message).map((x) => sign(...x));

/** y from 0 to 18 has a second encoding, y + p; small-order points have them with either sign. */
const oddPoint = fc.oneof(
  fc
    .tuple(fc.bigInt({ min: 0n, max: 18n }), fc.boolean(), fc.boolean())
    .map(([y, over, sign]) => littleEndian(y + (over ? P : 0n) + (sign ? 1n << 255n : 0n))),
  fc
    .tuple(fc.constantFrom(...ED25519_TORSION_SUBGROUP), fc.boolean())
    .map(([hex, flip]) => fromHex(hex).map((byte, i) => (i === 31 && flip ? byte ^ 0x80 : byte))),
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
);

function withBytes(target: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const copy = target.slice();
  copy.set(bytes, at);
  return copy;
}

export const attempts: fc.Arbitrary<Attempt> = fc.oneof(
  { weight: 5, arbitrary: signed },
  {
    weight: 2,
    arbitrary: fc.tuple(signed, fc.integer({ min: 1, max: 15 })).map(([x, times]) => {
      const S = number(x.signature.subarray(32)) + BigInt(times) * L;
      return { ...x, signature: withBytes(x.signature, 32, littleEndian(S)) };
    }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(signed, oddPoint).map(([x, publicKey]) => ({ ...x, publicKey })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(signed, oddPoint)
      .map(([x, R]) => ({ ...x, signature: withBytes(x.signature, 0, R) })),
  },
  {
    // With a small-order key and R = sB - kA, the plain equation holds: only the rule on A refuses it.
    weight: 1,
    arbitrary: fc.tuple(oddPoint, scalar, message).map(([publicKey, s, m]) => ({
      publicKey,
      message: m,
      signature: withBytes(
        withBytes(new Uint8Array(64), 0, Point.BASE.multiplyUnsafe(s).toBytes()),
        32,
        littleEndian(s),
      ),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(signed, fc.nat({ max: 511 })).map(([x, bit]) => {
      const signature = x.signature.slice();
      signature[bit >> 3] ^= 1 << (bit & 7);
      return { ...x, signature };
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(signed, fc.uint8Array({ maxLength: 70 }), fc.boolean())
      .map(([x, bytes, key]) => (key ? { ...x, publicKey: bytes } : { ...x, signature: bytes })),
  },
);
