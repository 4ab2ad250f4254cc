import { spawnSync } from 'node:child_process';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostCrypto as host } from '../../../hal/crypto/host.js';
import { nobleCrypto as noble } from '../../../hal/crypto/noble.js';
import { opensslCrypto as openssl, opensslSeal } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';
import { skipWithout } from '../../support/external.js';
import { attempts, littleEndian, number } from './adversarial-ed25519.js';
import { fromHex, providers, toHex } from './providers.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const text = fc.uint8Array({ maxLength: 300 });

/** Both answers, in a form that tells a Buffer or a throw from plain bytes. */
function same(call: (crypto: Crypto) => unknown): unknown {
  const answer = call(noble);
  for (const crypto of [openssl, host]) expect(call(crypto)).toStrictEqual(answer);
  return answer;
}

describe('noble, OpenSSL and the host’s provider give the same answer', () => {
  test('to hashes and MACs', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        same((crypto) => crypto.sha256(a));
        expect(same((crypto) => crypto.sha256(a, b))).toEqual(noble.sha256(Uint8Array.of(...a, ...b)));
        same((crypto) => crypto.hmacSha256(a, b));
        same((crypto) => crypto.hkdfSha256(a, b, a, a.length + b.length));
      }),
    );
  });

  test('to keys, signatures and shared secrets, and those verify and agree', () => {
    fc.assert(
      fc.property(bytes32, bytes32, text, (seed, other, message) => {
        const key = same((crypto) => crypto.ed25519KeyFromSeed(seed)) as Uint8Array;
        const signature = same((crypto) => crypto.ed25519Sign(key, message)) as Uint8Array;
        expect(same((crypto) => crypto.ed25519Verify(key.subarray(32), message, signature))).toBe(true);
        // A signature is right for its own message and key only.
        const otherKey = openssl.ed25519KeyFromSeed(other).subarray(32);
        for (const [publicKey, signed] of [
          [key.subarray(32), Uint8Array.of(...message, 0)],
          [otherKey, message],
        ] as const) {
          if (toHex(seed) === toHex(other) && signed === message) continue;
          expect(same((crypto) => crypto.ed25519Verify(publicKey, signed, signature))).toBe(false);
        }
        const ours = same((crypto) => crypto.x25519PublicKey(seed)) as Uint8Array;
        const theirs = same((crypto) => crypto.x25519PublicKey(other)) as Uint8Array;
        const shared = same((crypto) => crypto.x25519(seed, theirs));
        expect(openssl.x25519(other, ours)).toEqual(shared);
      }),
      { numRuns: 40 },
    );
  });

  test('to X25519 with any public key, undefined for each one of low order', () => {
    const P = 2n ** 255n - 19n;
    const order8 = 325606250916557431795983626356110631294008115727848805560023387167927233504n;
    const odd = fc.constantFrom(0n, 1n, P - 1n, P, P + 1n, order8);
    fc.assert(
      fc.property(bytes32, odd, fc.boolean(), (secret, u, top) => {
        const publicKey = littleEndian(u + (top ? 1n << 255n : 0n));
        expect(same((crypto) => crypto.x25519(secret, publicKey))).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(bytes32, bytes32, (secret, publicKey) => {
        same((crypto) => crypto.x25519(secret, publicKey));
      }),
      { numRuns: 40 },
    );
  });

  test('to the X25519 keys of an Ed25519 key, and what noble makes of a point is the same', () => {
    fc.assert(
      fc.property(bytes32, bytes32, (seed, any) => {
        const key = noble.ed25519KeyFromSeed(seed);
        const secret = same((crypto) => crypto.x25519SecretOf(key)) as Uint8Array;
        const image = same((crypto) => crypto.x25519PublicKeyOf(key.subarray(32)));
        expect(image).toEqual(noble.x25519PublicKey(secret));
        expect(image).toEqual(ed25519.utils.toMontgomery(key.subarray(32)));
        same((crypto) => crypto.x25519PublicKeyOf(any));
      }),
      { numRuns: 40 },
    );
  });

  test('to sealed text, whole, cut short, or with one bit changed', () => {
    fc.assert(
      fc.property(bytes32, fc.nat({ max: 0xffffffff }), text, text, fc.nat(), (key, n, ad, plain, at) => {
        const sealed = same((crypto) => crypto.seal(key, n, ad, plain)) as Uint8Array;
        const nonce = new Uint8Array(12);
        new DataView(nonce.buffer).setBigUint64(4, BigInt(n), true);
        expect(opensslSeal(key, nonce, ad, plain)).toEqual(sealed);
        expect(same((crypto) => crypto.open(key, n, ad, sealed))).toEqual(plain);
        const bit = at % (sealed.length * 8);
        sealed[bit >> 3] ^= 1 << (bit & 7);
        expect(same((crypto) => crypto.open(key, n, ad, sealed))).toBeUndefined();
        expect(
          same((crypto) => crypto.open(key, n, ad, sealed.subarray(0, at % sealed.length))),
        ).toBeUndefined();
      }),
    );
  });

  test('to Ed25519 signatures made by a cheat, and some of them are valid, some cofactored-only', () => {
    let valid = 0;
    let cofactoredOnly = 0;
    fc.assert(
      fc.property(attempts, ({ publicKey, message, signature }) => {
        const verdict = same((crypto) => crypto.ed25519Verify(publicKey, message, signature));
        if (verdict) valid++;
        else if (publicKey.length === 32 && signature.length === 64) {
          if (ed25519.verify(signature, message, publicKey, { zip215: true })) cofactoredOnly++;
        }
      }),
      { numRuns: 600 },
    );
    expect(valid).toBeGreaterThan(20);
    expect(cofactoredOnly).toBeGreaterThan(20);
  });
});

/** Verdicts of the real libsodium, from a list of hex lines: public key, message, signature. */
const SODIUM = `
import ctypes, sys
s = ctypes.CDLL('libsodium.so.23')
s.sodium_init()
for line in sys.stdin:
    pk, m, sig = (bytes.fromhex(x) for x in line.rstrip('\\n').split(','))
    print(s.crypto_sign_verify_detached(sig, m, ctypes.c_ulonglong(len(m)), pk))
`;
const sodium = (input: string) => spawnSync('python3', ['-c', SODIUM], { input, encoding: 'utf8' });

describe.skipIf(skipWithout(sodium('').status === 0, 'libsodium.so.23 or python3'))(
  'libsodium (skipped without python3 and libsodium.so.23)',
  () => {
    test('accepts and refuses the same Ed25519 signatures as our providers', () => {
      fc.assert(
        fc.property(fc.array(attempts, { minLength: 400, maxLength: 400 }), (all) => {
          const fit = all.filter((x) => x.publicKey.length === 32 && x.signature.length === 64);
          const lines = fit.map((x) => `${[x.publicKey, x.message, x.signature].map(toHex).join(',')}\n`);
          const verdicts = sodium(lines.join('')).stdout.trim().split('\n');
          expect(verdicts.length).toBe(fit.length);
          fit.forEach((x, i) => {
            const ours = openssl.ed25519Verify(x.publicKey, x.message, x.signature);
            expect(ours, lines[i]).toBe(verdicts[i] === '0');
          });
        }),
        { numRuns: 3, endOnFailure: true },
      );
    });
  },
);

for (const [name, crypto] of providers) {
  describe(`${name} on shapes`, () => {
    test('compares contents and lengths', () => {
      expect(crypto.equal(fromHex('0102'), fromHex('0102'))).toBe(true);
      expect(crypto.equal(fromHex('0102'), fromHex('0103'))).toBe(false);
      expect(crypto.equal(fromHex('0102'), fromHex('01'))).toBe(false);
    });

    test('accepts every S below L at the edges and refuses L itself', () => {
      const key = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(7));
      const signature = crypto.ed25519Sign(key, fromHex('00'));
      expect(number(signature.subarray(32))).toBeLessThan(ed25519.Point.Fn.ORDER);
      signature.set(littleEndian(ed25519.Point.Fn.ORDER), 32);
      expect(crypto.ed25519Verify(key.subarray(32), fromHex('00'), signature)).toBe(false);
    });

    test('throws on lengths and counters that only a mistake in our own code can bring', () => {
      const short = new Uint8Array(31);
      const key = new Uint8Array(32);
      for (const call of [
        () => crypto.ed25519KeyFromSeed(short),
        () => crypto.ed25519Sign(key, short),
        () => crypto.x25519PublicKey(short),
        () => crypto.x25519(short, key),
        () => crypto.x25519(key, short),
        () => crypto.seal(short, 0, key, key),
        () => crypto.open(short, 0, key, key),
        () => crypto.seal(key, 2 ** 32, key, key),
        () => crypto.open(key, -1, key, key),
      ]) {
        expect(call).toThrow(RangeError);
      }
    });
  });
}
