import { describe, expect, test } from 'vitest';
import { emptyHead } from '../../../firmware/ledger/journal-entry.js';
import { QUESTION_DEAF_MS, QUESTION_MS_MAX } from '../../../firmware/limits.js';
import type { Invoice } from '../../../firmware/objects/invoice.js';
import { Consent, Consents } from '../../../firmware/payment/consent.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Prompt } from '../../../hal/presence.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { Subject } from '../../../sim/wallet/subject.js';
import { visit } from '../../../sim/wallet/visit.js';
import { ascii, TestBank } from '../../../sim/world/test-bank.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';

const START_S = 1_800_000_000;
const DAY_S = 86_400;
const HELD = 100_000;
const A = 0;
const B = 1;

/** A wallet with its real face and buttons, and a certified terminal that keeps to nothing. */
function holder(hasScreen = true, limits = {}) {
  const clock = new VirtualClock();
  const bank = new TestBank(opensslCrypto, START_S);
  const device = new Subject('holder', opensslCrypto, clock, 1, hasScreen);
  bank.enrol(device, {
    pin: '2413',
    limits: { noConfirmMax: 10, noConfirmTotalMax: 20, dayMax: 90_000, buttonMax: 50_000, ...limits },
  });
  bank.settle(device.wallet, bank.notes(device.wallet, [HELD]));
  const terminal = new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank));
  const pass = (ms: number) => clock.runFor(ms * 1_000);
  const press = (button = A, isLong = false) => device.press({ button, isLong, wait_ms: 0 });
  const ask = (invoice: Invoice): number => {
    terminal.open();
    return terminal.ask(invoice)[0];
  };
  /** Takes the money if it can be had, and accepts it. Returns the refusal, or 0. */
  const take = (invoice: Invoice): number => {
    const why = ask(invoice);
    if (why !== 0) return why;
    const transfer = terminal.transferOf(terminal.say(Message.transfer));
    terminal.say(Message.receipt, terminal.receipt(transfer).compact);
    return 0;
  };
  const paid = () => HELD - device.wallet.ledger.held;
  return { bank, device, terminal, pass, press, ask, take, paid };
}

describe('a sync alone gives back nothing that protects the user', () => {
  test('however often somebody near carries it', () => {
    const { bank, device, terminal, take, paid } = holder();
    const end = () =>
      visit(bank, {
        wallet: device.wallet,
        exchange: (command) => device.exchange(command),
        take: () => {},
        notes: [],
        settlement: {},
        from: 1,
        head: emptyHead(),
        messagesMax: 100,
      }).end;
    const answers: number[] = [];
    for (let round = 0; round < 8; round++) {
      const { epoch } = device.wallet.ledger;
      const id = bank.random(8);
      id.set([0, 0, 0, epoch]);
      answers.push(take(terminal.invoice({ amount: 10, id })));
      expect(end()).toBe('done');
    }
    expect(answers).toEqual([0, 0, ...new Array(6).fill(Refusal.button)]);
    expect(paid()).toBe(20);
  });
});

describe('"no" is no', () => {
  for (const [what, hasScreen, button] of [
    ['a screen: B held', true, B],
    ['a lamp: the button held', false, A],
  ] as const) {
    test(`after a yes, too, on ${what}`, () => {
      const { device, terminal, pass, press, ask, take, paid } = holder(hasScreen);
      const invoice = terminal.invoice({ amount: 400 });
      expect(ask(invoice)).toBe(Refusal.button);
      pass(QUESTION_DEAF_MS);
      press();
      press(button, true);
      expect(device.shown).toBeUndefined();
      pass(2_000);
      press();
      expect(take(invoice)).toBe(Refusal.button);
      expect(paid()).toBe(0);
    });
  }

  test('and the question that comes again can be agreed to again', () => {
    const { terminal, pass, press, ask, take, paid } = holder();
    const invoice = terminal.invoice({ amount: 400 });
    ask(invoice);
    press(B, true);
    ask(invoice);
    pass(QUESTION_DEAF_MS);
    press();
    expect(take(invoice)).toBe(0);
    expect(paid()).toBe(400);
  });
});

describe('a yes is for what was seen', () => {
  test('not for an invoice that was put in its place just before the press', () => {
    for (const hasScreen of [true, false]) {
      for (const late_ms of [0, 1, QUESTION_DEAF_MS - 1]) {
        const { terminal, pass, press, ask, take, paid } = holder(hasScreen);
        ask(terminal.invoice({ amount: 100 }));
        pass(3_000);
        const swapped = terminal.invoice({ amount: 50_000 });
        ask(swapped);
        pass(late_ms);
        press();
        expect(take(swapped)).toBe(Refusal.button);
        expect(paid()).toBe(0);
      }
    }
  });

  test('the presses of a PIN, or of an amount, pay nothing that comes while they are made', () => {
    const { terminal, pass, press, ask, take, paid } = holder();
    const large = terminal.invoice({ amount: 60_000 });
    expect(ask(large)).toBe(Refusal.pin);
    pass(QUESTION_DEAF_MS);
    press();
    press();
    const small = terminal.invoice({ amount: 50_000 });
    expect(ask(small)).toBe(Refusal.button);
    for (let i = 0; i < 20; i++) {
      pass(400);
      press();
    }
    expect(take(small)).toBe(Refusal.button);
    expect(take(large)).toBe(Refusal.pin);
    expect(paid()).toBe(0);
  });

  test('a PIN that was begun for one payment is none for another, and costs no try', () => {
    const { device, terminal, pass, press, ask, take } = holder();
    const [first, second] = [60_000, 70_000].map((amount) => terminal.invoice({ amount }));
    ask(first);
    const { shown } = device;
    ask(second);
    expect(device.wallet.enterPin(ascii('1111'), shown!)).toBeUndefined();
    expect(device.wallet.pin.triesLeft).toBe(3);
    pass(QUESTION_DEAF_MS);
    press();
    expect(take(second)).toBe(Refusal.pin);
  });

  test('a button is none where a PIN is asked', () => {
    const { device, terminal, pass, ask, take } = holder();
    const invoice = terminal.invoice({ amount: 60_000 });
    ask(invoice);
    pass(QUESTION_DEAF_MS);
    expect(device.wallet.pressButton(device.shown!)).toBe(false);
    expect(take(invoice)).toBe(Refusal.pin);
  });

  test('the same question again is the same, and keeps the yes', () => {
    const { device, terminal, pass, press, ask, take } = holder();
    const invoice = terminal.invoice({ amount: 400 });
    ask(invoice);
    const { shown } = device;
    pass(QUESTION_DEAF_MS);
    ask(invoice);
    expect(device.shown).toBe(shown);
    press();
    expect(take(invoice)).toBe(0);
  });
});

test('a question runs out, and its screen is cleared; 24.9 days later, when the ticks have gone round, it is still gone', () => {
  for (const wait_ms of [QUESTION_MS_MAX + 1, 19 * DAY_S * 1_000, 2 ** 31 + 500]) {
    const { device, terminal, pass, press, ask } = holder();
    const invoice = terminal.invoice({ amount: 400 });
    ask(invoice);
    const { shown } = device;
    pass(wait_ms);
    expect(device.shown).toBeUndefined();
    press();
    expect(device.wallet.pressButton(shown!)).toBe(false);
    expect(device.wallet.consentFor(invoice.bytes)).toBe(0);
  }
});

describe('an invoice is dated by its payee, within what two clocks may be apart', () => {
  test('and value is out of our hands for no longer than that, its validity and the grace', () => {
    const apart_s = 9 * DAY_S;
    const { device, terminal, take } = holder(true, { clocksApart_s: apart_s });
    const { own_s } = device.wallet;
    for (const ahead_s of [apart_s + 2, 364 * DAY_S])
      expect(take(terminal.invoice({ amount: 10, created_s: own_s + ahead_s }))).toBe(
        Refusal.offlineDuration,
      );
    expect(device.wallet.ledger.inFlight).toBe(0);
    expect(take(terminal.invoice({ amount: 10, created_s: own_s + apart_s }))).toBe(0);
  });

  test('a card that had no power for a month still pays, and after that syncs first', () => {
    const { device, terminal, pass, take } = holder();
    pass(1_000);
    device.restart();
    const month_s = device.wallet.own_s + 29 * DAY_S;
    expect(take(terminal.invoice({ amount: 10, created_s: month_s }))).toBe(0);
  });
});

test('a yes holds for half a minute, though the same question goes on standing', () => {
  const world = new VirtualClock();
  const invoice = Uint8Array.of(1, 2, 3);
  let shown: Prompt | undefined;
  const asking = new Consents(new DeviceClock(world), { show: (prompt) => void (shown = prompt) });
  const question = { invoice, amount: 100, payee: new Uint8Array(8), needsPin: false };
  const pass = (s: number) => world.runFor(s * 1e6);
  asking.ask(question, new Uint8Array(3));
  pass(2);
  expect(asking.press(shown!)).toBe(true);
  pass(20);
  asking.ask(question, new Uint8Array(3));
  expect(asking.for(invoice)).toBe(Consent.button);
  pass(15);
  expect(asking.isAsking).toBe(true);
  expect(asking.for(invoice)).toBe(Consent.none);
});
