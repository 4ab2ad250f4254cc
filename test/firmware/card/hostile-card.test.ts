import { describe, expect, test } from 'vitest';
import { concat, putU32 } from '../../../firmware/bytes.js';
import type { Note } from '../../../firmware/objects/note.js';
import { Operator } from '../../../firmware/objects/operator.js';
import { Outcome, Receipt } from '../../../firmware/objects/receipt.js';
import type { Transfer, TransferFields } from '../../../firmware/objects/transfer.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import type { TestBank } from '../../../sim/world/test-bank.js';
import { type HostileCard, YES } from '../../support/hostile-card.js';
import { type Identity, rogue } from '../../support/hostile-terminal.js';
import { expectUntouched, ownInvoice, PRICE, START_S, sale, stall } from './hostile-card-setup.js';

test('a card that plays by the rules is paid from, so that what follows refuses for the right reason', () => {
  const { device, card } = stall();
  card.pays(card.note());
  const result = card.touch(device, sale(device));
  expect(result.outcome).toBe('paid');
  expect(device.wallet.ledger.held).toBe(PRICE);
});

describe('a terminal refuses a card whose certificate', () => {
  const cases: Record<string, [(bank: TestBank) => Identity, Refusal]> = {
    'nobody it knows has signed': [
      (bank) => rogue(bank, { issuerKey: bank.crypto.ed25519KeyFromSeed(bank.random(32)) }),
      Refusal.certificate,
    ],
    'has run out': [(bank) => rogue(bank, { notAfter_s: START_S - 1 }), Refusal.certificateExpired],
  };
  for (const [name, [identity, why]] of Object.entries(cases)) {
    test(name, () => {
      const { device, card } = stall(identity);
      card.pays(card.note());
      const result = card.touch(device, sale(device));
      expect(result.refusal).toEqual({ by: 'terminal', why });
      expectUntouched(device);
    });
  }

  test('is that of the terminal itself', () => {
    const { device, card } = stall();
    card.answers.set(Message.invoice, () =>
      concat(YES, device.wallet.certificate.compact, card.note().compact),
    );
    expect(card.touch(device, sale(device)).refusal?.why).toBe(Refusal.self);
    expectUntouched(device);
  });

  test("is another's, without its key", () => {
    const { bank, device, card } = stall();
    const victim = rogue(bank);
    const note = card.note({ owner: victim.certificate.id });
    card.answers.set(Message.invoice, () => concat(YES, victim.certificate.compact, note.compact));
    card.answers.set(Message.transfer, () =>
      concat(YES, card.transfer(note, { payer: victim.certificate.id }).compact(true)),
    );
    expect(card.touch(device, sale(device)).refusal).toEqual({ by: 'terminal', why: Refusal.signature });
    expectUntouched(device);
  });
});

describe('a terminal takes no note that', () => {
  const refused: Record<string, (card: HostileCard, bank: TestBank) => ReturnType<HostileCard['note']>> = {
    'nobody has issued': (card, bank) => card.note({}, bank.crypto.ed25519KeyFromSeed(bank.random(32))),
    'an unknown operator has issued': (card) => card.note({ issuer: 99 }),
    'is of another owner': (card, bank) => card.note({ owner: bank.random(8) }),
    'is of another currency': (card) => card.note({ currency: Uint8Array.of(0x55, 0x53, 0x44) }),
  };
  for (const [name, make] of Object.entries(refused)) {
    test(name, () => {
      const { bank, device, card } = stall();
      card.pays(make(card, bank));
      expect(card.touch(device, sale(device)).refusal).toEqual({ by: 'terminal', why: Refusal.note });
      expectUntouched(device);
    });
  }

  test('is for another payee, category or place, before its card has signed anything', () => {
    const { bank, device, card } = stall();
    for (const condition of [{ payee: bank.random(8) }, { purpose: 5411 }, { place: 7 }]) {
      card.pays(card.note({ target: 0x10000, ...condition }));
      expect(card.touch(device, sale(device)).refusal).toEqual({ by: 'terminal', why: Refusal.purpose });
      expect(card.handed).toBeUndefined();
      expectUntouched(device);
    }
    card.pays(card.note({ payee: device.wallet.certificate.id }));
    expect(card.touch(device, sale(device)).outcome).toBe('paid');
  });

  test('has run out', () => {
    const { device, card } = stall();
    for (const [expires_s, outcome] of [
      [START_S, 'refused'],
      [START_S + 10, 'paid'],
    ] as const) {
      card.pays(card.note({ expires_s }));
      expect(card.touch(device, sale(device)).outcome).toBe(outcome);
    }
  });

  test('an operator has issued whose endorsement has run out', () => {
    const { world, bank, device, card } = stall();
    const key = bank.crypto.ed25519KeyFromSeed(bank.random(32));
    const second = { number: 9, key: key.subarray(32), notBefore_s: START_S, notAfter_s: START_S + 3_600 };
    const endorsement = Operator.build(bank.crypto, bank.rootKey, second);
    device.wallet.takeObject(endorsement.bytes);
    const note = () => card.note({ issuer: 9, endorsement: endorsement.version }, key);
    card.pays(note());
    expect(card.touch(device, sale(device)).outcome).toBe('paid');
    world.pass(3_601);
    card.pays(note());
    expect(card.touch(device, sale(device)).refusal).toEqual({ by: 'terminal', why: Refusal.note });
    expect(device.wallet.ledger.held).toBe(PRICE);
  });
});

describe('a terminal voids a transfer, and books nothing, when', () => {
  type Changes = (card: HostileCard) => Partial<TransferFields>;
  const note = { value: 1_000, hopsMax: 3, expires_s: START_S + 86_400 * 30 };
  const terms = { hops: 0, hopsLimit: note.hopsMax, expires_s: note.expires_s };
  const cases: Record<string, [Changes, Refusal]> = {
    'it is for less': [(card) => ({ notes: [{ id: idOf(card), amount: PRICE - 1 }] }), Refusal.mismatch],
    'it is for more': [(card) => ({ notes: [{ id: idOf(card), amount: PRICE + 1 }] }), Refusal.mismatch],
    'it lets the value change hands more often than its note': [
      () => ({ terms: { ...terms, hopsLimit: 4 } }),
      Refusal.note,
    ],
    'it lets the value live longer than its note': [
      () => ({ terms: { ...terms, expires_s: note.expires_s + 1 } }),
      Refusal.note,
    ],
    'its value has run out': [() => ({ terms: { ...terms, expires_s: START_S } }), Refusal.moneyExpired],
    'its purpose is not that of its note': [() => ({ purpose: 5812 }), Refusal.note],
    'its target is not that of its note': [() => ({ target: 0x10001 }), Refusal.note],
    "its purpose is another merchant's": [() => ({ purpose: 5411 }), Refusal.purpose],
  };
  let shown: ReturnType<HostileCard['note']>;
  const idOf = (_card: HostileCard) => shown.id;
  for (const [name, [changes, why]] of Object.entries(cases)) {
    test(name, () => {
      const { bank, device, card } = stall();
      shown = card.note(note);
      card.pays(shown, () => changes(card));
      const result = card.touch(device, sale(device));
      expect(result.refusal).toEqual({ by: 'terminal', why });
      expectUntouched(device);
      const said = card.heard.find((message) => message[0] === Message.receipt);
      const receipt = Receipt.expand(bank.crypto, said!, 1, card.handed!)?.receipt;
      expect(receipt?.outcome).toBe(Outcome.void);
      expect(receipt?.verify(bank.crypto, device.wallet.publicKey)).toBe(true);
    });
  }

  test('it takes more off a note than there ever was on it', () => {
    const { device, card } = stall();
    card.pays(card.note({ value: PRICE - 1 }));
    expect(card.touch(device, sale(device)).refusal).toEqual({ by: 'terminal', why: Refusal.note });
    expectUntouched(device);
    card.pays(card.note({ value: PRICE }));
    expect(card.touch(device, sale(device)).outcome).toBe('paid');
  });
});

describe('a terminal gives no receipt for a transfer that', () => {
  type Make = (card: HostileCard, bank: TestBank, note: Note) => Transfer;
  const cases: Record<string, [Make, Refusal]> = {
    'its payer has not signed': [
      (card, bank, note) => card.transfer(note, {}, bank.crypto.ed25519KeyFromSeed(bank.random(32))),
      Refusal.signature,
    ],
    // What the session and the messages before it say is not sent again: of something else it is not what was
    // signed.
    'is for another payee': [
      (card, bank, note) => card.transfer(note, { payee: bank.random(8) }),
      Refusal.signature,
    ],
    'is by another payer': [
      (card, bank, note) => card.transfer(note, { payer: bank.random(8) }),
      Refusal.signature,
    ],
    'is of another currency': [
      (card, _bank, note) => card.transfer(note, { currency: Uint8Array.of(1, 2, 3) }),
      Refusal.signature,
    ],
    'names a note that was not shown': [
      (card) => card.transfer(undefined, { notes: [{ id: new Uint8Array(8), amount: PRICE }] }),
      Refusal.signature,
    ],
    'names more notes than were shown': [
      (card, _bank, { id }) =>
        card.transfer(undefined, {
          notes: [
            { id, amount: PRICE - 1 },
            { id: new Uint8Array(8), amount: 1 },
          ],
        }),
      Refusal.malformed,
    ],
    'answers an invoice of an earlier epoch': [
      (card, _bank, note) => card.transfer(note, { invoice: new Uint8Array(8).fill(9) }),
      Refusal.signature,
    ],
  };
  for (const [name, [make, why]] of Object.entries(cases)) {
    test(name, () => {
      const { bank, device, card } = stall();
      const note = card.note();
      card.answers.set(Message.invoice, () => card.shows(note));
      card.answers.set(Message.transfer, () => concat(YES, make(card, bank, note).compact(true)));
      expect(card.touch(device, sale(device)).refusal).toEqual({ by: 'terminal', why });
      expect(card.heard.some((message) => message[0] === Message.receipt)).toBe(false);
      expectUntouched(device);
    });
  }

  test('answers another invoice than the one of this sale, however little it is for', () => {
    const { device, card } = stall();
    const note = card.note();
    card.pays(note, () => ({
      invoice: ownInvoice(device),
      notes: [{ id: note.id, amount: 1 }],
    }));
    const order = sale(device, 10_000);
    const result = card.touch(device, order);
    expect(result.outcome).toBe('refused');
    expect(order.done).toBe(false);
  });
});

describe('one transfer is taken once', () => {
  /** A card that has paid once, and only ever offers that transfer again. */
  function paidOnce() {
    const all = stall();
    const { device, card } = all;
    const note = card.note();
    let paid: Transfer | undefined;
    card.answers.set(Message.invoice, () => card.shows(note));
    card.answers.set(Message.transfer, () => concat(YES, (paid ??= card.transfer(note)).compact(true)));
    card.answers.set(Message.receipt, () => YES);
    expect(card.touch(device, sale(device)).outcome).toBe('paid');
    return { ...all, note, paid: paid! };
  }

  test('in the place of the transfer for the next sale it does not pay for it', () => {
    const { device, card } = paidOnce();
    const order = sale(device);
    expect(card.touch(device, order).outcome).toBe('refused');
    expect(order.done).toBe(false);
    expect(device.wallet.ledger.held).toBe(PRICE);
  });

  test('resumed, however often, it gets its receipt again and pays for no further sale', () => {
    const { device, card, note, paid } = paidOnce();
    card.answers.set(Message.invoice, () => Uint8Array.of(Refusal.resume));
    card.answers.set(Message.resume, () => card.hands(paid, note));
    const order = sale(device);
    const result = card.touch(device, order);
    expect(result.outcome).not.toBe('paid');
    expect(order.done).toBe(false);
    expect(device.wallet.ledger.held).toBe(PRICE);
  });

  test('whatever its invoice id says, it is never taken twice', () => {
    const { bank, device, card } = stall();
    card.answers.set(Message.receipt, () => YES);
    card.terminal = device.wallet.certificate;
    let taken = 0;
    for (let each = 0; each < 200; each++) {
      const note = card.note({ value: 10_000 });
      const invoice = bank.random(8);
      putU32(invoice, 0, device.wallet.ledger.epoch);
      if (each % 2 === 0) invoice.set(ownInvoice(device), 0);
      const transfer = card.transfer(note, { invoice, notes: [{ id: note.id, amount: 1 }] });
      card.answers.set(Message.resume, () => card.hands(transfer, note));
      const before = device.wallet.ledger.held;
      for (let again = 0; again < 3; again++) card.touch(device, device.terminal.order('resume', 0));
      expect(device.wallet.ledger.held - before).toBeLessThanOrEqual(1);
      taken += device.wallet.ledger.held - before;
    }
    expect(taken).toBeGreaterThan(90);
  });
});
