import type { Mutant } from '../../sim/fuzz/mutant.js';
import { verdicts } from '../../sim/model/claims.js';
import { readGraph, SCOPES } from '../../sim/model/graph.js';
import { BANK_MUTANTS, MODEL_MUTANTS } from '../../sim/model/mutants.js';
import type { replay } from '../../sim/model/replayed.js';
import { changed, type Fate, importChanged } from '../fuzz/mutant.js';

export type ModelFate = Fate & { readonly s: number };

async function timed(name: string, judge: () => string | undefined | Promise<string | undefined>) {
  const since = Date.now();
  const killedBy = await judge();
  return { mutant: name, killedBy, s: Math.round((Date.now() - since) / 1_000) };
}

/** The first claim that the changed model breaks; undefined when it keeps them all. */
export function judgeModel(mutant: Mutant): string | undefined {
  // A copied payer can do all that an honest one can.
  for (const { claim, result } of verdicts('copied', changed(mutant))) {
    if (result.errors > 0) return `claim: ${claim.name}`;
  }
  return undefined;
}

/** Where the changed bank leaves the model; undefined when it goes along with it everywhere. */
export async function judgeBank(mutant: Mutant & { readonly scope: string }): Promise<string | undefined> {
  const scope = SCOPES.find(({ name }) => name === mutant.scope)!;
  const lives = await importChanged<{ replay: typeof replay }>(mutant, 'sim/model/replayed.ts');
  try {
    await lives.replay(scope, readGraph(scope));
    return undefined;
  } catch (error) {
    return `replay: ${(error as Error).message}`;
  }
}

export async function fates(): Promise<ModelFate[]> {
  const all: ModelFate[] = [];
  for (const mutant of MODEL_MUTANTS) {
    all.push(await timed(`model: ${mutant.name}`, () => judgeModel(mutant)));
  }
  for (const mutant of BANK_MUTANTS) all.push(await timed(`bank: ${mutant.name}`, () => judgeBank(mutant)));
  return all;
}
