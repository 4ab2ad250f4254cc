import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Refunded, Sales } from '../../../firmware/payment/sales.js';

interface Step {
  readonly isSale: boolean;
  readonly amount: number;
}
const step = fc.record({ isSale: fc.boolean(), amount: fc.integer({ min: 1, max: 20 }) });

/** What each step refunds; numbers are those of a journal whose first entries are not known. */
function replay(steps: readonly Step[], known: number): Refunded[][] {
  const sales = new Sales();
  return steps.map(({ isSale, amount }, i) => {
    if (i < known) return [];
    if (!isSale) return sales.payBack(amount);
    sales.add(i, amount);
    return [];
  });
}

describe('what payments back refund', () => {
  it('is never more than the sale, nor than was paid back, and never less than it could be', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const refunded = replay(steps, 0);
        const left = steps.map(({ isSale, amount }) => (isSale ? amount : 0));
        steps.forEach(({ isSale, amount }, i) => {
          if (isSale) return;
          const open = left.slice(0, i).reduce((sum, each) => sum + each, 0);
          for (const part of refunded[i]) {
            expect(part.sale).toBeLessThan(i);
            left[part.sale] -= part.amount;
            expect(left[part.sale]).toBeGreaterThanOrEqual(0);
          }
          const sum = refunded[i].reduce((all, part) => all + part.amount, 0);
          expect(sum).toBe(Math.min(amount, open));
        });
      }),
    );
  });

  it('is the same for whoever knows the newest part of the journal alone, as far as its sales go', () => {
    fc.assert(
      fc.property(fc.array(step), fc.nat(20), (steps, from) => {
        const whole = replay(steps, 0).map((parts) => parts.filter(({ sale }) => sale >= from));
        expect(replay(steps, from).slice(from)).toEqual(whole.slice(from));
      }),
    );
  });
});
