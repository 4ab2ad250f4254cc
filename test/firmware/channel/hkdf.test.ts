import { describe, expect, test } from 'vitest';
import { hkdf } from '../../../firmware/channel/hkdf.js';
import { nobleCrypto } from '../../../hal/crypto/noble.js';
import { fromHex, providers, readVectors, toHex, vectorsPresent } from '../../hal/crypto/providers.js';
import { skipWithout } from '../../support/external.js';

describe.skipIf(skipWithout(vectorsPresent, 'the vectors'))(
  'HKDF-SHA-256 of Wycheproof (skipped when ../shared/vectors is absent)',
  () => {
    for (const [name, crypto] of providers) {
      test(`over ${name}`, () => {
        let count = 0;
        for (const group of readVectors('wycheproof/hkdf_sha256_test.json').testGroups) {
          for (const c of group.tests) {
            const run = () => toHex(hkdf(crypto, fromHex(c.salt), fromHex(c.ikm), fromHex(c.info), c.size));
            if (c.result === 'valid') expect(run(), `tcId ${c.tcId}`).toBe(c.okm);
            else expect(run, `tcId ${c.tcId}`).toThrow(RangeError);
            count++;
          }
        }
        expect(count).toBe(86);
      });
    }
  },
);

test('HKDF of RFC 5869, test case 3: no salt, no info, a length that is no multiple of 32', () => {
  const none = new Uint8Array(0);
  expect(toHex(hkdf(nobleCrypto, none, new Uint8Array(22).fill(0x0b), none, 42))).toBe(
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  );
});
