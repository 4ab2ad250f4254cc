import { describe, expect, test } from 'vitest';
import { Refusal, refusalName } from '../../firmware/protocol/refusal.js';
import { testEverywhere } from './everywhere.js';
import { suite, verdicts } from './suites/policy.js';

const seed = 2027;
const answers = verdicts(seed);

testEverywhere({
  module: './test/xs/suites/policy.js',
  suite,
  input: { seed, verdicts: answers },
});

describe('the proposals', () => {
  test('meet every refusal of the policy, and a good part is agreed to', () => {
    const count = (refusal: number) => answers.filter((line) => line.startsWith(`${refusal} `)).length;
    expect(count(0)).toBeGreaterThan(100);
    const limits = [
      ...[Refusal.offlineCount, Refusal.offlineDuration, Refusal.operator, Refusal.counterparty],
      ...[Refusal.paymentLimit, Refusal.dayLimit, Refusal.balanceLimit, Refusal.receivedLimit],
      ...[Refusal.emptyFirst, Refusal.categoryLimit, Refusal.tierLimit, Refusal.button, Refusal.pin],
    ];
    for (const refusal of limits) expect(count(refusal), refusalName(refusal)).toBeGreaterThan(1);
  });
});
