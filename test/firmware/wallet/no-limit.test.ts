import { describe, expect, test } from 'vitest';
import { Counterparties } from '../../../firmware/ledger/counterparties.js';
import { Lots } from '../../../firmware/ledger/lots.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { Consent } from '../../../firmware/payment/consent.js';
import { checkPolicy } from '../../../firmware/payment/policy.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { UNLIMITED } from '../../../firmware/selftest/test-issuer.js';

const counters = {
  payments: 9,
  lastSync_s: 0,
  day: 0,
  paidThatDay: AMOUNT_MAX,
  unconfirmed: AMOUNT_MAX,
  receivedFrom_s: 0,
  whole: 0,
};
const dealing = {
  amount: 5,
  received: 0,
  category: 0,
  ownTier: 0,
  tier: 0,
  operator: 1,
  counterpartyCount: 9,
  counterpartyAmount: AMOUNT_MAX,
  own_s: 0,
  time_s: 0,
  consent: Consent.none,
};

describe('"no limit"', () => {
  test('is none, for sums that are beyond it as well', () => {
    for (const pays of [true, false]) {
      expect(
        checkPolicy(UNLIMITED, { ...counters, balance: AMOUNT_MAX }, { ...dealing, pays }),
      ).toBeUndefined();
    }
  });

  test('is one less a limit', () => {
    const limits = { ...UNLIMITED, balanceMax: AMOUNT_MAX - 1 };
    const refusal = checkPolicy(limits, { ...counters, balance: AMOUNT_MAX }, { ...dealing, pays: false });
    expect(refusal).toBe(Refusal.balanceLimit);
  });

  test('makes no sum wrap round: what does not fit 32 bits is counted as the most, or is not taken', () => {
    const id = new Uint8Array(8).fill(1);
    const counterparties = new Counterparties();
    for (let i = 0; i < 3; i++) counterparties.count(id, AMOUNT_MAX);
    expect(counterparties.with(id)).toEqual({ payments: 3, amount: 0xffffffff });
    const lots = new Lots();
    const terms = { hops: 1, hopsLimit: 5, expires_s: 86_400 };
    for (const fits of [true, true, false]) expect(lots.add(0, AMOUNT_MAX, terms)).toBe(fits);
    expect(lots.total).toBe(2 * AMOUNT_MAX);
  });
});
