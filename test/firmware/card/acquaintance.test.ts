import { describe, expect, test } from 'vitest';
import { concat } from '../../../firmware/bytes.js';
import { CERTIFICATE_CACHE_MAX } from '../../../firmware/limits.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { nameInPlaceOf, readShownCertificate } from '../../../firmware/protocol/shown-certificate.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Device } from '../../../sim/device/device.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { wholeValue } from '../../support/conservation.js';
import { HostileCard, YES } from '../../support/hostile-card.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';

const START_S = 1_800_000_000;
const LOADED = 10_000;
const PRICE = 10;
const NAME_BYTES = 9;

function market(cards: number) {
  const world = new World(1, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const stall = world.device('stall');
  bank.enrol(stall, { category: 5812 });
  const people: Device[] = [];
  for (let i = 0; i < cards; i++) {
    const card = world.device(`card ${i}`);
    bank.enrol(card);
    bank.settle(card.wallet, bank.notes(card.wallet, [LOADED]));
    people.push(card);
  }
  /** APDU bytes of a purchase. */
  const pay = (card: Device): number => {
    const { result, cost } = world.touch(stall, card, stall.terminal.order('pull', PRICE));
    expect(result?.outcome).toBe('paid');
    expect(wholeValue(stall.wallet, ...people.map(({ wallet }) => wallet))).toBe(cards * LOADED);
    return cost.apduBytes;
  };
  return { world, bank, stall, people, pay };
}

/** One SECURE with a message of one byte, and its answer: what a terminal that forgot asks. */
const askedFor = (certificateBytes: number): number => 5 + 1 + 16 + 1 + 1 + certificateBytes + 16 + 2;

describe('a card shows itself', () => {
  test('whole to a stranger and by name to an acquaintance, also when both have lost power since', () => {
    const { stall, people, pay } = market(1);
    const [card] = people;
    const saved = card.wallet.certificate.compact.length - NAME_BYTES;
    const strangers = pay(card);
    expect(pay(card)).toBe(strangers - saved);
    for (const device of [stall, card]) {
      device.powerOff();
      device.powerOn();
    }
    expect(pay(card)).toBe(strangers - saved);
  });

  test('whole in the same touch, where the terminal does not know the name any more', () => {
    const { people, pay } = market(CERTIFICATE_CACHE_MAX + 1);
    const [card, ...others] = people;
    const strangers = pay(card);
    for (const other of others) pay(other);
    const { length } = card.wallet.certificate.compact;
    expect(pay(card)).toBe(strangers - length + NAME_BYTES + askedFor(length));
    // Then it is known again.
    expect(pay(card)).toBe(strangers - length + NAME_BYTES);
  });

  test('in PUSH and to whoever delivers likewise', () => {
    const { world, stall, people, pay } = market(1);
    const [card] = people;
    pay(card);
    pay(card);
    const push = () => world.touch(stall, card, stall.terminal.order('push', PRICE));
    const { result, cost } = push();
    expect(result?.outcome).toBe('paid');
    expect(cost.apduBytes).toBeLessThan(819);
    expect(wholeValue(stall.wallet, card.wallet)).toBe(LOADED);
  });
});

describe('a name is no proof', () => {
  test('a card that gives another’s name pays with nothing', () => {
    const { bank, stall, people, pay } = market(1);
    const [victim] = people;
    pay(victim);
    const card = new HostileCard(bank, rogue(bank));
    const { certificate, trust } = victim.wallet;
    const name = nameInPlaceOf(trust.nameOf(certificate));
    const note = card.note({ owner: certificate.id });
    card.answers.set(Message.invoice, () => concat(YES, name, note.compact));
    card.answers.set(Message.transfer, () =>
      concat(YES, card.transfer(note, { payer: certificate.id }).compact(true)),
    );
    const { held } = stall.wallet.ledger;
    const result = card.touch(stall, stall.terminal.order('pull', PRICE));
    expect(result.refusal).toEqual({ by: 'terminal', why: Refusal.signature });
    expect(card.heard.some(([message]) => message === Message.certificate)).toBe(false);
    expect(stall.wallet.ledger.held).toBe(held);
  });

  test('a card that gives a name nobody knows, and then none or a name again, is let go', () => {
    for (const second of [Uint8Array.of(Refusal.malformed), nameInPlaceOf(new Uint8Array(8).fill(7))]) {
      const { bank, stall } = market(0);
      const card = new HostileCard(bank, rogue(bank));
      const name = nameInPlaceOf(new Uint8Array(8).fill(9));
      card.answers.set(Message.invoice, () => concat(YES, name, card.note().compact));
      card.answers.set(Message.certificate, () => (second.length === 1 ? second : concat(YES, second)));
      const result = card.touch(stall, stall.terminal.order('pull', PRICE));
      expect(result.outcome).toBe('refused');
      expect(card.heard.filter(([message]) => message === Message.certificate)).toHaveLength(1);
      expect(stall.wallet.ledger.held).toBe(0);
    }
  });

  test('a terminal whose certificate the card has only seen, and whose key was never proved, gets the whole', () => {
    const { bank, people } = market(1);
    const [card] = people;
    const terminal = new HostileTerminal(bank, (command) => card.exchange(command), rogue(bank));
    const shown = () => readShownCertificate(terminal.say(Message.identify).slice(1))!;
    // Twice HELLO with its certificate, and no message behind it.
    for (let again = 0; again < 2; again++) terminal.open();
    expect('certificate' in shown()).toBe(true);
    terminal.open();
    expect('name' in shown()).toBe(true);
  });
});
