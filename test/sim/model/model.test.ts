import { describe, expect, it } from 'vitest';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { CLAIMS, verdicts } from '../../../sim/model/claims.js';
import {
  ACTIONS,
  graphFile,
  makeGraph,
  makeHonestGraph,
  readGraph,
  SCOPES,
  writeGraph,
} from '../../../sim/model/graph.js';
import { BANK_MUTANTS, MODEL_MUTANTS } from '../../../sim/model/mutants.js';
import { openFor } from '../../../sim/model/replayed.js';
import { hasSpin } from '../../../sim/model/spin.js';
import { walk } from '../../../sim/model/walk.js';
import { changed } from '../../../tools/fuzz/mutant.js';
import { judgeBank, judgeModel } from '../../../tools/model/mutants.js';
import { skipWithout } from '../../support/external.js';

const WALK_ACTIONS = 300;
/** The others: `npm run check:model -- --mutants`. */
const isHere = (index: number): boolean => index % 2 === 0;

describe.skipIf(skipWithout(hasSpin(), 'spin'))('the model of the bank’s decisions', () => {
  it.each(['honest', 'copied', 'forfeiting'] as const)('keeps what it claims of a payer: %s', (payer) => {
    const found = [...verdicts(payer)];
    expect(found.map(({ claim }) => claim)).toEqual(CLAIMS);
    for (const { claim, result } of found) {
      expect(result.errors, `${claim.name}: ${result.complaint}`).toBe(0);
      expect(result.states).toBeGreaterThan(5_000);
    }
  });

  it.each(SCOPES)('has the graph that is committed: $name', (scope) => {
    expect(writeGraph(makeGraph(scope)), `npm run check:model -- --renew writes ${graphFile(scope)}`).toBe(
      writeGraph(readGraph(scope)),
    );
  });

  it.each(MODEL_MUTANTS.filter((_, i) => isHere(i)))(
    'is found out with one check missing: $name',
    (mutant) => {
      expect(judgeModel(mutant)).toBeDefined();
    },
  );

  it('knows all that comes of a random life of the bank and its devices', async () => {
    const bank = await openFor({ defines: ['-DLOAD'] });
    const { taken, tried } = await walk(makeHonestGraph(), bank, new SimEntropy(1, 'walk'), WALK_ACTIONS);
    await bank.close();
    expect(taken + tried).toBe(WALK_ACTIONS);
    expect(tried).toBeGreaterThan(WALK_ACTIONS / 20);
  });
});

describe('the graphs that are committed', () => {
  it('have every action between them', () => {
    const actions = SCOPES.flatMap((scope) => readGraph(scope).edges.map(({ action }) => action));
    expect([...new Set(actions)].sort()).toEqual(Object.values(ACTIONS).sort());
  });

  it('can be left: mutants of model and bank have each its own line', () => {
    const all = [...MODEL_MUTANTS, ...BANK_MUTANTS];
    expect(new Set(all.map(changed)).size).toBe(all.length);
  });

  it.each(BANK_MUTANTS.slice(0, 1))(
    'are not the way of a bank with one check missing: $name',
    async (mutant) => {
      expect(await judgeBank(mutant)).toMatch(/in the model|the device/);
    },
  );
});
