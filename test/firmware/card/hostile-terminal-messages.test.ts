import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, putU32 } from '../../../firmware/bytes.js';
import { CHANNEL_MESSAGES_MAX, IN_FLIGHT_TO_ONE_MAX, VOIDS_MAX } from '../../../firmware/limits.js';
import { Note } from '../../../firmware/objects/note.js';
import { Outcome } from '../../../firmware/objects/receipt.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { Ins } from '../../../firmware/protocol/apdu.js';
import { Message } from '../../../firmware/protocol/message.js';
import { packTransfer } from '../../../firmware/protocol/pack.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { StatusWord } from '../../../firmware/protocol/status-word.js';
import { wholeValue } from '../../support/conservation.js';
import type { HostileTerminal } from '../../support/hostile-terminal.js';
import {
  card,
  delivery,
  EPOCH,
  expectUntouched,
  freshInvoice,
  HELD,
  START_S,
  terminalOf,
} from './hostile-terminal-setup.js';

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
      expect(terminal.say(Message.receipt, forged.compact)).toEqual(HEARD);
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
        expect(other.say(Message.receipt, receipt.compact)).toEqual(Uint8Array.of(Refusal.order));
      }
    }
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  });

  test('for another payer, payee or invoice books nothing', () => {
    const { bank, device, terminal, transfer } = inFlight();
    const id = bank.random(8);
    for (const fields of [{ payer: id }, { invoice: id }, { payee: id }]) {
      const receipt = terminal.receipt(transfer, { ...fields, outcome: Outcome.void });
      expect(terminal.say(Message.receipt, receipt.compact)).toEqual(HEARD);
    }
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  });

  test('of another length or shape books nothing', () => {
    const { device, terminal, transfer } = inFlight();
    const { bytes, compact } = terminal.receipt(transfer);
    for (const wrong of [bytes, compact.subarray(1), new Uint8Array(0)])
      expect(terminal.say(Message.receipt, wrong)).toEqual(Uint8Array.of(Refusal.malformed));
    for (let at = 0; at < compact.length; at++) {
      const bent = compact.map((byte, i) => (i === at ? byte ^ 0x40 : byte));
      expect(terminal.say(Message.receipt, bent), `${at}`).toEqual(HEARD);
    }
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  });

  test('that is void gives back exactly what was sent, once', () => {
    const { device, terminal, transfer } = inFlight();
    const receipt = terminal.receipt(transfer, { outcome: Outcome.void });
    for (let again = 0; again < 3; again++) {
      expect(terminal.say(Message.receipt, receipt.compact)).toEqual(Uint8Array.of(0));
      expect(device.wallet.ledger).toMatchObject({ held: HELD, inFlight: 0 });
    }
  });

  test('that is void after one that accepts gives back nothing', () => {
    const { device, terminal, transfer } = inFlight();
    terminal.say(Message.receipt, terminal.receipt(transfer).compact);
    terminal.say(Message.receipt, terminal.receipt(transfer, { outcome: Outcome.void }).compact);
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
      expect(terminal.resumedIn(terminal.resume(1))?.bytes).toEqual(transfer.bytes);
    }
    expect(device.wallet.ledger).toMatchObject({ held: HELD - 300, inFlight: 300 });
  });
});

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
    const forgedNote = note.compact.slice();
    forgedNote[forgedNote.length - 1] ^= 1;
    expect(deliver(make(), forgedNote)).toEqual(Uint8Array.of(Refusal.note));
    const forged = make().bytes.slice();
    forged[forged.length - 3] ^= 1;
    expect(deliver(Transfer.parse(forged)!)).toEqual(Uint8Array.of(Refusal.signature));
    // Who pays whom the session says: of others it is not what was signed.
    expect(deliver(make({ payee: bank.random(8) }))).toEqual(Uint8Array.of(Refusal.signature));
    expect(deliver(make({ payer: bank.random(8) }))).toEqual(Uint8Array.of(Refusal.signature));
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

  test('cannot pay with money for another payee or place: it is voided, and nothing is booked', () => {
    for (const condition of [{ payee: new Uint8Array(8).fill(9) }, { place: 7 }]) {
      const { bank, device, terminal, note, make, deliver } = delivery();
      const other = Note.build(bank.crypto, bank.operatorKey, {
        ...{ id: note.id, issuer: bank.number, value: 500, currency: note.currency, owner: note.owner },
        ...{ issued_s: START_S, expires_s: note.expires_s, hopsMax: 3, purpose: 0, registry: 1 },
        ...{ target: 0x10000, ...condition },
      });
      expect(deliver(make({ target: 0x10000 }), other.compact).slice(-1)).toEqual(
        Uint8Array.of(Refusal.purpose),
      );
      expect(device.wallet.ledger).toMatchObject({ held: HELD, voids: 1 });
      expect(terminal.ask(terminal.invoice({ amount: 50 }))[0]).toBe(0);
    }
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
