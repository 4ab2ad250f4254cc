import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Lives } from '../../sim/fuzz/lives.js';
import { MONEY_MUTANTS } from '../../sim/fuzz/mutants.js';
import { judge } from '../../tools/fuzz/money-mutants.js';
import { changed } from '../../tools/fuzz/mutant.js';

it.each([1, 2])('keeps every invariant in a country of honest and hostile devices: seed %i', async (seed) => {
  const lives = await Lives.open(seed);
  for (let i = 0; i < 250; i++) await lives.step();
  await lives.end();
  await lives.close();
  expect([...lives.counts.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(250);
});

describe('mutants of bank and firmware', () => {
  it('are each another line of the code as it is now', () => {
    expect(MONEY_MUTANTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MONEY_MUTANTS.map(changed)).size).toBe(MONEY_MUTANTS.length);
  });

  it('are each in the table with what found it out', () => {
    const table = readFileSync(new URL('../../sim/fuzz/README.md', import.meta.url), 'utf8');
    for (const { name, test } of MONEY_MUTANTS) {
      const row = table.split('\n').find((line) => line.startsWith(`| ${name} |`));
      expect(row, name).toBeDefined();
      expect(row).not.toContain('SURVIVES');
      if (test) expect(row).toContain(`${test[0]}: ${test[1]}`);
    }
  });

  it('are found out by lives: one of them here, all by `npm run fuzz:money -- --mutants`', async () => {
    const mutant = MONEY_MUTANTS.find(({ name }) => name === 'a device is named when its payee synced first');
    const { killedBy } = await judge(mutant!, 100);
    expect(killedBy).toContain('is honest and is named');
  });
});
