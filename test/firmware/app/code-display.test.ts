import { describe, expect, test } from 'vitest';
import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { CODE_VALIDITY_S, CODES_SHOWN_MS_MAX, NO_CODE_SHOWN_MS } from '../../../firmware/limits.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { pictureOfModules } from '../../../tools/cli/pos/qr-picture.js';
import { readCodes } from '../../../tools/cli/pos/qr-reader.js';
import { pixelsOf } from '../../../tools/codes/round-trip.js';
import { NOW_S, PLATFORM_KEY } from '../account/account-codes.js';

/** A wearable that has met its bank, and has an account or none. */
function wearable(hasAccount: boolean) {
  const world = new World(3, NOW_S, crypto);
  const bank = new TestBank(crypto, NOW_S);
  const watch = world.device('watch', { face: 'screen' });
  bank.enrol(watch);
  bank.settle(watch.wallet, []);
  const { publicKey, own_s, codes } = watch.wallet;
  const fields = { quota: 20_000, tier: 1, scene: 0, serial: 1, publicKey, notBefore_s: own_s };
  const pseudonym = new Uint8Array(8).fill(9);
  const certificate = { ...fields, pseudonym, notAfter_s: own_s + 3_600 };
  if (hasAccount) codes.take(AccountCertificate.build(crypto, PLATFORM_KEY, certificate).bytes);
  watch.showState();
  const read = async (): Promise<AccountCode | undefined> => {
    if (!watch.code) return undefined;
    const [text] = (await readCodes(pixelsOf(pictureOfModules(watch.code, 2)))) ?? [];
    return AccountCode.parse(ascii(text ?? ''));
  };
  return { world, watch, read, press: () => watch.press(1, 'short') };
}

describe('a wearable’s codes', () => {
  test('are shown after a press, each fresh before the last has run out, and then no more', async () => {
    const { world, watch, read, press } = wearable(true);
    expect(watch.screen).toEqual(['Ready', 'B: show a code', 'hold A: ask   hold B: pay a tag']);
    press();
    const seconds = CODES_SHOWN_MS_MAX / 1_000;
    const counters = new Set<number>();
    for (let second = 0; second < seconds; second++) {
      const code = await read();
      expect(code?.verify(crypto)).toBe(true);
      if (!code) return;
      counters.add(code.counter);
      expect(code.created_s + CODE_VALIDITY_S).toBeGreaterThan(watch.wallet.own_s);
      world.pass(1);
    }
    expect([...counters]).toEqual([1, 2, 3]);
    world.pass(1);
    expect(watch.code).toBeUndefined();
    expect(watch.screen?.[0]).toBe('Ready');
  });

  test('are hidden by the same button, and the next is another', async () => {
    const { watch, read, press } = wearable(true);
    press();
    expect((await read())?.counter).toBe(1);
    press();
    expect(watch.code).toBeUndefined();
    press();
    expect((await read())?.counter).toBe(2);
  });

  test('are gone from the screen of a device that is switched off, and do not come back with it', () => {
    const { watch, press } = wearable(true);
    press();
    watch.switchOff();
    expect(watch.code).toBeUndefined();
    watch.switchOn();
    expect(watch.code).toBeUndefined();
  });

  test('are not there without an account: it says why, for a moment', () => {
    const { world, watch, press } = wearable(false);
    press();
    expect(watch.screen).toEqual(['No code', 'no account: sync', '']);
    world.pass(NO_CODE_SHOWN_MS / 1_000 + 1);
    expect(watch.screen?.[0]).toBe('Ready');
  });

  test('end when the certificate does, and the reason comes in their place', () => {
    const { world, watch, press } = wearable(true);
    world.pass(3_600 - (watch.wallet.own_s - NOW_S) - 10);
    press();
    expect(watch.code).toBeDefined();
    world.pass(50);
    expect(watch.screen).toEqual(['No code', 'offline too long: sync', '']);
  });
});
