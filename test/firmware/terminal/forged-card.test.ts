import { describe, expect, test } from 'vitest';
import { concat, getU32, putU32 } from '../../../firmware/bytes.js';
import { Certificate } from '../../../firmware/objects/certificate.js';
import { HotList } from '../../../firmware/objects/hot-list.js';
import { Resolution } from '../../../firmware/objects/settlement.js';
import { newInvoice } from '../../../firmware/payment/invoice-id.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import type { Order } from '../../../firmware/terminal/order.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { countingCrypto, workOf } from '../../support/counting.js';
import { HostileCard, YES } from '../../support/hostile-card.js';
import { type Identity, rogue } from '../../support/hostile-terminal.js';

const START_S = 1_800_000_000;
const PRICE = 250;

/** A terminal with a hot list, a customer with whom its limit is used up, and money in flight to another. */
function stall() {
  const { crypto, calls } = countingCrypto();
  const world = new World(2, START_S, crypto);
  const bank = new TestBank(crypto, START_S);
  const device = world.device('stall');
  bank.enrol(device, { category: 5812, limits: { counterpartyCountMax: 1 } });
  bank.settle(device.wallet, bank.notes(device.wallet, [1_000]));
  const listed = bank.random(8);
  const fields = { issuer: bank.number, version: 1, part: 0, parts: 1, ids: [listed] };
  device.wallet.takeObject(HotList.build(crypto, bank.operatorKey, fields).bytes);
  const customer = new HostileCard(bank, rogue(bank));
  customer.pays(customer.note());
  expect(customer.touch(device, device.terminal.order('pull', PRICE)).outcome).toBe('paid');
  expect(customer.touch(device, device.terminal.order('pull', PRICE)).refusal?.why).toBe(
    Refusal.counterparty,
  );
  const owed = new HostileCard(bank, rogue(bank));
  owed.answers.set(Message.offer, offer(bank, owed));
  owed.answers.set(Message.identify, () => identified(owed));
  owed.touch(device, device.terminal.order('push', PRICE));
  expect(device.wallet.ledger.inFlightTransfers).toHaveLength(1);
  for (let i = 0; i < 20; i++) device.wallet.idle();
  const ids = {
    nobody: bank.random(8),
    'on the hot list': listed,
    'a customer’s': customer.identity.certificate.id.slice(),
    'one to whom money is in flight': owed.identity.certificate.id.slice(),
    'its own': device.wallet.certificate.id.slice(),
  };
  return { bank, calls, device, ids };
}

const identified = ({ identity }: HostileCard): Uint8Array =>
  concat(YES, identity.certificate.compact, Uint8Array.of(0, 0, 0, 1));

const offer = (bank: TestBank, card: HostileCard) => (body: Uint8Array) => {
  const id = bank.random(8);
  putU32(id, 0, 1);
  const invoice = card.invoiceFor(id, PRICE, getU32(body, 4));
  const signature = invoice.sign(bank.crypto, card.identity.signingKey, card.session!.handshakeHash);
  return concat(YES, card.identity.certificate.compact, invoice.compact, signature);
};

/** A certificate that its holder has made himself. */
function forged(bank: TestBank, claim: Partial<Parameters<typeof Certificate.build>[2]>): Identity {
  const identity = rogue(bank);
  const { publicKey, id } = identity.certificate;
  const fields = {
    id,
    issuer: bank.number,
    publicKey,
    notAfter_s: START_S + 86_400 * 365,
    role: 0,
    category: 0,
    tier: 1,
  };
  const key = bank.crypto.ed25519KeyFromSeed(bank.random(32));
  return { ...identity, certificate: Certificate.build(bank.crypto, key, { ...fields, ...claim }) };
}

describe('a card that has made its certificate itself', () => {
  const { bank, calls, device, ids } = stall();
  const claims: Record<string, Parameters<typeof forged>[1]> = {
    'of an operator that nobody knows': { issuer: 99 },
    'out of date': { notAfter_s: START_S - 1 },
    'a bank': { role: 2 },
  };
  for (const [name, id] of Object.entries(ids)) claims[name] = { id };

  /** What the terminal says, and what it does and comes to. */
  function touch(identity: Identity, kind: Order['kind']): string {
    const card = new HostileCard(bank, identity);
    const note = card.note();
    card.pays(note);
    card.answers.set(Message.identify, () => identified(card));
    card.answers.set(Message.offer, offer(bank, card));
    card.answers.set(Message.resume, () => {
      const invoice = newInvoice(device.wallet, PRICE, START_S).id;
      return card.hands(card.transfer(note, { invoice }), note);
    });
    let outcome = '';
    const work = workOf(device, calls, () => {
      const { refusal } = card.touch(device, device.terminal.order(kind, PRICE));
      outcome = JSON.stringify(refusal);
    });
    return `${card.heard.map(([message]) => message).join()} ${outcome} ${work}`;
  }

  test.each(['pull', 'push', 'resume'] as const)('learns nothing else by %s, whatever it claims', (kind) => {
    const inFlight = touch(forged(bank, {}), kind);
    expect(inFlight).toContain(JSON.stringify({ by: 'terminal', why: Refusal.certificate }));
    for (const [name, claim] of Object.entries(claims))
      expect(touch(forged(bank, claim), kind), name).toBe(inFlight);
  });

  test('nor where nothing is in flight, so that it is not asked who it is', () => {
    const [{ sequence }] = device.wallet.ledger.inFlightTransfers;
    bank.settle(device.wallet, [], { resolved: [{ sequence, resolution: Resolution.accepted }] });
    expect(device.wallet.ledger.inFlightTransfers).toEqual([]);
    device.wallet.idle();
    for (const kind of ['pull', 'push', 'resume'] as const) {
      const first = touch(forged(bank, {}), kind);
      expect(first.split(' ')[0]).not.toContain(`${Message.identify}`);
      for (const [name, claim] of Object.entries(claims))
        expect(touch(forged(bank, claim), kind), name).toBe(first);
    }
  });
});
