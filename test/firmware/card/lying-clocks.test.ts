import { describe, expect, test } from 'vitest';
import { concat, putU32 } from '../../../firmware/bytes.js';
import { INVOICE_VALIDITY_S } from '../../../firmware/limits.js';
import type { Invoice } from '../../../firmware/objects/invoice.js';
import type { Transfer } from '../../../firmware/objects/transfer.js';
import { Message } from '../../../firmware/protocol/message.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import type { Device } from '../../../sim/device/device.js';
import type { HostileTerminal } from '../../support/hostile-terminal.js';
import { card, delivery, freshInvoice, HELD, START_S, terminalOf } from './hostile-terminal-setup.js';

const DAY_S = 86_400;
const BOUND_S = 9 * DAY_S;
const GRACE_S = 5_000;
const limits = { clocksApart_s: BOUND_S, claimGrace_s: GRACE_S };
const SOON = 300;

/** A card that has, besides money for a year, SOON that runs out in two days. */
function soon() {
  const all = card({ limits });
  const { bank, device } = all;
  bank.settle(device.wallet, bank.notes(device.wallet, [SOON], { expires_s: START_S + 2 * DAY_S }));
  return all;
}

/** What the answer to INVOICE says; the refusal, or 0. */
function asks(terminal: HostileTerminal, amount: number, created_s: number): number {
  terminal.open();
  return terminal.ask(terminal.invoice({ amount, created_s }))[0];
}

/** The card pays an honest terminal all that it has: nothing is stuck. */
function paysAll({ wallet }: Device, terminal: HostileTerminal): Transfer[] {
  const transfers: Transfer[] = [];
  for (let left = wallet.ledger.held; left > 0; left = wallet.ledger.held) {
    const transfer = terminal.takeMoney(terminal.invoice({ amount: Math.min(left, HELD / 2) }));
    terminal.say(Message.receipt, terminal.receipt(transfer).compact);
    transfers.push(transfer);
  }
  return transfers;
}

const expiryOf = (transfer: Transfer): number => transfer.expires_s;

describe('a payee whose clock is fast', () => {
  test('has the payer leave out what runs out soon, for this payment alone', () => {
    const { bank, device, terminal } = soon();
    const ahead = terminal.takeMoney(terminal.invoice({ amount: 10, created_s: START_S + 3 * DAY_S }));
    expect(expiryOf(ahead)).toBeGreaterThan(START_S + 300 * DAY_S);
    const true_ = terminalOf(bank, device);
    expect(expiryOf(true_.takeMoney(true_.invoice({ amount: 10 })))).toBe(START_S + 2 * DAY_S);
  });

  test('may be refused what only such money would cover, and the payer has it still', () => {
    const { bank, device, terminal } = soon();
    expect(asks(terminal, HELD + SOON, START_S + 3 * DAY_S)).toBe(Refusal.moneyExpired);
    const true_ = terminalOf(bank, device);
    expect(true_.takeMoney(true_.invoice({ amount: HELD + SOON })).total).toBe(HELD + SOON);
  });

  test('has value claimable for the bound longer, and no second more', () => {
    const { device, terminal } = card({ limits });
    const { own_s } = device.wallet;
    const created_s = own_s + BOUND_S;
    for (const beyond_s of [10, 364 * DAY_S - BOUND_S])
      expect(asks(terminal, 10, created_s + beyond_s)).toBe(Refusal.offlineDuration);
    expect(device.wallet.ledger.inFlight).toBe(0);
    const transfer = terminal.takeMoney(terminal.invoice({ amount: 10, created_s }));
    expect(transfer.claimBy_s).toBe(own_s + BOUND_S + INVOICE_VALIDITY_S + GRACE_S);
  });

  test('cannot stretch it by a longer invoice', () => {
    const { device, terminal } = card({ limits });
    const created_s = device.wallet.own_s;
    const validity_s = INVOICE_VALIDITY_S + 1;
    terminal.open();
    expect(terminal.ask(terminal.invoice({ created_s, validity_s }))[0]).toBe(Refusal.mismatch);
  });

  test('uses up the offline duration in its own touch, and in no other', () => {
    const { bank, device, terminal } = card({ limits: { ...limits, offlineDuration_s: 5 * DAY_S } });
    expect(asks(terminal, 10, START_S + 5 * DAY_S + 1)).toBe(Refusal.offlineDuration);
    expect(asks(terminal, 10, START_S + 5 * DAY_S)).toBe(0);
    const true_ = terminalOf(bank, device);
    expect(paysAll(device, true_).every(({ created_s }) => created_s < START_S + 60)).toBe(true);
  });
});

describe('a payee whose clock is slow gains nothing', () => {
  const created_s = START_S - BOUND_S + 60;

  test('the transfer and its deadline are those of an invoice of now', () => {
    const { device, terminal } = card({ limits });
    const { own_s } = device.wallet;
    const transfer = terminal.takeMoney(terminal.invoice({ amount: 10, created_s }));
    expect(transfer.created_s).toBe(own_s);
    expect(transfer.claimBy_s).toBe(own_s + INVOICE_VALIDITY_S + GRACE_S);
  });

  test('the same money is used, and none that has run out', () => {
    const { world, device, terminal } = soon();
    expect(expiryOf(terminal.takeMoney(terminal.invoice({ amount: 10, created_s })))).toBe(
      START_S + 2 * DAY_S,
    );
    terminal.say(
      Message.receipt,
      terminal.receipt(device.wallet.ledger.inFlightTransfers[0].transfer).compact,
    );
    world.pass(2 * DAY_S);
    const later_s = created_s + 2 * DAY_S;
    expect(
      expiryOf(terminal.takeMoney(terminal.invoice({ amount: 10, created_s: later_s }))),
    ).toBeGreaterThan(START_S + 300 * DAY_S);
  });

  test('its certificate does not last longer', () => {
    const { world, bank, device } = card({ limits });
    const ending = terminalOf(bank, device, { category: 5812, notAfter_s: START_S + DAY_S });
    expect(asks(ending, 10, created_s)).toBe(0);
    world.pass(DAY_S + 1);
    expect(asks(ending, 10, created_s)).toBe(Refusal.certificateExpired);
  });

  test('beyond the bound it is refused, and so is an invoice that was kept for so long', () => {
    const { world, device, terminal } = card({ limits });
    const kept = terminal.invoice({ amount: 10 });
    expect(asks(terminal, 10, START_S - BOUND_S - 1)).toBe(Refusal.invoiceExpired);
    world.pass(BOUND_S + 1);
    terminal.open();
    expect(terminal.ask(kept)[0]).toBe(Refusal.invoiceExpired);
    expect(device.wallet.ledger.inFlight).toBe(0);
  });
});

/** What a card makes of an offer at that time: its invoice, or the refusal. */
function offered(terminal: HostileTerminal, time_s: number): Invoice | number {
  const offer = new Uint8Array(20).fill(7);
  putU32(offer, 0, 200);
  putU32(offer, 4, time_s);
  putU32(offer, 8, 1);
  terminal.open();
  const answer = terminal.say(Message.offer, offer);
  return answer[0] || terminal.invoiceIn(answer);
}

const createdOf = (offer: Invoice | number): number => (typeof offer === 'number' ? offer : offer.created_s);

describe('a payer whose clock lies', () => {
  test('fast, dates the invoice up to the bound, and moves no clock', () => {
    const { device, terminal } = card({ limits });
    const { own_s } = device.wallet;
    expect(offered(terminal, own_s + BOUND_S + 10)).toBe(Refusal.offlineDuration);
    expect(createdOf(offered(terminal, own_s + BOUND_S))).toBe(own_s + BOUND_S);
    device.powerOff();
    device.powerOn();
    expect(device.wallet.own_s).toBeLessThan(own_s + 60);
    expect(createdOf(offered(terminal, 0))).toBe(device.wallet.own_s);
  });

  test('fast, has its own transfer voided when it is dated beyond the bound', () => {
    const { device, make, deliver } = delivery();
    const { own_s, limits: set } = device.wallet;
    const terms = { hops: 0, hopsLimit: 3, expires_s: START_S + DAY_S };
    const created_s = own_s + set.clocksApart_s + 10;
    const late = make({ created_s, claimBy_s: created_s, terms: { ...terms, expires_s: created_s + 1 } });
    expect(deliver(late).at(-1)).not.toBe(0);
    expect(device.wallet.ledger.held).toBe(HELD);
  });

  test('slow, gets money that has run out past nobody whose clock has gone on, and dates no receipt', () => {
    const { world, device, terminal, make, deliver } = delivery();
    world.pass(100);
    terminal.open();
    const { own_s } = device.wallet;
    const receipt = deliver(make());
    expect(receipt.at(-1)).toBe(0);
    const entry = device.wallet.entry(device.wallet.ledger.sequence)!;
    expect(new DataView(entry.buffer, entry.byteOffset).getUint32(70)).toBeGreaterThanOrEqual(own_s);
    world.pass(DAY_S);
    terminal.open();
    expect(deliver(make())).toEqual(Uint8Array.of(Refusal.moneyExpired));
    const received = {
      received: 200,
      notes: [],
      terms: { hops: 1, hopsLimit: 3, expires_s: START_S + DAY_S },
    };
    const time = new Uint8Array(4);
    const invoice = freshInvoice(device);
    const late = terminal.say(
      Message.deliver,
      time,
      concat(Uint8Array.of(0), make({ ...received, invoice }).compact(false)),
    );
    expect(late.at(-1)).toBe(Refusal.moneyExpired);
    expect(device.wallet.ledger.held).toBe(HELD + 200);
  });
});
