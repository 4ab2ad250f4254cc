import { describe, expect, test } from 'vitest';
import { RECORD_BYTES_MAX, SNAPSHOT_ENTRIES } from '../../../firmware/limits.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { Key, mirrorOf, nameOfKey } from '../../../firmware/store/keys.js';
import { writesOf } from '../../../firmware/store/mirrored-store.js';
import { openStore } from '../../../firmware/store/open.js';
import { Wallet } from '../../../firmware/wallet/wallet.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import type { Device } from '../../../sim/device/device.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';
import { rot } from '../../support/rot.js';

const START_S = 1_800_000_000;
const LOADED = 100_000;

function pair(flashSectors = 64) {
  const world = new World(2, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const stall = world.device('stall', { flashSectors });
  const watch = world.device('watch', { flashSectors });
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch, { pin: '2468' });
  bank.settle(watch.wallet, bank.notes(watch.wallet, [LOADED / 4, LOADED / 4, LOADED / 2]));
  const pay = (amount: number) => world.touch(stall, watch, stall.terminal.order('pull', amount)).result;
  const total = () => wholeValue(stall.wallet, watch.wallet);
  return { world, bank, stall, watch, pay, total };
}

/** All that a ledger says, for comparing one with another. */
function state({ wallet }: Device) {
  const { ledger, limits, lifecycle } = wallet;
  const notes: unknown[] = [];
  ledger.noteIndex.each((id, left, expires_s) => notes.push([id.join(), left, expires_s]));
  const { sequence, epoch, settledAt, lastSync_s, claims, payments, voids, day, paidThatDay, unconfirmed } =
    ledger;
  return {
    ...{ sequence, epoch, settledAt, lastSync_s, claims, payments, voids, day, paidThatDay, unconfirmed },
    receivedFrom_s: ledger.receivedFrom_s,
    head: ledger.head.join(),
    notes,
    lots: ledger.lots.lots,
    inFlightTransfers: ledger.inFlightTransfers.map(({ sequence: number, hash }) => [number, hash.join()]),
    limits,
    lifecycle,
    pinSet: wallet.pin.set,
  };
}

function reboot(device: Device): void {
  device.powerOff();
  device.powerOn();
}

describe('after power was lost', () => {
  test('a wallet is what it was, after any number of payments', () => {
    const { stall, watch, pay, total } = pair();
    for (let payment = 1; payment <= 3 * SNAPSHOT_ENTRIES; payment++) {
      expect(pay(1 + (payment % 7))?.outcome).toBe('paid');
      if (payment % 5 > 0 && payment > 4) continue;
      for (const device of [stall, watch]) {
        const before = state(device);
        reboot(device);
        expect(state(device)).toEqual(before);
      }
      expect(total()).toBe(LOADED);
    }
  });

  test('a transfer in flight is still there when a sync has let its journal entry go', () => {
    const { world, bank, stall, watch, total } = pair();
    const tear = { airByte: 700, what: 'hand away' } as const;
    world.touch(stall, watch, stall.terminal.order('pull', 700), tear);
    expect(watch.wallet.ledger.inFlightTransfers.length).toBe(1);
    for (let sync = 0; sync < 40; sync++) bank.settle(watch.wallet, bank.notes(watch.wallet, []));
    watch.wallet.tidy();
    const [{ sequence }] = watch.wallet.ledger.inFlightTransfers;
    expect(watch.wallet.entry(sequence)).toBeUndefined();
    const before = state(watch);
    reboot(watch);
    expect(state(watch)).toEqual(before);
    expect(world.touch(stall, watch, stall.terminal.order('resume', 0)).result?.outcome).toBeDefined();
    expect(watch.wallet.ledger.inFlightTransfers).toEqual([]);
    expect(total()).toBe(LOADED);
  });
});

describe('what has rotted', () => {
  const kept = [Key.identity, Key.root, Key.certificate, Key.profile, Key.pinSecrets, Key.ledger];

  test.each(kept.map((key) => [nameOfKey(key), key] as const))(
    'is read from its second copy: %s',
    (_, key) => {
      const { stall, watch, pay, total } = pair();
      pay(5);
      watch.wallet.tidy();
      const before = state(watch);
      expect(rot(watch.nor, key)).toBeGreaterThan(0);
      reboot(watch);
      expect(state(watch)).toEqual(before);
      // Housekeeping has written it twice again, so the other copy may go now.
      watch.wallet.tidy();
      expect(rot(watch.nor, mirrorOf(key))).toBeGreaterThan(0);
      reboot(watch);
      expect(state(watch)).toEqual(before);
      expect(pay(5)?.outcome).toBe('paid');
      expect(total()).toBe(LOADED);
      expect(stall.wallet.ledger.held).toBe(10);
    },
  );

  test('in both copies is named, and never taken for a fresh wallet', () => {
    const { watch } = pair();
    rot(watch.nor, Key.identity);
    rot(watch.nor, mirrorOf(Key.identity));
    const env = { flash: watch.nor, crc32, clock: watch.host, entropy: watch.entropy } as const;
    const { crypto } = watch.wallet;
    const open = () => Wallet.open({ ...env, crypto, presence: { show: () => {} } });
    expect(open).toThrow(expect.objectContaining({ code: 'damaged' }));
    expect(open).toThrow(/identity/);
  });

  test.each([Key.certificate, Key.profile].map((key) => [nameOfKey(key), key] as const))(
    'nor is a wallet whose %s reads, and is none',
    (name, key) => {
      const { watch } = pair();
      const opened = openStore(watch.nor, crc32);
      if (opened.status !== 'ok') throw new Error(opened.status);
      opened.store.batch(writesOf(key, Uint8Array.of(0x80)));
      const env = { flash: watch.nor, crc32, clock: watch.host, entropy: watch.entropy } as const;
      const { crypto } = watch.wallet;
      const open = () => Wallet.open({ ...env, crypto, presence: { show: () => {} } });
      expect(open).toThrow(expect.objectContaining({ code: 'damaged' }));
      expect(open).toThrow(new RegExp(name));
    },
  );

  test('a note that cannot be shown any more does not stand in the way of the others', () => {
    const { watch, pay, total } = pair();
    expect(rot(watch.nor, Key.notes)).toBe(1);
    reboot(watch);
    expect([pay(100), pay(100)].map((result) => result?.outcome)).toContain('paid');
    expect(total()).toBe(LOADED);
  });
});

test('a flash that is full says so before money moves, and a sync makes room', () => {
  const { bank, stall, watch, pay, total } = pair(24);
  let result = pay(1);
  for (let payment = 0; result?.outcome === 'paid' && payment < 2_000; payment++) result = pay(1);
  expect(result?.refusal?.why).toBe(Refusal.full);
  expect(total()).toBe(LOADED);
  expect([...stall.wallet.ledger.inFlightTransfers, ...watch.wallet.ledger.inFlightTransfers]).toEqual([]);
  for (const device of [stall, watch]) {
    reboot(device);
    bank.settle(device.wallet, bank.notes(device.wallet, []));
  }
  expect(pay(1)?.outcome).toBe('paid');
});

test('an image of anything else is refused, whatever it is', () => {
  const { watch } = pair();
  const { crypto } = watch.wallet;
  const images: [string, (bytes: Uint8Array) => void][] = [
    ['zeros', (bytes) => bytes.fill(0)],
    [
      'noise',
      (bytes) => {
        for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + 1, 0x9e3779b1) >>> 24;
      },
    ],
    ['text', (bytes) => bytes.fill(0x41)],
  ];
  for (const [what, fill] of images) {
    const flash = new NorFlash({ sectorCount: 16 });
    const image = flash.exportImage();
    fill(image);
    flash.importImage(image);
    const env = {
      flash,
      crc32,
      clock: watch.host,
      entropy: watch.entropy,
      crypto,
      presence: { show: () => {} },
    };
    expect(() => Wallet.open(env), what).toThrow(expect.objectContaining({ code: 'damaged' }));
    expect(flash.exportImage(), what).toEqual(image);
  }
  expect(RECORD_BYTES_MAX).toBeLessThan(watch.nor.sectorBytes);
});
