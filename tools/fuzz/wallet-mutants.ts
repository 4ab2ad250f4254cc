/** Builds each mutant of the wallet in a folder of its own, and lets it live until the judge finds it out. */
import { hostCrypto } from '../../hal/crypto/host.js';
import type { Mutant } from '../../sim/fuzz/mutant.js';
import { emptyTally } from '../../sim/wallet/judge.js';
import { Life } from '../../sim/wallet/life.js';
import { MUTANTS } from '../../sim/wallet/mutants.js';
import { type Fate, importChanged } from './mutant.js';

export const STEPS_OF_LIFE = 250;

export type WalletFate = Fate & { readonly steps: number };

/** The lives of wallets with one line changed. */
export const build = async (mutant: Mutant): Promise<typeof Life> =>
  (await importChanged<{ Life: typeof Life }>(mutant, 'sim/wallet/life.ts')).Life;

/** One life after another, until the judge objects or so many steps are done. */
export function live(lives: typeof Life, stepsMax: number, firstSeed = 1): Omit<WalletFate, 'mutant'> {
  const tally = emptyTally();
  for (let seed = firstSeed; tally.steps < stepsMax; seed++) {
    try {
      new lives({ seed, crypto: hostCrypto }, tally).live(Math.min(STEPS_OF_LIFE, stepsMax - tally.steps));
    } catch (error) {
      const killedBy = error instanceof Error ? error.message : String(error);
      return { killedBy, steps: tally.steps };
    }
  }
  return { killedBy: undefined, steps: tally.steps };
}

export async function liveMutants(
  stepsMax: number,
  tell: (fate: WalletFate) => void = () => {},
): Promise<WalletFate[]> {
  // Seeds in which the judge finds fault with the wallet itself say nothing about a mutant.
  const { killedBy } = live(Life, stepsMax);
  if (killedBy !== undefined) throw new Error(`the wallet itself: ${killedBy}`);
  const fates: WalletFate[] = [];
  for (const mutant of MUTANTS) {
    const fate = { mutant: mutant.name, ...live(await build(mutant), stepsMax) };
    tell(fate);
    fates.push(fate);
  }
  return fates;
}
