import { describe, expect, test } from 'vitest';
import { skipWithout } from '../support/external.js';
import { vectorsPresent } from '../support/vectors.js';
import { cryptoInput } from './crypto-input.js';
import { testEverywhere } from './everywhere.js';
import { suite } from './suites/crypto.js';

const input = cryptoInput();

for (const libsodium of [false, true])
  testEverywhere({ module: './test/xs/suites/crypto.js', suite, input, libsodium });

describe('the vectors', () => {
  test('have signatures of each kind', () => {
    const valid = input.attempts.filter((attempt) => attempt.valid).length;
    expect(valid).toBeGreaterThan(20);
    expect(input.attempts.length - valid).toBeGreaterThan(100);
  });

  test.skipIf(skipWithout(vectorsPresent, 'the vectors'))('have all of Wycheproof', () => {
    const { ed25519, x25519, hmac, hkdf } = input.wycheproof!;
    expect([ed25519.length, x25519.length, hmac.length, hkdf.length]).toEqual([151, 518, 174, 86]);
  });
});
