import { describe, expect, test } from 'vitest';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import { Market } from './market.js';

/** From the weakest identity on: nothing at all, a little, some, no limit. */
const TIERS = [0, 200, 300, AMOUNT_MAX];
const COUNTED = TIERS.flatMap((_, own) => TIERS.map((_max, other) => [own, other] as const));

describe.each(['pull', 'push'] as const)('what two tiers may pay each other (%s)', (kind) => {
  test.each(COUNTED)('is what the weaker of them may: %i and %i', (own, other) => {
    const bound = Math.min(TIERS[own], TIERS[other]);
    for (const side of ['payer', 'payee'] as const) {
      const tiers = side === 'payer' ? [own, other] : [other, own];
      const market = new Market({ kind, side, limits: { tierMax: TIERS }, tiers: [tiers[0], tiers[1]] });
      if (bound > 0) expect(market.pay(Math.min(bound, 90_000))).toBe('paid');
      if (bound < AMOUNT_MAX) expect(market.pay(bound + 1)).toBe(Refusal.tierLimit);
    }
  });
});

test('a tier beyond the last counts as the last', () => {
  const limits = { tierMax: [10, 20, 30, 40] };
  const market = new Market({ kind: 'pull', side: 'payee', limits, tiers: [23, 3] });
  expect(market.pay(40)).toBe('paid');
  expect(market.pay(41)).toBe(Refusal.tierLimit);
});
