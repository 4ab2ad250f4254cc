import { describe, expect, test } from 'vitest';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { emptyTally } from '../../../sim/wallet/judge.js';
import { Life } from '../../../sim/wallet/life.js';
import { MUTANTS } from '../../../sim/wallet/mutants.js';
import { changed } from '../../../tools/fuzz/mutant.js';
import { build, live } from '../../../tools/fuzz/wallet-mutants.js';

const STEPS = 2_000;
/** Of the mutants, each eighth lives here; all of them: `npm run fuzz:wallet -- --mutants`. */
const isHere = (index: number): boolean => index % 8 === 4;

describe('the judge of random lives', () => {
  test('finds nothing wrong with the wallet, and sees all that can happen to one', () => {
    const tally = emptyTally();
    for (let seed = 1; tally.steps < STEPS; seed++) {
      new Life({ seed, crypto: opensslCrypto }, tally).live(250);
    }
    for (const [what, count] of Object.entries(tally)) expect(count, what).toBeGreaterThan(0);
  }, 400_000);

  test('has mutants of the wallet as it is now, each with its own line', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(15);
    expect(new Set(MUTANTS.map(changed)).size).toBe(MUTANTS.length);
  });

  test('tells the wallet from its mutants', async () => {
    for (const mutant of MUTANTS.filter((_, i) => isHere(i))) {
      const { killedBy } = live(await build(mutant), 6_000);
      expect(killedBy, mutant.name).toBeDefined();
    }
  }, 400_000);

  test('does the same from the same seed', () => {
    const traces = [1, 2].map(() => {
      const lines: string[] = [];
      new Life({ seed: 3, crypto: opensslCrypto, trace: (line) => void lines.push(line) }).live(80);
      return lines;
    });
    expect(traces[0].length).toBeGreaterThan(30);
    expect(traces[0]).toEqual(traces[1]);
  }, 100_000);
});
