import { describe, expect, it } from 'vitest';
import { SNAPSHOT_ENTRIES } from '../../firmware/limits.js';
import { measureBoots, measureNeglect } from '../../tools/bench/store/boot.js';
import { measureCapacity, measureEndless } from '../../tools/bench/store/capacity.js';
import { isFlat, isPredicted } from '../../tools/bench/store/promises.js';
import { measureTouches } from '../../tools/bench/store/touch.js';
import { live } from '../../tools/bench/store/wear.js';

const SEED = 3;

describe('what the store promises, in figures', () => {
  it.each([4, 16])('boots in work that does not grow with payments (unit %i)', (unit) => {
    const boots = measureBoots({ seed: SEED, unit }, 32, [0, 300, 1_000, 2_300]);
    expect(isFlat(boots)).toMatchObject({ holds: true });
    for (const { worst } of boots) {
      expect(worst.replayed).toBeLessThan(SNAPSHOT_ENTRIES);
      expect(worst.readBytes).toBeLessThan(40_000);
      expect(worst.programs).toBeLessThanOrEqual(2);
      expect(worst.erases).toBe(0);
    }
  });

  it('boots in bounded work even where housekeeping never runs', () => {
    const { payments, boot } = measureNeglect({ seed: SEED }, 32);
    expect(payments).toBeGreaterThan(10);
    expect(boot.replayed).toBeLessThan(100);
    expect(boot.readBytes).toBeLessThan(60_000);
  });

  it('holds 2,500 received payments in 1 MB, and as many again after a sync', () => {
    const { payments, afterSync } = measureCapacity({ seed: SEED }, 32);
    expect(Math.min(payments, afterSync)).toBeGreaterThanOrEqual(2_500);
  });

  it.each([
    { unit: 4, sectors: 256, notes: 1 },
    { unit: 4, sectors: 256, notes: 300 },
    { unit: 16, sectors: 256, notes: 32 },
    { unit: 4, sectors: 128, notes: 32 },
    { unit: 16, sectors: 64, notes: 1 },
  ])('has the capacity that the formula says: %o', ({ notes, ...options }) => {
    const figures = measureCapacity({ seed: SEED, ...options }, notes);
    expect(isPredicted(figures), JSON.stringify(figures)).toBe(true);
  });

  it('takes any number of payments with syncs between them, and never erases in one', () => {
    const { payments, erasesInTouch } = measureEndless({ seed: SEED, sectors: 64 }, 4_000, 200);
    expect({ payments, erasesInTouch }).toEqual({ payments: 4_000, erasesInTouch: 0 });
  });

  it('wears all sectors alike', () => {
    const life = { name: 'small', paymentsPerDay: 50, syncEveryDays: 2, days: 300, notes: 32, sectors: 64 };
    const figures = live({ seed: SEED }, life);
    expect(figures.payments).toBe(15_000);
    expect(figures.min).toBeGreaterThan(20);
    expect(figures.spread_percent).toBeLessThanOrEqual(10);
    expect(figures.erasesInTouch).toBe(0);
  });

  it('lives days whose payments come between two whole seconds', () => {
    const life = { name: 'busy', paymentsPerDay: 500, syncEveryDays: 1, days: 14, notes: 4 };
    expect(live({ seed: SEED }, life).payments).toBe(14 * 500);
  });

  it('gives the same figures for the same seed', () => {
    const once = () => measureBoots({ seed: SEED, sectors: 64 }, 4, [40]);
    expect(once()).toEqual(once());
  });

  it('writes a payment in a real touch without an erase', async () => {
    const figures = await measureTouches(SEED, 24);
    const touches = figures.filter(({ what }) => what.startsWith('payment'));
    expect(touches).toHaveLength(2);
    for (const { most } of touches) {
      expect(most.erases).toBe(0);
      expect(most.programs).toBeLessThanOrEqual(8);
    }
  });
});
