import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { opensslCrypto as plain } from '../../hal/crypto/openssl.js';
import type { Crypto } from '../../hal/crypto.js';
import { sharedCrypto } from '../../sim/world/shared-crypto.js';
import { attempts } from '../hal/crypto/adversarial-ed25519.js';
import { fromHex } from '../hal/crypto/providers.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const text = fc.uint8Array({ maxLength: 200 });

/** A provider that counts what it computes itself. */
function counted(): { crypto: Crypto; calls: Map<string, number> } {
  const calls = new Map<string, number>();
  const entries = Object.entries(plain).map(([name, call]) => [
    name,
    (...args: unknown[]) => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return (call as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  return { crypto: Object.fromEntries(entries), calls };
}

/** Both answers, the second one after it may have been remembered, and after the first was wiped. */
function same(shared: Crypto, call: (crypto: Crypto) => Uint8Array | boolean | undefined): void {
  const answer = call(plain);
  for (let i = 0; i < 2; i++) {
    const own = call(shared);
    expect(own).toStrictEqual(answer);
    if (own instanceof Uint8Array) own.fill(0);
  }
}

/** `bytes` with one bit changed. */
function bent(bytes: Uint8Array, at: number): Uint8Array {
  const other = bytes.slice();
  if (other.length > 0) other[at % other.length] ^= 1 << (at & 7);
  return other;
}

describe('the crypto of a town answers as the plain one', () => {
  const shared = sharedCrypto(plain);

  test('to signatures, its own and damaged ones', () => {
    fc.assert(
      fc.property(bytes32, text, fc.nat(), (seed, message, at) => {
        const key = plain.ed25519KeyFromSeed(seed);
        const publicKey = key.slice(32);
        const signature = plain.ed25519Sign(key, message);
        same(shared, (crypto) => crypto.ed25519Sign(key, message));
        same(shared, (crypto) => crypto.ed25519Verify(publicKey, message, signature));
        same(shared, (crypto) => crypto.ed25519Verify(publicKey, message, bent(signature, at)));
        same(shared, (crypto) => crypto.ed25519Verify(bent(publicKey, at), message, signature));
        same(shared, (crypto) =>
          crypto.ed25519Verify(publicKey, Uint8Array.of(...message, at & 0xff), signature),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('to a key whose public half is another’s: the seed counts', () => {
    const [ours, theirs] = [1, 2].map((fill) => plain.ed25519KeyFromSeed(new Uint8Array(32).fill(fill)));
    const mixed = Uint8Array.of(...ours.slice(0, 32), ...theirs.slice(32));
    const message = Uint8Array.of(7);
    const signature = shared.ed25519Sign(mixed, message);
    expect(shared.ed25519Verify(theirs.slice(32), message, signature)).toBe(false);
    expect(shared.ed25519Verify(ours.slice(32), message, signature)).toBe(true);
  });

  test('to hostile signatures', () => {
    fc.assert(
      fc.property(attempts, ({ publicKey, message, signature }) =>
        same(shared, (crypto) => crypto.ed25519Verify(publicKey, message, signature)),
      ),
    );
    same(shared, (crypto) => crypto.ed25519Verify(new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)));
  });

  test('to X25519 of both sides and of strangers', () => {
    fc.assert(
      fc.property(bytes32, bytes32, bytes32, (a, b, stranger) => {
        const [A, B] = [a, b].map((secret) => plain.x25519PublicKey(secret));
        same(shared, (crypto) => crypto.x25519PublicKey(a));
        same(shared, (crypto) => crypto.x25519(a, B));
        same(shared, (crypto) => crypto.x25519(b, A));
        same(shared, (crypto) => crypto.x25519(a, stranger));
        // The same point, in an encoding that no public key has.
        const top = B.slice();
        top[31] |= 0x80;
        same(shared, (crypto) => crypto.x25519(a, top));
      }),
      { numRuns: 50 },
    );
  });

  test('to points of low order', () => {
    const order8 = 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800';
    for (const point of ['00'.repeat(32), `01${'00'.repeat(31)}`, order8])
      same(shared, (crypto) => crypto.x25519(new Uint8Array(32).fill(5), fromHex(point)));
  });

  test('to derived keys', () => {
    fc.assert(
      fc.property(text, text, text, fc.nat(99), (salt, material, info, bytes) => {
        same(shared, (crypto) => crypto.hkdfSha256(salt, material, info, bytes));
        same(shared, (crypto) => crypto.hkdfSha256(bent(salt, bytes), material, info, bytes));
        same(shared, (crypto) => crypto.hkdfSha256(salt, material, bent(info, bytes), bytes));
        same(shared, (crypto) => crypto.hkdfSha256(salt, material, info, bytes + 1));
      }),
    );
  });

  test('to sealed text, whole and damaged', () => {
    const counter = fc.nat({ max: 0xfffffffe });
    fc.assert(
      fc.property(bytes32, counter, text, text, fc.nat(), (key, n, associated, plaintext, at) => {
        const sealed = plain.seal(key, n, associated, plaintext);
        same(shared, (crypto) => crypto.seal(key, n, associated, plaintext));
        same(shared, (crypto) => crypto.open(key, n, associated, sealed));
        same(shared, (crypto) => crypto.open(key, n + 1, associated, sealed));
        same(shared, (crypto) => crypto.open(key, n, Uint8Array.of(...associated, 1), sealed));
        same(shared, (crypto) => crypto.open(key, n, associated, bent(sealed, at)));
        same(shared, (crypto) => crypto.open(bent(key, at), n, associated, sealed));
      }),
    );
  });

  test('to lengths that are wrong', () => {
    const [short, right] = [new Uint8Array(1), new Uint8Array(32).fill(9)];
    for (const call of [
      (crypto: Crypto) => crypto.x25519PublicKey(short),
      (crypto: Crypto) => crypto.x25519(short, right),
      (crypto: Crypto) => crypto.x25519(right, short),
      (crypto: Crypto) => crypto.ed25519Sign(short, right),
      (crypto: Crypto) => crypto.seal(short, 0, short, short),
      (crypto: Crypto) => crypto.open(short, 0, short, new Uint8Array(16)),
      (crypto: Crypto) => crypto.hkdfSha256(short, short, short, 255 * 32 + 1),
    ]) {
      expect(() => call(plain)).toThrow(RangeError);
      expect(() => call(shared)).toThrow(RangeError);
    }
  });
});

test('what one side has computed, the other looks up', () => {
  const { crypto, calls } = counted();
  const shared = sharedCrypto(crypto);
  const [a, b, c] = [3, 4, 5].map((fill) => new Uint8Array(32).fill(fill));
  const [A, B, C] = [a, b, c].map((secret) => shared.x25519PublicKey(secret));
  const agreed = [shared.x25519(a, B), shared.x25519(a, C)];
  expect([shared.x25519(b, A), shared.x25519(c, A)]).toEqual(agreed);
  const key = shared.ed25519KeyFromSeed(a);
  const signature = shared.ed25519Sign(key, b);
  expect(shared.ed25519Verify(key.subarray(32), b, signature)).toBe(true);
  const keys = [1, 2].map(() => shared.hkdfSha256(a, b, A, 64));
  expect(keys[0]).toEqual(keys[1]);
  expect(shared.open(a, 5, B, shared.seal(a, 5, B, b))).toEqual(b);
  const { x25519, x25519PublicKey, ed25519Verify = 0, hkdfSha256, open = 0 } = Object.fromEntries(calls);
  expect([x25519, x25519PublicKey, ed25519Verify, hkdfSha256, open]).toEqual([2, 3, 0, 1, 0]);
});
