import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { CODE_VALIDITY_S } from '../../../firmware/limits.js';
import { Standing } from '../../../firmware/objects/settlement.js';
import { Key } from '../../../firmware/store/keys.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { survives } from '../../../sim/chip/power-cut.js';
import type { Device } from '../../../sim/device/device.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { rot } from '../../support/rot.js';
import { NOW_S, PLATFORM_KEY } from './account-codes.js';

const DAY_S = 86_400;
const LIFE_S = 4 * DAY_S;

/** A wallet that has met its bank. */
function synced() {
  const world = new World(7, NOW_S, crypto);
  const bank = new TestBank(crypto, NOW_S);
  const watch = world.device('watch');
  bank.enrol(watch, { pin: '2468' });
  bank.settle(watch.wallet, []);
  return { world, bank, watch };
}

let serials = 0;
const certify = ({ wallet }: Device, pseudonym: number, notBefore_s = NOW_S, life_s = LIFE_S) =>
  AccountCertificate.build(crypto, PLATFORM_KEY, {
    pseudonym: new Uint8Array(8).fill(pseudonym),
    publicKey: wallet.publicKey,
    notBefore_s,
    notAfter_s: notBefore_s + life_s,
    quota: 20_000,
    tier: 1,
    scene: 0,
    serial: ++serials,
  });

function withAccount() {
  const all = synced();
  expect(all.watch.wallet.codes.take(certify(all.watch, 1).bytes)).toBe(true);
  return all;
}

function reboot(device: Device): void {
  device.powerOff();
  device.powerOn();
}

describe('a code that a device makes', () => {
  test('is one that a scanner believes, with an amount and without', () => {
    const { watch } = withAccount();
    for (const amount of [undefined, 1_250]) {
      const { code } = watch.wallet.codes.make(amount);
      const read = code && AccountCode.parse(ascii(code.text));
      expect(read?.verify(crypto)).toBe(true);
      expect(read?.certificate.verify(crypto, PLATFORM_KEY.subarray(32))).toBe(true);
      expect(read?.amount).toBe(amount);
      expect(read?.created_s).toBe(watch.wallet.own_s);
      expect(read?.validity_s).toBe(CODE_VALIDITY_S);
    }
  });

  test('has a number that no code had before, in whatever operation of the flash power fails', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ operation: fc.nat(5), bits: fc.nat() }), { minLength: 4, maxLength: 12 }),
        (cuts) => {
          const { watch } = withAccount();
          let last = 0;
          for (const { operation, bits } of cuts) {
            let random = bits;
            watch.nor.cutAtOperation(
              operation,
              () => (random = Math.imul(random, 1_664_525) + 1_013_904_223),
            );
            let shown: number | undefined;
            const made = survives(() => {
              shown = watch.wallet.codes.make().code?.counter;
            });
            watch.nor.cutAtOperation(0, () => 0);
            if (!made) watch.powerOn();
            else if (operation % 2 === 0) reboot(watch);
            if (shown !== undefined) {
              expect(shown).toBeGreaterThan(last);
              last = shown;
            }
          }
          expect(watch.wallet.codes.make().code?.counter).toBeGreaterThan(last);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('has its number in flash before it is signed', () => {
    const { watch } = withAccount();
    for (let counter = 1; counter < 40; counter++) {
      expect(watch.wallet.codes.make().code?.counter).toBe(counter);
      if (counter % 7 === 0) reboot(watch);
    }
  });
});

describe('no code, and why', () => {
  test('without an account', () => {
    const { watch } = synced();
    expect(watch.wallet.codes.make()).toEqual({ why: 'no-certificate' });
    expect(watch.wallet.codes.needsCertificate).toBe(true);
  });

  test('when the certificate has run out, to the second', () => {
    const { world, watch } = withAccount();
    world.pass(LIFE_S - (watch.wallet.own_s - NOW_S));
    expect(watch.wallet.codes.refusal).toBeUndefined();
    expect(watch.wallet.codes.make().code).toBeDefined();
    world.pass(1);
    expect(watch.wallet.codes.refusal).toBe('expired');
    expect(watch.wallet.codes.make()).toEqual({ why: 'expired' });
  });

  test('while the clock is behind the certificate', () => {
    const { watch } = synced();
    watch.wallet.codes.take(certify(watch, 1, NOW_S + DAY_S).bytes);
    expect(watch.wallet.codes.make()).toEqual({ why: 'clock' });
  });

  test('while the bank has stopped the device, and with a locked PIN', () => {
    const { bank, watch } = withAccount();
    for (let tries = 0; tries < 3; tries++) watch.wallet.verifyPin(ascii('1111'));
    expect(watch.wallet.codes.make()).toEqual({ why: 'pin-locked' });
    bank.settle(watch.wallet, [], { standing: Standing.suspended });
    expect(watch.wallet.codes.make()).toEqual({ why: 'suspended' });
  });

  test('when the flash takes nothing any more', () => {
    const { watch } = withAccount();
    watch.nor.program = () => {};
    expect(watch.wallet.codes.make()).toEqual({ why: 'unwritable' });
    expect(watch.wallet.codes.make()).toEqual({ why: 'unwritable' });
  });

  test('when only what payments and a sync need is left in flash', () => {
    const { watch } = withAccount();
    let made = 0;
    while (watch.wallet.codes.make().code) made++;
    expect(made).toBeGreaterThan(100);
    expect(watch.wallet.codes.make()).toEqual({ why: 'full' });
    watch.wallet.tidy();
    expect(watch.wallet.codes.make().code?.counter).toBe(made + 1);
  });
});

describe('a certificate that a sync brings', () => {
  test('is kept, counted from 1, and survives a loss of power', () => {
    const { world, bank, watch } = withAccount();
    watch.wallet.codes.make();
    watch.wallet.codes.make();
    world.pass(LIFE_S / 2 + 1);
    expect(watch.wallet.codes.needsCertificate).toBe(true);
    bank.settle(watch.wallet, [], { time_s: watch.wallet.own_s });
    const next = certify(watch, 2, watch.wallet.own_s);
    expect(watch.wallet.codes.take(next.bytes)).toBe(true);
    reboot(watch);
    expect(watch.wallet.codes.needsCertificate).toBe(false);
    const { code } = watch.wallet.codes.make();
    expect(code?.counter).toBe(1);
    expect(code?.certificate.serial).toBe(next.serial);
  });

  test('of another key, cut or longer is none; an older one changes nothing', () => {
    const { watch } = withAccount();
    const { codes } = watch.wallet;
    const own = certify(watch, 2, NOW_S, 2 * LIFE_S).bytes;
    expect(codes.take(own.subarray(0, own.length - 1))).toBe(false);
    expect(codes.take(Uint8Array.of(...own, 0))).toBe(false);
    const others = own.slice();
    others.set(PLATFORM_KEY.subarray(32), own.length - 66 - 5 - 3 - 1 - 5 - 5 - 5 - 32);
    expect(AccountCertificate.parse(others)).toBeDefined();
    expect(codes.take(others)).toBe(false);
    codes.make();
    expect(codes.take(certify(watch, 3, NOW_S, LIFE_S - 1).bytes)).toBe(true);
    expect(codes.certificate?.pseudonym).toEqual(new Uint8Array(8).fill(1));
    expect(codes.make().code?.counter).toBe(2);
  });

  test('is the old one or the new one with its own count, in whatever operation power fails', () => {
    for (let operation = 1; operation <= 12; operation++) {
      const { watch } = withAccount();
      for (let codes = 0; codes < 5; codes++) watch.wallet.codes.make();
      const next = certify(watch, 2, NOW_S, 2 * LIFE_S);
      watch.nor.cutAtOperation(operation, () => 0x5a5a5a5a);
      if (!survives(() => watch.wallet.codes.take(next.bytes))) watch.powerOn();
      watch.nor.cutAtOperation(0, () => 0);
      reboot(watch);
      const { code } = watch.wallet.codes.make();
      expect(code && [code.certificate.pseudonym[0], code.counter]).toEqual(
        code?.certificate.pseudonym[0] === 2 ? [2, 1] : [1, 6],
      );
    }
  });
});

describe('what has rotted', () => {
  test('a certificate: none, and the same one again is counted on', () => {
    const { watch } = withAccount();
    const { bytes } = watch.wallet.codes.certificate as AccountCertificate;
    watch.wallet.codes.make();
    watch.powerOff();
    expect(rot(watch.nor, Key.accountCertificate)).toBeGreaterThan(0);
    watch.powerOn();
    expect(watch.wallet.codes.make()).toEqual({ why: 'no-certificate' });
    expect(watch.wallet.codes.take(bytes)).toBe(true);
    expect(watch.wallet.codes.make().code?.counter).toBe(2);
  });

  test('a counter: its certificate is used up, until one with another pseudonym comes', () => {
    const { watch } = withAccount();
    const { bytes } = watch.wallet.codes.certificate as AccountCertificate;
    watch.wallet.codes.make();
    watch.powerOff();
    expect(rot(watch.nor, Key.accountCounter)).toBeGreaterThan(0);
    watch.powerOn();
    expect(watch.wallet.codes.take(bytes)).toBe(true);
    expect(watch.wallet.codes.make()).toEqual({ why: 'no-certificate' });
    expect(watch.wallet.codes.take(certify(watch, 2).bytes)).toBe(true);
    expect(watch.wallet.codes.make().code?.counter).toBe(1);
  });
});
