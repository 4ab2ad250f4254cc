import { describe, expect, test } from 'vitest';
import { format, openStore } from '../../../firmware/store/open.js';
import { Driver } from '../../../sim/store/driver.js';
import { MUTANTS } from '../../../sim/store/mutants.js';
import { drive, driveMutants, play } from '../../../tools/fuzz/store-mutants.js';

const CUTS = 6_000;

describe('the driver', () => {
  test('finds nothing wrong with the store, at the seeds and cuts that find out every mutant', () => {
    expect(drive({ format, openStore }, CUTS)).toMatchObject({ killedBy: undefined });
  });

  test('nor in the cases of which random lives hardly ever come to one', () => {
    const { killedBy, cuts } = play({ format, openStore });
    expect(killedBy).toBeUndefined();
    expect(cuts).toBeGreaterThan(300);
  });

  test('tells the store from its mutants: every fifth here, all by `npm run fuzz:store -- --mutants`', async () => {
    const some = MUTANTS.filter((_, i) => i % 5 === 0);
    const fates = await driveMutants(CUTS, some);
    expect(fates.length).toBe(some.length);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
    expect(fates.filter(({ killedBy }) => killedBy === undefined)).toEqual([]);
  });

  test('does the same from the same seed', () => {
    const traces = [1, 2].map(() => {
      const lines: string[] = [];
      const trace = (line: string) => void lines.push(line);
      new Driver({ format, openStore }, { seed: 3, unit: 4, trace }).live(100);
      return lines;
    });
    expect(traces[0].length).toBeGreaterThan(100);
    expect(traces[0]).toEqual(traces[1]);
  });
});
