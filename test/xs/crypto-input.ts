/**
 * Vectors for the crypto suite, prepared in Node: samples that the reference provider answers, and the
 * published ones.
 */
import fc from 'fast-check';
import { nobleCrypto as noble } from '../../hal/crypto/noble.js';
import { attempts, littleEndian } from '../hal/crypto/adversarial-ed25519.js';
import { toHex } from '../hal/crypto/providers.js';
import { readVectors, vectorsPresent } from '../support/vectors.js';
import type { CryptoInput, Wycheproof } from './suites/crypto.js';

const SEED = 25519;
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const text = fc.uint8Array({ maxLength: 300 });
const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number) =>
  fc.sample(arbitrary, { seed: SEED, numRuns });

const PRIME = 2n ** 255n - 19n;

/** Where a carry or a borrow goes through all of a number, with the sign bit and without. */
function extremes(): Uint8Array[] {
  const near = [0n, 1n, 2n, 3n, PRIME - 2n, PRIME - 1n, PRIME, PRIME + 1n, PRIME + 2n, 2n ** 255n - 1n];
  const powers = [32n, 64n, 128n, 224n].flatMap((bit) => [2n ** bit - 1n, 2n ** bit, 2n ** bit + 1n]);
  return [...near, ...powers].flatMap((y) => [littleEndian(y), littleEndian(y + 2n ** 255n)]);
}

export function cryptoInput(): CryptoInput {
  return {
    hashes: sample(fc.tuple(text, text), 40).map(([a, b]) => ({
      a: toHex(a),
      b: toHex(b),
      sha256: toHex(noble.sha256(a, b)),
      hmac: toHex(noble.hmacSha256(a, b)),
      hkdf: toHex(noble.hkdfSha256(a, b, a, a.length + b.length)),
    })),
    keys: sample(fc.tuple(bytes32, text), 20).map(([seed, message]) => {
      const key = noble.ed25519KeyFromSeed(seed);
      return {
        seed: toHex(seed),
        message: toHex(message),
        key: toHex(key),
        signature: toHex(noble.ed25519Sign(key, message)),
        x25519: toHex(noble.x25519PublicKey(seed)),
        secretOf: toHex(noble.x25519SecretOf(key)),
      };
    }),
    images: [...extremes(), ...sample(bytes32, 40)].map((ed25519) => {
      const image = noble.x25519PublicKeyOf(ed25519);
      return { ed25519: toHex(ed25519), x25519: image && toHex(image) };
    }),
    seals: sample(fc.tuple(bytes32, fc.nat({ max: 0xffffffff }), text, text), 40).map(
      ([key, counter, associated, plain]) => ({
        key: toHex(key),
        counter,
        associated: toHex(associated),
        plain: toHex(plain),
        sealed: toHex(noble.seal(key, counter, associated, plain)),
      }),
    ),
    attempts: sample(attempts, 400).map(({ publicKey, message, signature }) => ({
      publicKey: toHex(publicKey),
      message: toHex(message),
      signature: toHex(signature),
      valid: noble.ed25519Verify(publicKey, message, signature),
    })),
    ...(vectorsPresent && { wycheproof: published() }),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: each published file has its own shape
function each<T>(file: string, pick: (test: any, group: any) => T): T[] {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return readVectors(`wycheproof/${file}_test.json`).testGroups.flatMap((group: any) =>
    // biome-ignore lint/suspicious/noExplicitAny: as above
    group.tests.map((test: any) => pick(test, group)),
  );
}

const published = (): Wycheproof => ({
  ed25519: each('ed25519', (test, group) => ({
    id: test.tcId,
    publicKey: group.publicKey.pk,
    message: test.msg,
    signature: test.sig,
    valid: test.result === 'valid',
  })),
  x25519: each('x25519', (test) => ({
    id: test.tcId,
    secret: test.private,
    publicKey: test.public,
    shared: test.shared,
    zero: test.flags.includes('ZeroSharedSecret'),
  })),
  hmac: each('hmac_sha256', (test) => ({
    id: test.tcId,
    key: test.key,
    message: test.msg,
    tag: test.tag,
    valid: test.result === 'valid',
  })),
  hkdf: each('hkdf_sha256', (test) => ({
    id: test.tcId,
    salt: test.salt,
    material: test.ikm,
    info: test.info,
    bytes: test.size,
    keys: test.result === 'valid' ? test.okm : undefined,
  })),
});
