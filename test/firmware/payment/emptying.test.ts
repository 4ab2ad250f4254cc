import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { Market, START_S } from './market.js';

describe('received value must meet its bank in time, if the profile says so', () => {
  const limits = { emptyWithin_s: 4 };

  test.each(['pull', 'push'] as const)('before the payee takes more (%s)', (kind) => {
    const market = new Market({ kind, side: 'payee', limits });
    market.waitUntil(3);
    expect(market.pay(10), 'time counts from the first that is received').toBe('paid');
    const { ledger } = market.payee.wallet;
    const since_s = ledger.receivedFrom_s - START_S;
    market.waitUntil(since_s + 4);
    expect(market.pay(10)).toBe('paid');
    market.waitUntil(since_s + 5);
    expect(market.pay(10)).toBe(Refusal.emptyFirst);
    for (const device of [market.payee, market.payer]) {
      device.powerOff();
      device.powerOn();
    }
    market.waitUntil(since_s + 5);
    expect(market.pay(10), 'a boot changes nothing').toBe(Refusal.emptyFirst);
    market.bank.settle(market.payee.wallet, market.bank.notes(market.payee.wallet, [ledger.held]), {
      time_s: START_S + since_s + 5,
    });
    market.bank.settle(market.payer.wallet, [], { time_s: START_S + since_s + 5 });
    expect(market.pay(10), 'a sync begins anew').toBe('paid');
  });

  test.each(['pull', 'push'] as const)('before the payer spends it (%s)', (kind) => {
    const market = new Market({ kind, side: 'payer', limits, notes: [50], received: 500 });
    const since_s = market.payer.wallet.ledger.receivedFrom_s - START_S;
    market.waitUntil(since_s + 4);
    expect(market.pay(100)).toBe('paid');
    market.waitUntil(since_s + 5);
    expect(market.pay(100)).toBe(Refusal.emptyFirst);
    expect(market.pay(50), 'notes are no received value').toBe('paid');
  });
});
