import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hostCrypto } from '../../hal/crypto/host.js';
import { Bank } from '../../sim/bank/bank.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { Lives } from '../../sim/fuzz/lives.js';
import { MONEY_MUTANTS } from '../../sim/fuzz/mutants.js';
import { KEY_S, OPERATORS, Operators } from '../../sim/fuzz/operators.js';
import { judge } from '../../tools/fuzz/money-mutants.js';
import { changed } from '../../tools/fuzz/mutant.js';
import { fileEngine } from '../support/file-engine.js';

const DAY_S = 86_400;

it.each([1, 2])('keeps every invariant in a country of honest and hostile devices: seed %i', async (seed) => {
  const lives = await Lives.open(seed);
  for (let i = 0; i < 250; i++) await lives.step();
  await lives.end();
  await lives.close();
  expect([...lives.counts.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(250);
  for (const kind of ['touch paid', 'sync done', 'code taken', 'bills sent done'])
    expect(lives.counts.get(kind), kind).toBeGreaterThan(0);
});

describe('the operators of the country', () => {
  const START_S = 1_800_000_000;

  async function country(name: string) {
    const world = { now_s: START_S };
    const bank = await Bank.open({
      crypto: hostCrypto,
      entropy: new SimEntropy(1, name),
      time_s: START_S,
      database: await fileEngine(),
      schema: `fuzz_operators_${process.pid}_${name}`,
      operators: OPERATORS,
      parameters: { endorsementLife_s: KEY_S },
    });
    const dice = new SimEntropy(1, 'dice');
    const operators = new Operators(bank, world, (below) => dice.uint32() % below);
    const pass = async (seconds: number) => {
      world.now_s += seconds;
      await bank.tick(world.now_s);
    };
    return { bank, operators, pass };
  }

  it.each([
    ['half a day before its end', KEY_S - DAY_S / 2],
    ['in its last second', KEY_S],
    ['when it has run out', KEY_S + DAY_S],
  ])('have a new key although they look after the old one too late: %s', async (name, late_s) => {
    const { bank, operators, pass } = await country(`${late_s}`);
    await pass(KEY_S / 2);
    await pass(late_s - KEY_S / 2);
    await operators.renewKeys();
    expect(bank.operatorKeys().map(({ version }) => version)).toEqual([0, 0, 1, 1]);
    await pass(DAY_S);
    for (const { number } of OPERATORS) expect(operators.keyLeft_s(number), name).toBeGreaterThan(KEY_S / 2);
  });

  it('freeze more for a load that is beyond their quota', async () => {
    const { bank, operators } = await country('quota');
    const { quota } = await bank.reserves(2);
    expect(await operators.provideQuota(2, quota)).toBe(0);
    expect(await operators.provideQuota(2, quota + 1)).toBe(1);
    expect((await bank.reserves(2)).quota).toBeGreaterThan(quota);
    expect((await bank.audit()).ok).toBe(true);
  });
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
