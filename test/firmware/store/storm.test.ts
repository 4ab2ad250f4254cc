import { describe, expect, test } from 'vitest';
import { format, openStore } from '../../../firmware/store/open.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { DEEDS, FILLS, playStorm } from '../../../sim/store/storm.js';
import { playWalletStorm } from '../../../sim/wallet/storm.js';

const CUTS = 250;
const OPERATIONS = [1, 2, 3, 4, 5, 6, 7, 8, 13, 21, 34, undefined];
/** The command `npm run fuzz:store -- --storm` tries them all, and longer. */
const WALLET_OPERATIONS = [3, 6, undefined];
const WALLET_CUTS = 250;

describe.each([4, 16])(
  'over units of %i bytes, a storm of cuts in the same operation of every boot',
  (unit) => {
    describe.each(FILLS)('on a store that is %s', (fill) => {
      test.each(DEEDS)('takes no room for good, when each boot does %s', (deed) => {
        for (const operation of OPERATIONS) {
          const options = { seed: 1, unit, fill, deed, operation, cuts: CUTS };
          expect(() => playStorm({ format, openStore }, options), `operation ${operation}`).not.toThrow();
        }
      });
    });
  },
);

test.each(WALLET_OPERATIONS)('a whole wallet pays and syncs after a storm in operation %s', (operation) => {
  expect(() =>
    playWalletStorm({ crypto: opensslCrypto, seed: 1, operation, cuts: WALLET_CUTS }),
  ).not.toThrow();
});

test('boots that pay a store full in a storm leave it one that a sync makes room in', () => {
  const options = { seed: 1, fill: 'nearly empty', deed: 'a payment', operation: undefined } as const;
  for (const unit of [4, 16])
    expect(() => playStorm({ format, openStore }, { ...options, unit, cuts: 100 })).not.toThrow();
});
