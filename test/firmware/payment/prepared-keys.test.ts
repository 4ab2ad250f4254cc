import { expect, test } from 'vitest';
import { KeyPlace } from '../../../firmware/trust/trust.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';
import { hex } from '../../../sim/bank/bytes.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';

const START_S = 1_800_000_000;

/** Which keys were prepared, and under which something was verified, in the order of the calls. */
function stage() {
  const calls: string[] = [];
  const crypto: Crypto = {
    ...opensslCrypto,
    ed25519Prepare: (key, place) => void calls.push(`prepare ${hex(key)} at ${place}`),
    ed25519Verify: (key, message, signature) => {
      calls.push(`verify ${hex(key)}`);
      return opensslCrypto.ed25519Verify(key, message, signature);
    },
  };
  const world = new World(7, START_S, crypto);
  const bank = new TestBank(crypto, START_S);
  const device = (name: string, values: readonly number[]) => {
    const made = world.device(name);
    bank.enrol(made);
    bank.settle(made.wallet, bank.notes(made.wallet, values));
    return made;
  };
  const [shop, customer] = [device('shop', [100]), device('customer', [100])];
  calls.length = 0;
  const touch = (kind: 'pull' | 'push') => {
    const { result } = world.touch(shop, customer, shop.terminal.order(kind, 5));
    expect(result?.outcome).toBe('paid');
    return calls.splice(0);
  };
  return { shop, customer, touch };
}

test.each([
  ['pull', 'customer'],
  ['push', 'shop'],
] as const)('the payer’s key is prepared before its transfer is verified: %s', (kind, payer) => {
  const all = stage();
  const key = hex(all[payer].wallet.publicKey);
  const calls = all.touch(kind);
  const prepared = calls.indexOf(`prepare ${key} at ${KeyPlace.counterpart}`);
  expect(prepared).toBeGreaterThan(0);
  // The last verification of the touch under that key is that of the transfer.
  expect(calls.lastIndexOf(`verify ${key}`)).toBeGreaterThan(prepared);
  expect(calls.filter((call) => call.endsWith(` at ${KeyPlace.counterpart}`))).toHaveLength(1);
});
