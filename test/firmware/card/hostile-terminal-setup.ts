import { expect } from 'vitest';
import { u32 } from '../../../firmware/bytes.js';
import { Note } from '../../../firmware/objects/note.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { newInvoice } from '../../../firmware/payment/invoice-id.js';
import { Message } from '../../../firmware/protocol/message.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Device } from '../../../sim/device/device.js';
import { CURRENCY, TestBank } from '../../../sim/world/test-bank.js';
import { World } from '../../../sim/world/world.js';
import { HostileTerminal, rogue } from '../../support/hostile-terminal.js';

export const START_S = 1_800_000_000;

export const HELD = 10_000;

export type Enrol = Parameters<TestBank['enrol']>[1];

export function card(options: Enrol = {}) {
  const world = new World(4, START_S, opensslCrypto);
  const bank = new TestBank(world.crypto, START_S);
  const device = world.device('card');
  bank.enrol(device, { pin: '2468', ...options });
  bank.settle(device.wallet, bank.notes(device.wallet, [HELD / 2, HELD / 2]));
  return { world, bank, device, terminal: terminalOf(bank, device) };
}

export const terminalOf = (
  bank: TestBank,
  device: Device,
  options: Parameters<typeof rogue>[1] = { category: 5812 },
) => new HostileTerminal(bank, (command) => device.exchange(command), rogue(bank, options));

/** The card still has all its money to spend, and works. */
export function expectUntouched(bank: TestBank, device: Device): void {
  expect(device.wallet.ledger.held).toBe(HELD);
  expect(device.wallet.ledger.inFlightTransfers).toHaveLength(0);
  const good = terminalOf(bank, device);
  const transfer = good.takeMoney(good.invoice({ amount: 1 }));
  expect(transfer.total).toBe(1);
}

/** Epoch after `card()`: two settlements. */
export const EPOCH = 2;

/** A card, and a terminal that has a note of its own and delivers transfers of it. */
export function delivery() {
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
  const time = u32(START_S);
  const deliver = (transfer: Transfer, shown = note.compact) =>
    terminal.say(Message.deliver, time, Uint8Array.of(1), shown, transfer.compact(false));
  terminal.open();
  return { ...all, note, make, deliver };
}

export const freshInvoice = ({ wallet }: Device): Uint8Array => newInvoice(wallet, 200, START_S).id;
