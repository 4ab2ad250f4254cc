import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, putU32 } from '../../../firmware/bytes.js';
import { CHANNEL_MESSAGES_MAX, IN_FLIGHT_TO_ONE_MAX, VOIDS_MAX } from '../../../firmware/limits.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { NOTE_BYTES, Note } from '../../../firmware/objects/note.js';
import { Outcome } from '../../../firmware/objects/receipt.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { newInvoice } from '../../../firmware/payment/invoice-id.js';
import { Ins } from '../../../firmware/protocol/apdu.js';
import { Message } from '../../../firmware/protocol/message.js';
import { packTransfer } from '../../../firmware/protocol/pack.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import type { Device } from '../../../sim/device/device.js';
import { CURRENCY, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';
import { HostileTerminal, resumedTransfer, rogue } from '../../support/hostile-terminal.js';

const START_S = 1_800_000_000;
const HELD = 10_000;

type Enrol = Parameters<TestBank['enrol']>[1];

function card(options: Enrol = {}) {
  const world = new World(4, START_S);
  const bank = new TestBank(world.crypto, START_S);
  const device = world.device('card');
  bank.enrol(device, { pin: '2468', ...options });
  bank.settle(device.wallet, bank.notes(device.wallet, [HELD / 2, HELD / 2]));
  return { world, bank, device, terminal: terminalOf(bank, device) };
}

const terminalOf = (
  bank: TestBank,
  device: Device,
  options: Parameters<typeof rogue>[1] = { category: 5812 },
) => new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank, options));

/** The card still has all its money to spend, and works. */
function expectUntouched(bank: TestBank, device: Device): void {
  expect(device.wallet.ledger.held).toBe(HELD);
  expect(device.wallet.ledger.inFlightTransfers).toHaveLength(0);
  const good = terminalOf(bank, device);
  const transfer = good.takeMoney(good.invoice({ amount: 1 }));
  expect(transfer.total).toBe(1);
}

/** Epoch after `card()`: two settlements. */
const EPOCH = 2;

test('a certified terminal is paid, so that what follows refuses for the right reason', () => {
  const { bank, device, terminal } = card();
  const transfer = terminal.takeMoney(terminal.invoice({ amount: 300 }));
  expect(transfer.total).toBe(300);
  expect(transfer.verify(bank.crypto, device.wallet.publicKey)).toBe(true);
  expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  expect(terminal.say(Message.receipt, terminal.receipt(transfer).rest)).toEqual(Uint8Array.of(0));
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
    expect(terminal.open(victim.certificate.bytes)).toBe(StatusWord.ok);
    const sealed = terminal.seal(concat(Uint8Array.of(Message.invoice), terminal.invoice().bytes));
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
    recorder.say(Message.receipt, recorder.receipt(transfer).rest);
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
    'in the name of another payee': [() => ({ payee: new Uint8Array(8).fill(1) }), Refusal.mismatch],
    'in another currency': [() => ({ currency: Uint8Array.of(0x55, 0x53, 0x44) }), Refusal.mismatch],
    'in another category than its payee is certified for': [() => ({ category: 5411 }), Refusal.mismatch],
    'for more than there is': [() => ({ amount: HELD + 1 }), Refusal.insufficient],
    'that has run out': [
      () => ({ created_s: START_S - 400, validUntil_s: START_S - 100 }),
      Refusal.invoiceExpired,
    ],
    'that keeps value in flight for longer than an invoice may be open': [
      () => ({ validUntil_s: START_S + 3_600 }),
      Refusal.mismatch,
    ],
    'that is open until the end of time': [() => ({ validUntil_s: 0xffffffff }), Refusal.mismatch],
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
    for (const bytes of [new Uint8Array(0), terminal.invoice().bytes.slice(1), bank.random(60)]) {
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
    expect(terminal.say(Message.receipt, terminal.receipt(first).rest)).toEqual(Uint8Array.of(0));
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
    for (const days of [-30, -1, 0, 1, 2, 30]) {
      const other = terminalOf(bank, device);
      other.open();
      const created_s = START_S + days * 86_400;
      const answer = other.ask(other.invoice({ amount: 1, created_s, validUntil_s: created_s + 300 }));
      expect(answer, `${days} days`).toEqual(
        Uint8Array.of(days < 0 ? Refusal.invoiceExpired : Refusal.dayLimit),
      );
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

describe('a receipt', () => {
  function inFlight() {
    const all = card();
    const transfer = all.terminal.takeMoney(all.terminal.invoice({ amount: 300 }));
    return { ...all, transfer };
  }

  /** A receipt is answered before it is looked at; whether it was good shows in what is booked. */
  const HEARD = Uint8Array.of(0);

  test('that its payee has not signed books nothing', () => {
    const { bank, device, terminal, transfer } = inFlight();
    const stranger = bank.crypto.ed25519KeyFromSeed(bank.random(32));
    for (const outcome of [Outcome.accepted, Outcome.void]) {
      const forged = terminal.receipt(transfer, { outcome }, stranger);
      expect(terminal.say(Message.receipt, forged.rest)).toEqual(HEARD);
    }
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  });

  test('by another terminal, however well signed, is for nothing that it was handed', () => {
    const { bank, device, transfer } = inFlight();
    const other = terminalOf(bank, device);
    other.open();
    for (const payee of [other.identity.certificate.id, transfer.payee.slice()]) {
      for (const outcome of [Outcome.accepted, Outcome.void]) {
        const receipt = other.receipt(transfer, { payee, outcome });
        expect(other.say(Message.receipt, receipt.rest)).toEqual(Uint8Array.of(Refusal.order));
      }
    }
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  });

  test('for another payer, payee or invoice books nothing', () => {
    const { bank, device, terminal, transfer } = inFlight();
    const id = bank.random(8);
    for (const fields of [{ payer: id }, { invoice: id }, { payee: id }]) {
      const receipt = terminal.receipt(transfer, { ...fields, outcome: Outcome.void });
      expect(terminal.say(Message.receipt, receipt.rest)).toEqual(HEARD);
    }
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  });

  test('of another length or shape books nothing', () => {
    const { device, terminal, transfer } = inFlight();
    const { bytes, rest } = terminal.receipt(transfer);
    for (const wrong of [bytes, rest.subarray(1), new Uint8Array(0)])
      expect(terminal.say(Message.receipt, wrong)).toEqual(Uint8Array.of(Refusal.malformed));
    for (let at = 0; at < rest.length; at++) {
      const bent = rest.map((byte, i) => (i === at ? byte ^ 0x40 : byte));
      expect(terminal.say(Message.receipt, bent), `${at}`).toEqual(HEARD);
    }
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  });

  test('that is void gives back exactly what was sent, once', () => {
    const { device, terminal, transfer } = inFlight();
    const receipt = terminal.receipt(transfer, { outcome: Outcome.void });
    for (let again = 0; again < 3; again++) {
      expect(terminal.say(Message.receipt, receipt.rest)).toEqual(Uint8Array.of(0));
      expect(device.wallet.ledger).toMatchObject({ held: HELD, inFlight: 0 });
    }
  });

  test('that is void after one that accepts gives back nothing', () => {
    const { device, terminal, transfer } = inFlight();
    terminal.say(Message.receipt, terminal.receipt(transfer).rest);
    terminal.say(Message.receipt, terminal.receipt(transfer, { outcome: Outcome.void }).rest);
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 0 });
  });

  test('that never comes leaves the value claimable, by its payee only', () => {
    const { bank, device, terminal, transfer } = inFlight();
    const other = terminalOf(bank, device);
    other.open();
    expect(other.resume(1)).toEqual(Uint8Array.of(Refusal.nothing));
    terminal.open();
    expect(terminal.ask(terminal.invoice())).toEqual(Uint8Array.of(Refusal.resume));
    for (let again = 0; again < 20; again++) {
      expect(resumedTransfer(terminal.resume(1), NOTE_BYTES)?.bytes).toEqual(transfer.bytes);
    }
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  });
});

/** A card, and a terminal that has a note of its own and delivers transfers of it. */
function delivery() {
  const all = card();
  const { bank, device, terminal } = all;
  const owner = terminal.identity.certificate.id;
  const note = Note.build(bank.crypto, bank.operatorKey, {
    id: bank.random(8),
    issuer: bank.number,
    value: 500,
    currency: CURRENCY,
    owner,
    issued_s: START_S,
    expires_s: START_S + 86_400,
    hopsMax: 3,
    purpose: 0,
    registry: 1,
  });
  const invoice = freshInvoice(device);
  const make = (fields: Partial<Parameters<typeof Transfer.build>[2]> = {}) =>
    Transfer.build(bank.crypto, terminal.identity.signingKey, {
      payer: owner,
      payee: device.wallet.certificate.id,
      invoice,
      currency: CURRENCY,
      purpose: 0,
      sequence: 1,
      previous: new Uint8Array(32),
      created_s: START_S,
      claimBy_s: START_S + 1_000,
      received: 0,
      terms: { hops: 0, hopsLimit: 3, expires_s: note.expires_s },
      notes: [{ id: note.id, amount: 200 }],
      ...fields,
    });
  const time = new Uint8Array(4);
  putU32(time, 0, START_S);
  const deliver = (transfer: Transfer, bytes = note.bytes) =>
    terminal.say(Message.deliver, time, Uint8Array.of(1), bytes, transfer.bytes);
  terminal.open();
  return { ...all, note, make, deliver };
}

const freshInvoice = ({ wallet }: Device): Uint8Array => newInvoice(wallet, 200, START_S).id;

describe('what a terminal delivers', () => {
  test('is booked once, however often it comes', () => {
    const { device, make, deliver } = delivery();
    const transfer = make();
    for (let again = 0; again < 4; again++) {
      expect(deliver(transfer)[0]).toBe(0);
      expect(device.wallet.ledger.held).toBe(HELD + 200);
    }
    expect(deliver(make({ created_s: START_S + 1 })).slice(-1)).toEqual(Uint8Array.of(Refusal.mismatch));
    expect(device.wallet.ledger.held).toBe(HELD + 200);
  });

  test('is booked at most once for any invoice id, also one that the card has never given', () => {
    const { bank, device, note, make, deliver } = delivery();
    let booked = 0;
    for (let each = 0; each < 300; each++) {
      const invoice = bank.random(8);
      putU32(invoice, 0, EPOCH);
      const transfer = make({ invoice, created_s: START_S + each, notes: [{ id: note.id, amount: 1 }] });
      const before = device.wallet.ledger.held;
      for (let again = 0; again < 2; again++) deliver(transfer);
      expect(device.wallet.ledger.held - before).toBeLessThanOrEqual(1);
      booked += device.wallet.ledger.held - before;
    }
    expect(device.wallet.ledger.held).toBe(HELD + booked);
  });

  test('gets no receipt when it is forged, of another epoch, or between others', () => {
    const { bank, device, note, make, deliver } = delivery();
    const forgedNote = note.bytes.slice();
    forgedNote[forgedNote.length - 1] ^= 1;
    expect(deliver(make(), forgedNote)).toEqual(Uint8Array.of(Refusal.note));
    const forged = make().bytes.slice();
    forged[forged.length - 3] ^= 1;
    expect(deliver(Transfer.parse(forged)!)).toEqual(Uint8Array.of(Refusal.signature));
    expect(deliver(make({ payee: bank.random(8) }))).toEqual(Uint8Array.of(Refusal.mismatch));
    expect(deliver(make({ payer: bank.random(8) }))).toEqual(Uint8Array.of(Refusal.mismatch));
    const old = bank.random(8);
    putU32(old, 0, EPOCH - 1);
    expect(deliver(make({ invoice: old }))).toEqual(Uint8Array.of(Refusal.settledSince));
    expect(device.wallet.ledger).toMatchObject({ held: HELD, sequence: EPOCH });
  });

  test('before the payment that was agreed changes what it was agreed on, so nothing is paid', () => {
    const { device, terminal, make, deliver } = delivery();
    expect(terminal.ask(terminal.invoice({ amount: 50 }))[0]).toBe(0);
    expect(deliver(make())[0]).toBe(0);
    expect(terminal.say(Message.transfer)).toEqual(Uint8Array.of(Refusal.order));
    expect(device.wallet.ledger).toMatchObject({ held: HELD + 200, inFlight: 0 });
  });
});

describe('a certified terminal that wants to strand a card', () => {
  test('cannot take up all places in flight', () => {
    const { bank, device, terminal } = card();
    let taken = 0;
    let answer = 0;
    for (let epoch = 1; answer === 0; epoch++) {
      const id = bank.random(8);
      putU32(id, 0, epoch); // another epoch each time, or the card would have it resume first
      terminal.open();
      answer = terminal.ask(terminal.invoice({ amount: 1, id }))[0];
      if (answer === 0) terminal.transferOf(terminal.say(Message.transfer));
      if (answer === 0) taken++;
    }
    expect(answer).toBe(Refusal.counterparty);
    expect(taken).toBe(IN_FLIGHT_TO_ONE_MAX);
    const other = terminalOf(bank, device);
    expect(other.takeMoney(other.invoice()).total).toBe(100);
  });

  test('cannot fill its journal with transfers that have to be voided', () => {
    const { bank, device, terminal, deliver, make } = delivery();
    const before = device.wallet.ledger.sequence;
    for (let again = 0; again < 2 * VOIDS_MAX; again++) {
      device.wallet.tidy(); // as between touches
      const answer = deliver(make({ purpose: 5812, created_s: START_S + again }));
      if (again < VOIDS_MAX)
        expect(answer.slice(-1)).toEqual(Uint8Array.of(again === 0 ? Refusal.purpose : Refusal.mismatch));
      else expect(answer).toEqual(Uint8Array.of(Refusal.mismatch));
    }
    expect(device.wallet.ledger.sequence).toBe(before + VOIDS_MAX);
    const other = terminalOf(bank, device);
    expect(other.takeMoney(other.invoice()).total).toBe(100);
    terminal.open();
    expect(deliver(make({ invoice: freshInvoice(device) }))[0]).toBe(0);
    expect(device.wallet.ledger.held).toBe(HELD - 100 + 200);
  });
});

describe('whatever a certified terminal says', () => {
  const messages = [...Object.values(Message), 0, 0x0c, 0xff];
  const states: Record<string, (terminal: HostileTerminal) => void> = {
    'a new session': () => {},
    'an invoice that was agreed': (terminal) => void terminal.ask(terminal.invoice()),
    'a refused invoice': (terminal) => void terminal.ask(terminal.invoice({ amount: 99_999_999 })),
    'a transfer that was handed over': (terminal) => {
      terminal.ask(terminal.invoice());
      terminal.say(Message.transfer);
    },
    'a wrong PIN': (terminal) => void terminal.say(Message.verify, Uint8Array.of(0x30, 0x30, 0x30, 0x30)),
    'a right PIN': (terminal) => void terminal.say(Message.verify, Uint8Array.of(0x32, 0x34, 0x36, 0x38)),
  };
  const word = fc.tuple(
    fc.constantFrom(...messages),
    fc.oneof(fc.uint8Array({ maxLength: 24 }), fc.uint8Array({ minLength: 24, maxLength: 700 })),
  );
  for (const [name, enter] of Object.entries(states)) {
    test(`after ${name}: a code, and all value where it was`, () => {
      fc.assert(
        fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
          const { bank, device, terminal } = card();
          terminal.open();
          enter(terminal);
          const value = wholeValue(device.wallet);
          for (const [message, body] of words) {
            const answer = terminal.say(message, body);
            expect(answer[0] === 0 || Object.values(Refusal).includes(answer[0] as Refusal)).toBe(true);
            expect(wholeValue(device.wallet)).toBe(value);
          }
          device.powerOff();
          device.powerOn();
          expect(wholeValue(device.wallet)).toBe(value);
          expect(terminalOf(bank, device).open()).toBe(StatusWord.ok);
        }),
        { numRuns: 12 },
      );
    });
  }

  test('every message in every state is answered, whole, cut short and too long', () => {
    const { bank, device, terminal } = card();
    const bodies = [0, 1, 4, 7, 8, 9, 12, 20, 21, 80, 300].map((length) => bank.random(length));
    for (const enter of Object.values(states)) {
      for (const message of messages) {
        if (message === Message.unlock) continue; // its bound is tested with the PIN
        for (const body of bodies) {
          device.wallet.pin.unlockByBank();
          terminal.open();
          if (terminal.resume(1)[0] === 0) {
            terminal.open(); // an earlier round has left a transfer in flight
          } else enter(terminal);
          expect(terminal.say(message, body).length).toBeGreaterThan(0);
        }
      }
    }
    expect(wholeValue(device.wallet)).toBe(HELD);
  });

  test('a message that was changed, cut or sent twice ends the session and moves nothing', () => {
    const attacks: ((sealed: Uint8Array) => Uint8Array)[] = [
      (sealed) => sealed.map((byte, i) => (i === 5 ? byte ^ 1 : byte)),
      (sealed) => sealed.slice(0, -1),
      (sealed) => concat(sealed, Uint8Array.of(0)),
      () => new Uint8Array(1),
    ];
    for (const attack of attacks) {
      const { bank, device, terminal } = card();
      terminal.open();
      expect(terminal.ask(terminal.invoice())[0]).toBe(0);
      const sealed = terminal.seal(Uint8Array.of(Message.transfer));
      expect(terminal.sendSealed(attack(sealed)).status).toBe(StatusWord.badMessage);
      expect(terminal.sendSealed(sealed).status).toBe(StatusWord.noSession);
      expectUntouched(bank, device);
    }
    const { bank, device, terminal } = card();
    terminal.open();
    const sealed = terminal.seal(concat(Uint8Array.of(Message.invoice), terminal.invoice().bytes));
    expect(terminal.sendSealed(sealed).status).toBe(StatusWord.ok);
    expect(terminal.sendSealed(sealed).status).toBe(StatusWord.badMessage);
    expectUntouched(bank, device);
  });

  test('in messages without end, the session ends and the card does not', () => {
    const { bank, device, terminal } = card();
    terminal.open();
    const nothing = Uint8Array.of(Message.transfer);
    let status: number = StatusWord.ok;
    let sent = 0;
    for (; status === StatusWord.ok && sent < CHANNEL_MESSAGES_MAX + 5; sent++) {
      // The counter of this side dies at the same bound: the last ones are noise.
      const sealed = sent <= CHANNEL_MESSAGES_MAX ? terminal.seal(nothing) : new Uint8Array(20);
      const response = device.exchange(
        concat(Uint8Array.of(0x80, Ins.secure, 0, 0, sealed.length), sealed, Uint8Array.of(0)),
      );
      status = (response[response.length - 2] << 8) | response[response.length - 1];
    }
    expect(sent).toBeGreaterThan(CHANNEL_MESSAGES_MAX - 2);
    expect([StatusWord.badMessage, StatusWord.noSession]).toContain(status);
    expectUntouched(bank, device);
  });

  test('a terminal that packs what it was handed gets the bytes that lie in flash', () => {
    const { device, terminal } = card();
    const transfer = terminal.takeMoney(terminal.invoice({ amount: HELD }));
    expect(transfer.noteCount).toBe(2);
    terminal.open();
    const packed = packTransfer(device.wallet, transfer) ?? new Uint8Array(1);
    expect(terminal.resume(1).slice(-packed.length)).toEqual(packed);
  });
});
