/** Builds each mutant of the wallet in a folder of its own, and lets it live until the judge finds it out. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { emptyTally } from '../../sim/wallet/judge.js';
import { Life } from '../../sim/wallet/life.js';
import { MUTANTS, type Mutant } from '../../sim/wallet/mutants.js';
import { table } from '../cli/output/table.js';

const ROOT = new URL('../..', import.meta.url).pathname;
export const STEPS_OF_LIFE = 250;

export interface Fate {
  readonly mutant: string;
  /** What the judge said; undefined when it found nothing. */
  readonly killedBy: string | undefined;
  readonly steps: number;
}

/** The lives of wallets with one line changed. */
export async function build(mutant: Mutant): Promise<typeof Life> {
  const folder = mkdtempSync(join(tmpdir(), 'tapnote-mutant-'));
  try {
    for (const part of ['firmware', 'hal', 'sim', 'package.json']) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, mutant.file), changed(mutant));
    const lives = await tsImport(pathToFileURL(join(folder, 'sim/wallet/life.ts')).href, import.meta.url);
    return lives.Life;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The mutant's file. Throws when the line that it changes is not there exactly once. */
export function changed({ name, file, find, replace }: Mutant): string {
  const parts = readFileSync(join(ROOT, file), 'utf8').split(find);
  if (parts.length !== 2) throw new Error(`${name}: its line is ${parts.length - 1} times in ${file}`);
  return parts.join(replace);
}

/** One life after another, until the judge objects or so many steps are done. */
export function live(lives: typeof Life, stepsMax: number, firstSeed = 1): Omit<Fate, 'mutant'> {
  const tally = emptyTally();
  for (let seed = firstSeed; tally.steps < stepsMax; seed++) {
    try {
      new lives({ seed, crypto: opensslCrypto }, tally).live(Math.min(STEPS_OF_LIFE, stepsMax - tally.steps));
    } catch (error) {
      const killedBy = error instanceof Error ? error.message : String(error);
      return { killedBy, steps: tally.steps };
    }
  }
  return { killedBy: undefined, steps: tally.steps };
}

export async function liveMutants(stepsMax: number, tell: (fate: Fate) => void = () => {}): Promise<Fate[]> {
  // Seeds in which the judge finds fault with the wallet itself say nothing about a mutant.
  const { killedBy } = live(Life, stepsMax);
  if (killedBy !== undefined) throw new Error(`the wallet itself: ${killedBy}`);
  const fates: Fate[] = [];
  for (const mutant of MUTANTS) {
    const fate = { mutant: mutant.name, ...live(await build(mutant), stepsMax) };
    tell(fate);
    fates.push(fate);
  }
  return fates;
}

export function mutantTable(fates: readonly Fate[]): string[] {
  const rows = fates.map(({ mutant, killedBy, steps }) => [
    mutant,
    String(steps),
    (killedBy ?? 'SURVIVES').split('\n')[0].slice(0, 90),
  ]);
  return table([['mutant', 'steps', 'killed by'], ...rows]);
}
