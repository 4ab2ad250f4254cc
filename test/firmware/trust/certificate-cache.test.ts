import { describe, expect, test } from 'vitest';
import { CERTIFICATE_CACHE_MAX } from '../../../firmware/limits.js';
import { Key } from '../../../firmware/store/keys.js';
import { MirroredStore } from '../../../firmware/store/mirrored-store.js';
import { format } from '../../../firmware/store/open.js';
import { CertificateCache } from '../../../firmware/trust/certificate-cache.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
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

describe('the certificates of a device', () => {
  const bank = new TestBank(opensslCrypto, START_S);
  const certify = () => bank.certify(bank.random(32));
  const mirroredOn = (nor: NorFlash) => new MirroredStore(format(nor, crc32));

  test('are remembered whole, in RAM until they are in flash, and from there after a boot', () => {
    const mirrored = mirroredOn(new NorFlash({ sectorCount: 16 }));
    const cache = new CertificateCache(mirrored);
    const [mine, other] = [certify(), certify()];
    for (const each of [mine, other]) cache.add(opensslCrypto.sha256(each.bytes), each);
    const found = (of: CertificateCache) => of.certificatesOf(mine.id).map(({ bytes }) => bytes);
    expect(found(cache)).toEqual([mine.bytes]);
    expect(found(new CertificateCache(mirrored))).toEqual([]);
    for (let i = 0; i < 2; i++) {
      cache.allowSave();
      expect(cache.save()).toBe(true);
    }
    expect(cache.save()).toBe(false);
    const next = new CertificateCache(mirrored);
    for (const each of [cache, next]) expect(found(each)).toEqual([mine.bytes]);
    expect(next.knows(opensslCrypto.sha256(mine.bytes))).toBe(true);
    expect(next.certificatesOf(new Uint8Array(8))).toEqual([]);
  });

  test('are not in the records of 0.2.0, which have a hash alone: those are verified once more', () => {
    const mirrored = mirroredOn(new NorFlash({ sectorCount: 16 }));
    const hash = opensslCrypto.sha256(certify().bytes);
    mirrored.write(Key.certificateCache, hash);
    const cache = new CertificateCache(mirrored);
    expect(cache.knows(hash)).toBe(false);
    expect(cache.certificatesOf(new Uint8Array(8))).toEqual([]);
  });
});

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
