import { expect, test } from 'vitest';
import { concat } from '../../../firmware/bytes.js';
import { CLOCKS_APART_S_DEFAULT } from '../../../firmware/limits.js';
import { type Limits, PROFILE_BYTES, Profile } from '../../../firmware/objects/profile.js';
import { signInPlace } from '../../../firmware/objects/signed.js';
import { UNLIMITED } from '../../../firmware/selftest/test-issuer.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';

const START_S = 1_800_000_000;
const ELEMENTS = 0x93;
/** Its last number, the head of that included, and what stands behind it. */
const NUMBER_BYTES = 5;
const TAIL_BYTES = 2 + 64;

/** As 0.2.0 signed it: one number less. */
function profileOf02(key: Uint8Array, device: Uint8Array, limits: Limits): Uint8Array {
  const { bytes } = Profile.build(crypto, key, device, limits);
  const numberAt = PROFILE_BYTES - TAIL_BYTES - NUMBER_BYTES;
  const old = concat(Uint8Array.of(ELEMENTS), bytes.slice(1, numberAt), bytes.slice(-TAIL_BYTES));
  signInPlace(crypto, key, old);
  return old;
}

test('a device that was given its profile by a bank of 0.2.0 boots with it, and with the default for clocks', () => {
  const world = new World(3, START_S, crypto);
  const bank = new TestBank(crypto, START_S);
  const device = world.device('card');
  bank.enrol(device, { limits: { clocksApart_s: 7 } });
  const limits = { ...UNLIMITED, version: 2, paymentMax: 777, operators: [bank.number], clocksApart_s: 8 };
  const old = profileOf02(bank.operatorKey, device.wallet.certificate.id, limits);
  expect(old).toHaveLength(203);
  expect(device.wallet.takeObject(old)).toBe(true);
  for (const isBooted of [false, true]) {
    if (isBooted) {
      device.powerOff();
      device.powerOn();
    }
    expect(device.wallet.limits).toEqual({ ...limits, clocksApart_s: CLOCKS_APART_S_DEFAULT });
  }
});

test('one that is neither of 0.2.0 nor of now is none', () => {
  const old = profileOf02(crypto.ed25519KeyFromSeed(new Uint8Array(32)), new Uint8Array(8), UNLIMITED);
  expect(Profile.parse(old)).toBeDefined();
  expect(Profile.parse(old.with(0, ELEMENTS + 1))).toBeUndefined();
  expect(Profile.parse(concat(old, new Uint8Array(NUMBER_BYTES)))).toBeUndefined();
});
