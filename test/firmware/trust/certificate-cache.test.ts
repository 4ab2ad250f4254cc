import { describe, expect, test } from 'vitest';
import { CERTIFICATE_CACHE_MAX } from '../../../firmware/limits.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';
import type { Device } from '../../../sim/device/device.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';

const START_S = 1_800_000_000;
const LOADED = 10_000;

/** A world whose devices count the signatures that they verify, together. */
function market(stalls: number) {
  let verified = 0;
  const crypto: Crypto = {
    ...opensslCrypto,
    ed25519Verify: (key, message, signature) => {
      verified++;
      return opensslCrypto.ed25519Verify(key, message, signature);
    },
  };
  const world = new World(1, START_S, crypto);
  const bank = new TestBank(crypto, START_S);
  const watch = world.device('watch');
  bank.enrol(watch);
  bank.settle(watch.wallet, bank.notes(watch.wallet, [LOADED]));
  const made: Device[] = [];
  for (let i = 0; i < stalls; i++) {
    const stall = world.device(`stall ${i}`);
    bank.enrol(stall, { category: 5812 });
    made.push(stall);
  }
  const pay = (stall: Device): number => {
    verified = 0;
    expect(world.touch(stall, watch, stall.terminal.order('pull', 1)).result?.outcome).toBe('paid');
    expect(wholeValue(watch.wallet, ...made.map(({ wallet }) => wallet))).toBe(LOADED);
    return verified;
  };
  return { watch, stalls: made, pay };
}

describe('a certificate seen before', () => {
  test('is not verified again, on either side, also when both have lost power since', () => {
    const { watch, stalls, pay } = market(1);
    const [stall] = stalls;
    const strangers = pay(stall);
    expect(pay(stall)).toBe(strangers - 2);
    for (const device of [watch, stall]) {
      device.powerOff();
      device.powerOn();
    }
    expect(pay(stall)).toBe(strangers - 2);
  });

  test('makes room for newer ones when there are too many', () => {
    const { watch, stalls, pay } = market(CERTIFICATE_CACHE_MAX + 1);
    const [first, second] = stalls;
    const strangers = pay(first);
    for (const stall of stalls.slice(1)) expect(pay(stall)).toBe(strangers);
    expect(pay(second)).toBe(strangers - 2);
    expect(pay(first)).toBe(strangers - 1); // the stall still knows the watch
    watch.powerOff();
    watch.powerOn();
    expect(pay(first)).toBe(strangers - 2);
  });
});
