import { describe, expect, test } from 'vitest';
import { Role } from '../../../firmware/objects/certificate.js';
import { Standing } from '../../../firmware/objects/settlement.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { AID, buildCommand, CLA_ISO, Ins } from '../../../firmware/protocol/apdu.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Device } from '../../../sim/device/device.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';
import { paperSync } from '../../support/hostile-sync.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';

/** A PIN from no terminal: consent to nothing. */
const NOBODY = new Uint8Array(8);

const START_S = 1_800_000_000;
const SOON_S = 60;

interface SetUp {
  readonly world: World;
  readonly bank: TestBank;
  readonly device: Device;
  readonly stall: Device;
  /** A terminal to which a payment of 40 is in flight. */
  readonly terminal: HostileTerminal;
}

/** A card with 1,000 and 40 in flight, and a stall; then `become` brings the card into its condition. */
function setUp(become: (setUp: SetUp) => void): SetUp {
  const world = new World(7, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const device = world.device('card');
  const stall = world.device('stall');
  bank.enrol(device, { pin: '2468', limits: { noConfirmMax: 50 }, notAfter_s: START_S + SOON_S });
  bank.enrol(stall);
  bank.settle(device.wallet, bank.notes(device.wallet, [1_000]));
  bank.settle(stall.wallet, bank.notes(stall.wallet, [1_000]));
  const terminal = new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank));
  terminal.takeMoney(terminal.invoice({ amount: 40 }));
  const all = { world, bank, device, stall, terminal };
  become(all);
  return all;
}

const conditions = {
  active: [Lifecycle.active, () => {}],
  'PIN-locked': [
    Lifecycle.pinLocked,
    ({ device }: SetUp) => {
      for (let i = 0; i < 3; i++) device.wallet.verifyPin(ascii('0000'), NOBODY);
    },
  ],
  suspended: [
    Lifecycle.suspended,
    ({ bank, device }: SetUp) => bank.settle(device.wallet, [], { standing: Standing.suspended }),
  ],
  expired: [
    Lifecycle.expired,
    ({ world, device }: SetUp) => {
      while (device.wallet.own_s <= START_S + SOON_S) world.pass(1);
    },
  ],
} as const;

for (const [name, [lifecycle, become]] of Object.entries(conditions)) {
  const works = lifecycle === Lifecycle.active || lifecycle === Lifecycle.pinLocked;
  const refusal = lifecycle === Lifecycle.suspended ? Refusal.suspended : Refusal.expired;

  describe(`a wallet that is ${name}`, () => {
    test('says so, and still after a power cut', () => {
      const { device } = setUp(become);
      expect(device.wallet.lifecycle).toBe(lifecycle);
      if (lifecycle === Lifecycle.expired) return; // without power its clock stands where the bank left it
      device.powerOff();
      device.powerOn();
      expect(device.wallet.lifecycle).toBe(lifecycle);
    });

    test(works ? 'pays' : 'pays nothing', () => {
      const { world, device, stall } = setUp(become);
      const { result } = world.touch(stall, device, stall.terminal.order('pull', 50));
      if (works) expect(result?.outcome).toBe('paid');
      else expect(result?.refusal).toEqual({ by: 'card', why: refusal });
      expect(stall.wallet.ledger.held).toBe(works ? 1_050 : 1_000);
    });

    test(works ? 'receives' : 'receives nothing, and its payer keeps the value', () => {
      const { world, device, stall } = setUp(become);
      const value = wholeValue(device.wallet, stall.wallet);
      const held = device.wallet.ledger.held;
      const { result } = world.touch(stall, device, stall.terminal.order('push', 50));
      expect(result?.outcome).toBe(works ? 'paid' : 'refused');
      expect(device.wallet.ledger.held).toBe(works ? held + 50 : held);
      expect(stall.wallet.ledger).toMatchObject({ held: works ? 950 : 1_000, inFlight: 0 });
      expect(wholeValue(device.wallet, stall.wallet)).toBe(value);
    });

    test('resumes what is in flight, and books its receipt', () => {
      const { device, terminal } = setUp(become);
      terminal.open();
      const transfer = device.wallet.ledger.inFlightTransfers[0].transfer;
      expect(terminal.resume(1)[0]).toBe(0);
      expect([...terminal.say(Message.receipt, terminal.receipt(transfer).compact)]).toEqual([0]);
      expect(device.wallet.ledger).toMatchObject({ inFlight: 0, held: 960 });
    });

    test('syncs', () => {
      const { bank, device, terminal } = setUp(become);
      terminal.select();
      const standing = name === 'PIN-locked' ? Standing.unlocked : Standing.good;
      expect(paperSync(bank, device, rogue(bank, { role: Role.bank }), standing)).toBe(StatusWord.ok);
      const after = lifecycle === Lifecycle.expired ? START_S : device.wallet.own_s;
      expect(after).toBeGreaterThanOrEqual(START_S);
      if (lifecycle !== Lifecycle.expired) expect(device.wallet.lifecycle).toBe(Lifecycle.active);
    });
  });
}

describe('a blank device', () => {
  const selected = () => {
    const world = new World(8, START_S, opensslCrypto);
    const device = world.device('blank');
    expect(device.wallet.lifecycle).toBe(Lifecycle.blank);
    const terminal = new HostileTerminal(
      new TestBank(world.crypto, START_S),
      (command) => device.exchange(command),
      rogue(new TestBank(world.crypto, START_S)),
    );
    terminal.select();
    return { device, terminal };
  };

  test('takes a personalisation and nothing else', () => {
    const { terminal } = selected();
    expect(terminal.open()).toBe(StatusWord.noSession);
    expect(terminal.raw(buildCommand(Ins.envelope, new Uint8Array(0), { cla: CLA_ISO })).status).toBe(
      StatusWord.wrongLifecycle,
    );
    expect(terminal.raw(buildCommand(Ins.secure, new Uint8Array(40))).status).toBe(StatusWord.noSession);
    expect(terminal.raw(buildCommand(Ins.prove, new Uint8Array(32))).status).toBe(StatusWord.noSession);
    const keys = terminal.raw(buildCommand(Ins.makeKeys, ascii('CNY')));
    expect(keys.status).toBe(StatusWord.ok);
    expect(terminal.raw(buildCommand(Ins.makeKeys, ascii('CNY'))).data).toEqual(keys.data);
    expect(terminal.raw(buildCommand(Ins.prove, new Uint8Array(32))).data).toHaveLength(64);
  });

  test('takes no certificate for other keys, by a stranger, or without its profile', () => {
    const { device, terminal } = selected();
    terminal.raw(buildCommand(Ins.makeKeys, ascii('CNY')));
    for (const length of [0, 1, 100, 600, 900]) {
      const { status } = terminal.raw(buildCommand(Ins.personalise, new Uint8Array(length).fill(1)));
      expect([StatusWord.wrongLength, StatusWord.wrongData]).toContain(status);
    }
    expect(device.wallet.lifecycle).toBe(Lifecycle.blank);
  });
});

describe('a personalised wallet', () => {
  test('pays and receives nothing before its first sync', () => {
    const world = new World(9, START_S, opensslCrypto);
    const bank = new TestBank(world.crypto, START_S);
    const device = world.device('card');
    const settle = bank.settle.bind(bank);
    bank.settle = () => {}; // the bank has not got round to it
    bank.enrol(device);
    bank.settle = settle;
    expect(device.wallet.lifecycle).toBe(Lifecycle.personalised);
    const terminal = new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank));
    terminal.open();
    expect([...terminal.ask(terminal.invoice())]).toEqual([Refusal.notActive]);
    expect(device.exchange(buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 })).slice(-2)).toEqual(
      Uint8Array.of(0x90, 0),
    );
    const stall = world.device('stall');
    bank.enrol(stall);
    bank.settle(stall.wallet, bank.notes(stall.wallet, [100]));
    const { result } = world.touch(stall, device, stall.terminal.order('push', 50));
    expect(result?.outcome).toBe('refused');
    expect(stall.wallet.ledger).toMatchObject({ held: 100, inFlight: 0 });
  });
});
