/** Builds each mutant of bank and firmware in a folder of its own, and has lives or a test find it out. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Lives } from '../../sim/fuzz/lives.js';
import type { MoneyMutant } from '../../sim/fuzz/mutant.js';
import { MONEY_MUTANTS } from '../../sim/fuzz/mutants.js';
import { inParallel } from '../xs/in-parallel.js';
import { type Fate, importFrom, inCopy } from './mutant.js';

/** Steps of one life. Young countries have all kinds of trouble soon. */
const STEPS_OF_LIFE = 300;
const PARTS = [
  'firmware',
  'hal',
  'sim',
  'test',
  'tools',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

export type MoneyFate = Fate & { readonly steps: number };

/** Lives of a country for so many steps, one after another, until one of them objects. */
export async function live(
  lives: typeof Lives,
  stepsMax: number,
  firstSeed = 1,
): Promise<Omit<MoneyFate, 'mutant'>> {
  let steps = 0;
  for (let seed = firstSeed; steps < stepsMax; seed++) {
    let country: Lives | undefined;
    try {
      country = await lives.open(seed);
      for (let i = 0; i < STEPS_OF_LIFE && steps < stepsMax; i++, steps++) await country.step();
      await country.end();
    } catch (error) {
      return { killedBy: error instanceof Error ? error.message : String(error), steps };
    } finally {
      await country?.close();
    }
  }
  return { killedBy: undefined, steps };
}

/** Whoever the mutant is found out by. */
export const judge = ({ test, ...mutant }: MoneyMutant, stepsMax: number): Promise<MoneyFate> =>
  inCopy(mutant, PARTS, async (folder) => {
    if (test) return { mutant: mutant.name, steps: 0, killedBy: await failing(folder, test) };
    const { Lives: lives } = await importFrom<{ Lives: typeof Lives }>(folder, 'sim/fuzz/lives.ts');
    return { mutant: mutant.name, ...(await live(lives, stepsMax)) };
  });

/** The test, when it fails in that folder. Throws when there is no such test. */
async function failing(folder: string, [file, name]: readonly [string, string]): Promise<string | undefined> {
  const args = ['node_modules/vitest/vitest.mjs', 'run', file, '-t', name, '--reporter', 'json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 1e8 }).catch(
    (error: { stdout: string }) => error,
  );
  const { numFailedTests, numPassedTests } = JSON.parse(stdout.slice(stdout.indexOf('{')));
  if (numFailedTests + numPassedTests === 0) throw new Error(`${file} has no test "${name}"`);
  return numFailedTests > 0 ? `${file}: ${name}` : undefined;
}

/** `jobs` of them at a time. */
export async function judgeMutants(
  stepsMax: number,
  jobs: number,
  tell: (fate: MoneyFate) => void = () => {},
): Promise<MoneyFate[]> {
  return inParallel(MONEY_MUTANTS, jobs, async (mutant) => {
    const fate = await judge(mutant, stepsMax);
    tell(fate);
    return fate;
  });
}

/** As the table of a document. Ids differ from one mutant to the next, and say nothing. */
export function moneyTable(fates: readonly MoneyFate[]): string[] {
  const rows = fates.map(({ mutant, steps, killedBy }) => {
    const said = killedBy?.split('\n')[0].replace(/: \{.*/, '');
    return `| ${mutant} | ${steps === 0 ? '' : steps} | ${said ?? 'SURVIVES'} |`;
  });
  return ['| left out, or wrong | steps | found out by |', '| --- | ---: | --- |', ...rows];
}
