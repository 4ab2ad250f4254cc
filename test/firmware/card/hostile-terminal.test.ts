import { describe, expect, test } from 'vitest';
import { concat } from '../../../firmware/bytes.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Device } from '../../../sim/device/device.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { rot } from '../../support/card-states.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';
import { card, expectUntouched, HELD, START_S, terminalOf } from './hostile-terminal-setup.js';

test('a certified terminal is paid, so that what follows refuses for the right reason', () => {
  const { bank, device, terminal } = card();
  const transfer = terminal.takeMoney(terminal.invoice({ amount: 300 }));
  expect(transfer.total).toBe(300);
  expect(transfer.verify(bank.crypto, device.wallet.publicKey)).toBe(true);
  expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  expect(terminal.say(Message.receipt, terminal.receipt(transfer).compact)).toEqual(Uint8Array.of(0));
  expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 0 });
});

describe('a card gives nothing to a terminal', () => {
  type Make = (bank: TestBank, device: Device) => HostileTerminal;
  const strangers: Record<string, [Make, Refusal]> = {
    'that has signed its own certificate': [
      (bank, device) => {
        const issuerKey = bank.crypto.ed25519KeyFromSeed(bank.random(32));
        return terminalOf(bank, device, { issuerKey });
      },
      Refusal.certificate,
    ],
    'whose certificate has run out': [
      (bank, device) => terminalOf(bank, device, { notAfter_s: START_S - 1 }),
      Refusal.certificateExpired,
    ],
    'that is on the hot list': [
      (bank, device) => {
        const terminal = terminalOf(bank, device);
        const ids = [bank.random(8), terminal.identity.certificate.id];
        const fields = { issuer: bank.number, version: 1, part: 0, parts: 1, ids };
        device.wallet.takeObject(HotList.build(bank.crypto, bank.operatorKey, fields).bytes);
        return terminal;
      },
      Refusal.hotListed,
    ],
  };
  for (const [name, [make, why]] of Object.entries(strangers)) {
    test(name, () => {
      const { bank, device } = card();
      const terminal = make(bank, device);
      for (const message of Object.values(Message)) {
        terminal.open();
        const body = message === Message.verify ? Uint8Array.of(0x31, 0x31, 0x31, 0x31) : bank.random(30);
        expect(terminal.say(message, body)).toEqual(Uint8Array.of(why));
      }
      terminal.open();
      expect(terminal.ask(terminal.invoice())).toEqual(Uint8Array.of(why));
      expect(terminal.say(Message.transfer)).toEqual(Uint8Array.of(why));
      expect(device.wallet.pin.triesLeft).toBe(3);
      expectUntouched(bank, device);
    });
  }

  test("that shows another's certificate and has not its key", () => {
    const { bank, device, terminal } = card();
    const victim = rogue(bank, { category: 5812 });
    expect(terminal.open(victim.certificate.compact)).toBe(StatusWord.ok);
    const sealed = terminal.seal(concat(Uint8Array.of(Message.invoice), terminal.invoice().compact));
    expect(terminal.sendSealed(sealed).status).toBe(StatusWord.badMessage);
    expectUntouched(bank, device);
  });

  test('that replays, word for word, a session in which money went', () => {
    const { bank, device, terminal } = card();
    const commands: Uint8Array[] = [];
    const recorder = new HostileTerminal(
      bank,
      (command) => {
        commands.push(command.slice());
        return device.exchange(command);
      },
      terminal.identity,
    );
    const transfer = recorder.takeMoney(recorder.invoice());
    recorder.say(Message.receipt, recorder.receipt(transfer).compact);
    const { held, sequence } = device.wallet.ledger;
    const answers = commands.map((command) => terminal.raw(command).status);
    expect(answers.slice(0, 3)).toEqual([StatusWord.ok, StatusWord.ok, StatusWord.badMessage]);
    expect(device.wallet.ledger).toMatchObject({ held, sequence });
  });
});

describe('a card refuses an invoice', () => {
  const cases: Record<
    string,
    [(terminal: HostileTerminal) => Parameters<HostileTerminal['invoice']>[0], Refusal]
  > = {
    'in another currency': [() => ({ currency: Uint8Array.of(0x55, 0x53, 0x44) }), Refusal.mismatch],
    'for more than there is': [() => ({ amount: HELD + 1 }), Refusal.insufficient],
    'that keeps value in flight for longer than an invoice may be open': [
      () => ({ validity_s: 3_600 }),
      Refusal.mismatch,
    ],
    'that is open until the end of time': [() => ({ validity_s: 0xffff }), Refusal.mismatch],
  };
  for (const [name, [fields, why]] of Object.entries(cases)) {
    test(name, () => {
      const { bank, device, terminal } = card();
      terminal.open();
      expect(terminal.ask(terminal.invoice(fields(terminal)))).toEqual(Uint8Array.of(why));
      expect(terminal.say(Message.transfer)).toEqual(Uint8Array.of(Refusal.order));
      expectUntouched(bank, device);
    });
  }

  test('that is no invoice', () => {
    const { bank, device, terminal } = card();
    terminal.open();
    for (const bytes of [new Uint8Array(0), terminal.invoice().compact.slice(1), bank.random(60)]) {
      expect(terminal.say(Message.invoice, bytes)).toEqual(Uint8Array.of(Refusal.malformed));
    }
    expectUntouched(bank, device);
  });
});

describe('what the user agreed to', () => {
  const cautious = { limits: { noConfirmMax: 0, buttonMax: 100_000 } };

  test('is one invoice: not the same number with another amount', () => {
    const { world, bank, device, terminal } = card(cautious);
    const small = terminal.invoice({ amount: 1 });
    const large = terminal.invoice({ amount: 5_000, id: small.id });
    terminal.open();
    expect(terminal.ask(small)).toEqual(Uint8Array.of(Refusal.button));
    expect(world.press(device)).toBe(true);
    expect(terminal.ask(large)).toEqual(Uint8Array.of(Refusal.button));
    expect(terminal.say(Message.transfer)).toEqual(Uint8Array.of(Refusal.order));
    expect(device.wallet.ledger.held).toBe(HELD);
    expect(bank.number).toBe(7);
  });

  test("is one payee's: another terminal with the same number and amount gets nothing", () => {
    const { world, bank, device, terminal } = card(cautious);
    const invoice = terminal.invoice({ amount: 5_000 });
    terminal.open();
    terminal.ask(invoice);
    world.press(device);
    const other = terminalOf(bank, device);
    other.open();
    expect(other.ask(other.invoice({ amount: 5_000, id: invoice.id }))).toEqual(
      Uint8Array.of(Refusal.button),
    );
  });

  test('stands for half a minute, and no millisecond longer', () => {
    for (const [late_ms, answer] of [
      [30_000, 0],
      [30_001, Refusal.button],
    ]) {
      const { world, device, terminal } = card(cautious);
      const invoice = terminal.invoice({ amount: 5 });
      terminal.open();
      terminal.ask(invoice);
      // mid-millisecond, and the flash has long been formatted
      world.pass(10.0005 - ((world.clock.now_us / 1e6) % 1));
      world.press(device);
      world.pass(late_ms / 1_000);
      expect(terminal.ask(invoice)[0]).toBe(answer);
    }
  });

  test('holds for the state of the wallet in which it was agreed', () => {
    const { bank, device, terminal } = card();
    const first = terminal.takeMoney(terminal.invoice({ amount: 40 }));
    const other = terminalOf(bank, device);
    other.open();
    const second = other.invoice({ amount: 60 });
    terminal.open();
    expect(terminal.resume(1)[0]).toBe(0);
    // Agreed, then something is booked, then TRANSFER.
    const fresh = new Uint8Array(8).fill(3);
    expect(terminal.ask(terminal.invoice({ amount: 60, id: fresh }))[0]).toBe(0);
    expect(terminal.say(Message.receipt, terminal.receipt(first).compact)).toEqual(Uint8Array.of(0));
    expect(terminal.say(Message.transfer)).toEqual(Uint8Array.of(Refusal.order));
    expect(second.amount).toBe(60);
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 40, inFlight: 0 });
  });
});

describe('a clock that lies', () => {
  const YEAR_S = 365 * 86_400;

  test('does not expire a card, its money, or its time', () => {
    const { bank, device, terminal } = card();
    terminal.open();
    const own_s = device.wallet.own_s;
    for (const created_s of [START_S + YEAR_S, START_S + 2 * YEAR_S, 0xfffffff0, START_S - YEAR_S, 1]) {
      const answer = terminal.ask(terminal.invoice({ created_s }));
      expect(answer[0], `${created_s}`).not.toBe(0);
    }
    expect(device.wallet.own_s).toBe(own_s);
    expectUntouched(bank, device);
    device.powerOff();
    device.powerOn();
    expect(device.wallet.own_s).toBeLessThan(START_S + 60);
    expect(device.wallet.ledger.held).toBe(HELD - 1);
  });

  test('neither opens the day again nor fills it', () => {
    const { bank, device, terminal } = card({ limits: { dayMax: 100 } });
    terminal.takeMoney(terminal.invoice({ amount: 100 }));
    for (const days of [-29, -1, 0, 1, 2, 30]) {
      const other = terminalOf(bank, device);
      other.open();
      const created_s = START_S + days * 86_400;
      const answer = other.ask(other.invoice({ amount: 1, created_s }));
      expect(answer, `${days} days`).toEqual(Uint8Array.of(Refusal.dayLimit));
    }
  });

  test('paid in the future of a liar, the day is still ours', () => {
    const { bank, device, terminal } = card({ limits: { dayMax: 100 } });
    terminal.takeMoney(terminal.invoice({ amount: 60, created_s: START_S + 5 * 86_400 }));
    const other = terminalOf(bank, device);
    other.open();
    expect(other.ask(other.invoice({ amount: 41 }))).toEqual(Uint8Array.of(Refusal.dayLimit));
    expect(other.ask(other.invoice({ amount: 40 }))[0]).toBe(0);
  });
});

test('a card that cannot read the note it would show has agreed to nothing', () => {
  const world = new World(4, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const device = world.device('card');
  bank.enrol(device);
  const notes = bank.notes(device.wallet, [100]);
  bank.settle(device.wallet, notes);
  rot(device, notes[0].bytes);
  const terminal = terminalOf(bank, device);
  terminal.open();
  expect(terminal.ask(terminal.invoice({ amount: 50 }))).toEqual(Uint8Array.of(Refusal.unreadable));
  expect(terminal.say(Message.transfer)).toHaveLength(1);
  expect(device.wallet.ledger).toMatchObject({ held: 100, inFlight: 0 });
});
