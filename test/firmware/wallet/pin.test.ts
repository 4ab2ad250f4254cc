import { describe, expect, test } from 'vitest';
import { PIN_TRIES_MAX, PUK_TRIES_MAX } from '../../../firmware/limits.js';
import { Role } from '../../../firmware/objects/certificate.js';
import { Standing } from '../../../firmware/objects/settlement.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { Wallet } from '../../../firmware/wallet/wallet.js';
import { crc32 } from '../../../hal/crc32.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { PowerCut } from '../../../sim/chip/power-cut.js';
import type { Device } from '../../../sim/device/device.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { paperSync } from '../../support/hostile-sync.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';

/** A PIN from no terminal: consent to nothing. */
const NOBODY = new Uint8Array(8);

const START_S = 1_800_000_000;
const RIGHT = ascii('2468');
const WRONG = ascii('2469');
/** As `PaperBank.enrol` gives it. */
const PUK = ascii('12345678');

/** A wallet with a PIN, on crypto that calls `onCompare` before it compares secrets. */
function card() {
  const spy: { onCompare: () => void } = { onCompare: () => {} };
  const crypto = Object.assign(Object.create(opensslCrypto), opensslCrypto, {
    equal: (a: Uint8Array, b: Uint8Array) => {
      spy.onCompare();
      return opensslCrypto.equal(a, b);
    },
  });
  const world = new World(5, START_S, crypto);
  const bank = new TestBank(world.crypto, START_S);
  const device = world.device('card');
  bank.enrol(device, { pin: '2468', limits: { noConfirmMax: 100, buttonMax: 1_000 } });
  bank.settle(device.wallet, bank.notes(device.wallet, [10_000]));
  const terminal = new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank));
  return { world, bank, device, terminal, spy };
}

/** What a wallet would know if power went at this instant. */
function afterPowerLoss(device: Device): Wallet {
  const flash = new NorFlash({ sectorCount: device.nor.sectorCount });
  flash.importImage(device.nor.exportImage());
  return Wallet.open({
    flash,
    clock: device.host,
    entropy: new SimEntropy(1),
    crypto: opensslCrypto,
    crc32,
    presence: { show: () => {} },
  });
}

/** One VERIFY or UNLOCK in a session of its own. */
function say(terminal: HostileTerminal, message: number, ...body: Uint8Array[]): number[] {
  terminal.open();
  return [...terminal.say(message, ...body)];
}

function lock(terminal: HostileTerminal): void {
  for (let left = PIN_TRIES_MAX - 1; left > 0; left--) {
    expect(say(terminal, Message.verify, WRONG)).toEqual([Refusal.pin, left]);
  }
  expect(say(terminal, Message.verify, WRONG)).toEqual([Refusal.pinLocked, 0]);
}

describe('a try', () => {
  test('is on flash before anything is compared, whether the PIN is right or wrong', () => {
    const { device, spy } = card();
    const seen: number[] = [];
    spy.onCompare = () => void seen.push(afterPowerLoss(device).pin.triesLeft);
    device.wallet.verifyPin(WRONG, NOBODY);
    device.wallet.verifyPin(RIGHT, NOBODY);
    device.wallet.verifyPin(RIGHT, NOBODY);
    expect(seen).toEqual([2, 1, 2]);
    expect(device.wallet.pin.triesLeft).toBe(PIN_TRIES_MAX);
    seen.length = 0;
    const puk: number[] = [];
    spy.onCompare = () => {
      const there = afterPowerLoss(device);
      for (let tries = 0; there.unlockPin(ascii('00000000'), RIGHT) === 'wrong'; tries++) puk[0] = tries + 1;
    };
    device.wallet.unlockPin(ascii('99999999'), RIGHT);
    expect(puk).toEqual([PUK_TRIES_MAX - 2]); // the last of the nine that are left says 'locked'
  });

  test('is not free, wherever in it the flash loses power', () => {
    let cuts = 0;
    for (const pin of [RIGHT, WRONG]) {
      for (let operation = 1; operation <= 6; operation++) {
        for (let seed = 0; seed < 8; seed++) {
          const { device, spy } = card();
          let compared = 0;
          spy.onCompare = () => compared++;
          const random = new SimEntropy(seed, 'cut');
          device.nor.cutAtOperation(operation, () => random.uint32());
          try {
            device.wallet.verifyPin(pin, NOBODY);
          } catch (error) {
            if (!(error instanceof PowerCut)) throw error;
            cuts++;
            device.powerOn();
          }
          const tries = device.wallet.pin.triesLeft;
          const wasted = pin === WRONG && compared > 0;
          expect(tries).toBeLessThanOrEqual(PIN_TRIES_MAX - (wasted ? 1 : 0));
          expect(tries).toBeGreaterThanOrEqual(PIN_TRIES_MAX - 1);
          expect(device.wallet.ledger.held).toBe(10_000);
        }
      }
    }
    expect(cuts).toBe(8 * (6 + 3)); // a right PIN writes twice, a wrong one once; a write is three programs
  });

  test('counts although power is cut again and again: three comparisons, then it is locked', () => {
    const { device, spy } = card();
    let compared = 0;
    spy.onCompare = () => compared++;
    const random = new SimEntropy(9, 'attacker');
    for (let round = 0; round < 60 && !device.wallet.pinLocked; round++) {
      device.nor.cutAtOperation(1 + (random.uint32() % 5), () => random.uint32());
      try {
        device.wallet.verifyPin(WRONG, NOBODY);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      device.powerOff();
      device.powerOn();
    }
    expect(device.wallet.pinLocked).toBe(true);
    expect(compared).toBeLessThanOrEqual(PIN_TRIES_MAX);
  });

  test('is one a session', () => {
    const { device, terminal } = card();
    terminal.open();
    expect([...terminal.say(Message.verify, WRONG)]).toEqual([Refusal.pin, 2]);
    expect([...terminal.say(Message.verify, WRONG)][0]).toBe(Refusal.order);
    expect([...terminal.say(Message.verify, RIGHT)][0]).toBe(Refusal.order);
    expect(device.wallet.pin.triesLeft).toBe(2);
  });

  test('with a PIN of any length or content is just wrong', () => {
    for (const pin of [
      new Uint8Array(0),
      ascii('246'),
      ascii('24688'),
      new Uint8Array(300),
      ascii('24680000'),
    ]) {
      const { device } = card();
      expect(device.wallet.verifyPin(pin, NOBODY)).toBe('wrong');
    }
  });
});

describe('the PIN is locked after three wrong ones in a row', () => {
  test('and then even the right one does not help, also after a power cut', () => {
    const { device, terminal } = card();
    lock(terminal);
    expect(say(terminal, Message.verify, RIGHT)).toEqual([Refusal.pinLocked, 0]);
    device.powerOff();
    device.powerOn();
    expect(say(terminal, Message.verify, RIGHT)).toEqual([Refusal.pinLocked, 0]);
  });

  test('but not by two, if the third is right', () => {
    const { device, terminal } = card();
    for (let round = 0; round < 3; round++) {
      say(terminal, Message.verify, WRONG);
      say(terminal, Message.verify, WRONG);
      expect(say(terminal, Message.verify, RIGHT)).toEqual([0, PIN_TRIES_MAX]);
    }
    expect(device.wallet.pinLocked).toBe(false);
  });

  test('and nothing is stranded: small payments, the button, receiving and resuming go on', () => {
    const { world, bank, device, terminal } = card();
    const stall = world.device('stall');
    bank.enrol(stall);
    lock(terminal);
    const pay = (amount: number) => world.touch(stall, device, stall.terminal.order('pull', amount)).result;
    expect(pay(100)?.outcome).toBe('paid');
    expect(pay(1_000)?.refusal?.why).toBe(Refusal.button);
    expect(pay(1_001)?.refusal?.why).toBe(Refusal.pinLocked);
    const order = stall.terminal.order('pull', 1_000);
    world.touch(stall, device, order);
    world.press(device);
    expect(world.touch(stall, device, order).result?.outcome).toBe('paid');
    expect(world.touch(stall, device, stall.terminal.order('push', 50)).result?.outcome).toBe('paid');
    const transfer = terminal.takeMoney(terminal.invoice({ amount: 60 }));
    terminal.open();
    expect(terminal.resume(1)[0]).toBe(0);
    expect([...terminal.say(Message.receipt, terminal.receipt(transfer).compact)]).toEqual([0]);
    expect(device.wallet.ledger).toMatchObject({ held: 10_000 - 100 - 1_000 + 50 - 60, inFlight: 0 });
  });
});

describe('the PUK', () => {
  test('opens a locked PIN and sets a new one', () => {
    const { terminal } = card();
    lock(terminal);
    expect(say(terminal, Message.unlock, PUK, ascii('1357'))).toEqual([0]);
    expect(say(terminal, Message.verify, RIGHT)).toEqual([Refusal.pin, 2]);
    expect(say(terminal, Message.verify, ascii('1357'))).toEqual([0, PIN_TRIES_MAX]);
  });

  test('asks for a new PIN of 4 to 12 digits, and a bad one costs nothing', () => {
    for (const [pin, answer] of [
      ['123', Refusal.pin],
      ['1234', 0],
      ['123456789012', 0],
      ['1234567890123', Refusal.pin],
      ['12a4', Refusal.pin],
    ] as const) {
      const { terminal } = card();
      for (let i = 0; i < (answer === 0 ? 0 : PUK_TRIES_MAX + 2); i++) {
        expect(say(terminal, Message.unlock, PUK, ascii(pin))).toEqual([answer]);
      }
      expect(say(terminal, Message.unlock, PUK, ascii(answer === 0 ? pin : '1357'))).toEqual([0]);
    }
  });

  test('may be wrong ten times; then only the bank opens the PIN, and gives all tries back', () => {
    const { bank, device, terminal } = card();
    lock(terminal);
    for (let tried = 1; tried < PUK_TRIES_MAX; tried++) {
      expect(say(terminal, Message.unlock, ascii('00000000'), RIGHT)).toEqual([Refusal.pin]);
    }
    expect(say(terminal, Message.unlock, ascii('00000000'), RIGHT)).toEqual([Refusal.pinLocked]);
    expect(say(terminal, Message.unlock, PUK, RIGHT)).toEqual([Refusal.pinLocked]);
    device.powerOff();
    device.powerOn();
    expect(say(terminal, Message.unlock, PUK, RIGHT)).toEqual([Refusal.pinLocked]);

    terminal.select();
    const stranger = rogue(bank, { role: Role.merchant });
    expect(paperSync(bank, device, stranger, Standing.unlocked)).toBe(0x6988);
    expect(device.wallet.pinLocked).toBe(true);
    const itself = rogue(bank, { role: Role.bank });
    expect(paperSync(bank, device, itself, Standing.good)).toBe(0x9000);
    expect(device.wallet.pinLocked).toBe(true);
    expect(paperSync(bank, device, itself, Standing.unlocked)).toBe(0x9000);
    expect(device.wallet.pinLocked).toBe(false);
    expect(say(terminal, Message.verify, RIGHT)).toEqual([0, PIN_TRIES_MAX]);
    expect(say(terminal, Message.unlock, PUK, ascii('1357'))).toEqual([0]);
  });

  test('is one a session, too', () => {
    const { terminal } = card();
    terminal.open();
    expect([...terminal.say(Message.unlock, ascii('00000000'), RIGHT)]).toEqual([Refusal.pin]);
    expect([...terminal.say(Message.unlock, PUK, RIGHT)]).toEqual([Refusal.order]);
  });
});

describe('only who gives the PIN in a session', () => {
  test('reads the balance and the history in it', () => {
    const { terminal } = card();
    terminal.open();
    for (const message of [Message.balance, Message.history]) {
      expect([...terminal.say(message)]).toEqual([Refusal.pin]);
    }
    expect(terminal.say(Message.verify, RIGHT)[0]).toBe(0);
    expect(terminal.say(Message.balance)).toHaveLength(23);
    expect(terminal.say(Message.history, Uint8Array.of(0))[0]).toBe(0);
    terminal.open();
    expect([...terminal.say(Message.balance)]).toEqual([Refusal.pin]);
    expect(terminal.say(Message.verify, WRONG)[0]).toBe(Refusal.pin);
    expect([...terminal.say(Message.balance)]).toEqual([Refusal.pin]);
  });
});

test('a terminal that knows the PIN cannot wear the flash away until a sync no longer fits', () => {
  const world = new World(6, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const device = world.device('card', { flashSectors: 24 });
  bank.enrol(device, { pin: '2468' });
  bank.settle(device.wallet, bank.notes(device.wallet, [10_000]));
  const terminal = new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank));
  for (let round = 0; round < 1_500; round++) {
    terminal.open();
    terminal.say(Message.verify, RIGHT);
    device.wallet.idle();
  }
  terminal.select();
  expect(paperSync(bank, device, rogue(bank, { role: Role.bank }), Standing.good)).toBe(0x9000);
  expect(device.wallet.ledger.held).toBe(10_000);
});
