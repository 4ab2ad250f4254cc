import { ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { describe, expect, test } from 'vitest';
import { isStrictEd25519 } from '../../../hal/crypto/ed25519-strict.js';
import { littleEndian } from './adversarial-ed25519.js';
import { fromHex } from './providers.js';

const P = 2n ** 255n - 19n;
const SIGN = 2n ** 255n;
const base = fromHex('5866666666666666666666666666666666666666666666666666666666666666');
const signature = new Uint8Array([...base, ...new Uint8Array(32)]);

describe('the byte-level rules of strict Ed25519', () => {
  test('take a public key with y below p, with either sign', () => {
    for (const y of [2n, 3n, P - 2n, P - 256n, 4n * 10n ** 70n]) {
      expect(isStrictEd25519(littleEndian(y), signature), `${y}`).toBe(true);
      expect(isStrictEd25519(littleEndian(y + SIGN), signature), `${y} with sign`).toBe(true);
    }
  });

  // Nobody knows the secret of such a key, so no signature can show that the rule is there.
  test('refuse a public key with y of p or above', () => {
    for (let y = P; y < SIGN; y++) {
      expect(isStrictEd25519(littleEndian(y), signature), `${y}`).toBe(false);
      expect(isStrictEd25519(littleEndian(y + SIGN), signature), `${y} with sign`).toBe(false);
    }
  });

  test('refuse each point of small order as key and as R, with either sign', () => {
    for (const hex of ED25519_TORSION_SUBGROUP) {
      for (const flip of [0, 0x80]) {
        const point = fromHex(hex);
        point[31] ^= flip;
        expect(isStrictEd25519(point, signature)).toBe(false);
        expect(isStrictEd25519(base, new Uint8Array([...point, ...new Uint8Array(32)]))).toBe(false);
      }
    }
  });

  test('refuse wrong lengths', () => {
    expect(isStrictEd25519(base, signature)).toBe(true);
    expect(isStrictEd25519(base.subarray(1), signature)).toBe(false);
    expect(isStrictEd25519(base, signature.subarray(1))).toBe(false);
    expect(isStrictEd25519(base, new Uint8Array(65).fill(1))).toBe(false);
  });
});
