import { describe, expect, test } from 'vitest';
import { AID, buildCommand, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { Refusal, refusalName } from '../../../firmware/protocol/refusal.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { Wallet } from '../../../firmware/wallet/wallet.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import type { Device } from '../../../sim/device/device.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';

const START_S = 1_800_000_000;
const LOADED = 10_000;

function pair() {
  const world = new World(5, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const stall = world.device('stall');
  const watch = world.device('watch');
  bank.enrol(stall, { category: 5812 });
  bank.enrol(watch);
  bank.settle(watch.wallet, bank.notes(watch.wallet, [LOADED / 2, LOADED / 2]));
  const pay = (amount: number, kind: 'pull' | 'push' = 'pull') => {
    const [reader, card] = kind === 'pull' ? [stall, watch] : [watch, stall];
    return world.touch(reader, card, reader.terminal.order(kind, amount)).result;
  };
  const why = (result: ReturnType<typeof pay>) =>
    result?.refusal ? `${result.refusal.by}: ${refusalName(result.refusal.why)}` : result?.outcome;
  return { world, bank, stall, watch, pay, why, total: () => wholeValue(stall.wallet, watch.wallet) };
}

/** From the n-th program on the part says that it has written, and has not. Returns how it is mended. */
function deafen({ nor }: Device, n: number): () => void {
  const program = nor.program.bind(nor);
  let programs = 0;
  nor.program = (address, data) => {
    if (++programs < n) program(address, data);
  };
  return () => {
    nor.program = program;
  };
}

function reboot(device: Device): void {
  device.powerOff();
  device.powerOn();
}

describe('when a flash takes no more writes, from any program of a touch on', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])(
    'a payer does not answer before what it has committed is there: program %i',
    (n) => {
      const { watch, pay, why, total } = pair();
      expect(pay(100)?.outcome).toBe('paid');
      const mend = deafen(watch, n);
      const result = pay(100);
      // The transfer is three programs, and the receipt is booked when it has been answered.
      expect(why(result)).toBe(n <= 3 ? 'card: unwritable' : 'paid');
      expect(why(pay(100))).toBe('card: unwritable');
      const spent = n <= 3 ? 100 : 200;
      expect(watch.wallet.ledger.held).toBe(LOADED - spent);
      reboot(watch);
      expect(watch.wallet.ledger.held).toBe(LOADED - spent);
      mend();
      reboot(watch);
      expect(total()).toBe(LOADED);
      expect(pay(100)?.outcome).toBe('paid');
      expect(total()).toBe(LOADED);
    },
  );

  test.each([1, 2, 3])('nor does a payee: program %i', (n) => {
    const { stall, watch, pay, why, total } = pair();
    expect(pay(100)?.outcome).toBe('paid');
    const mend = deafen(stall, n);
    expect(why(pay(100))).toBe('terminal: unwritable');
    expect(stall.wallet.ledger.held).toBe(100);
    expect(watch.wallet.ledger.inFlightTransfers.length).toBe(1);
    mend();
    reboot(stall);
    expect(stall.wallet.ledger.held).toBe(100);
    expect(pay(100)?.outcome).toBe('paid');
    expect(watch.wallet.ledger.inFlightTransfers).toEqual([]);
    expect(total()).toBe(LOADED);
  });

  test('and who pays by PUSH keeps the money', () => {
    const { watch, pay, why, total } = pair();
    const mend = deafen(watch, 3);
    expect(why(pay(100, 'push'))).toBe('terminal: unwritable');
    mend();
    reboot(watch);
    expect(watch.wallet.ledger.held).toBe(LOADED);
    expect(total()).toBe(LOADED);
  });
});

test('a card on such a flash boots, says what is wrong, and a blank one does not become a wallet', () => {
  const { bank, watch } = pair();
  deafen(watch, 1);
  reboot(watch);
  expect(watch.wallet.ledger.held).toBe(LOADED);
  expect(() => bank.settle(watch.wallet, [])).toThrow(expect.objectContaining({ code: 'unwritable' }));
  const flash = new NorFlash({ sectorCount: 16 });
  flash.program = () => {};
  const clock = {
    ticks_ms: () => 0,
    ticks_us: () => 0,
    uptime_s: () => 0,
    schedule: () => ({ cancel() {} }),
  };
  const { crypto } = watch.wallet;
  const env = { flash, crc32, clock, crypto, entropy: new SimEntropy(1), presence: { show: () => {} } };
  expect(() => Wallet.open(env)).toThrow(expect.objectContaining({ code: 'unwritable' }));
});

test('a device that makes its keys on such a flash answers with that status, and goes on doing so', () => {
  const world = new World(6, START_S, opensslCrypto);
  const device = world.device('blank');
  deafen(device, 2);
  const makeKeys = buildCommand(Ins.makeKeys, Uint8Array.of(0x43, 0x4e, 0x59));
  device.exchange(buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 }));
  const status = (answer: Uint8Array) => (answer[0] << 8) | answer[1];
  for (let i = 0; i < 2; i++) expect(status(device.exchange(makeKeys))).toBe(StatusWord.unwritable);
  expect(device.wallet.hasKeys).toBe(false);
});

describe('a try of a PIN that flash does not count', () => {
  const PINNED = { noConfirmMax: 10, noConfirmTotalMax: 10, buttonMax: 50 };
  const PIN = ascii('1234');

  function pinned() {
    const world = new World(5, START_S, opensslCrypto);
    const bank = new TestBank(world.crypto, START_S);
    const [stall, watch] = ['stall', 'watch'].map((name) => world.device(name));
    bank.enrol(stall, { category: 5812, pin: '1234', limits: PINNED });
    bank.enrol(watch, { pin: '1234', limits: PINNED });
    for (const { wallet } of [stall, watch]) bank.settle(wallet, bank.notes(wallet, [LOADED]));
    return { world, stall, watch, total: () => wholeValue(stall.wallet, watch.wallet) };
  }

  test.each([1, 2, 3])('is none, when a terminal pays: program %i', (n) => {
    const { world, stall, watch, total } = pinned();
    deafen(stall, n);
    const { result } = world.touch(stall, watch, stall.terminal.order('push', 100, PIN));
    expect(result?.refusal).toEqual({ by: 'terminal', why: Refusal.unwritable });
    expect(total()).toBe(2 * LOADED);
  });

  test('is none, when the owner types it', () => {
    const { world, stall, watch } = pinned();
    world.touch(stall, watch, stall.terminal.order('pull', 100));
    deafen(watch, 1);
    expect(watch.wallet.enterPin(PIN, watch.prompt!)).toBe('unwritable');
    expect(watch.wallet.enterPin(PIN, watch.prompt!)).toBe('unwritable');
  });
});
