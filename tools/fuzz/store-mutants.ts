/** Builds each mutant of the store in a folder of its own, and drives it until the driver finds it out. */
import type { Mutant } from '../../sim/fuzz/mutant.js';
import { playCases } from '../../sim/store/cases.js';
import { Driver } from '../../sim/store/driver.js';
import { FAULT_NAMES, playFault } from '../../sim/store/faults.js';
import { MUTANTS } from '../../sim/store/mutants.js';
import { specimens, turnBits, turnKeys, turnPairs } from '../../sim/store/rot.js';
import type { StoreCode } from '../../sim/store/store-code.js';
import { DEEDS, playStorm } from '../../sim/store/storm.js';
import { type Fate, importFrom, inCopy } from './mutant.js';

const CUTS_OF_LIFE = 400;
/**
 * So many cuts of random lives before the cases, and before bits are turned, of which it is every so many.
 */
const CUTS_AT_FIRST = 500;
const BITS_EVERY = 11;
const STORM_CUTS = 250;

export type StoreFate = Fate & { readonly cuts: number };

/** The store with one line changed, or as it is. */
export const build = (mutant?: Mutant): Promise<StoreCode> =>
  inCopy(mutant, ['firmware/store', 'firmware/limits.ts', 'hal', 'package.json'], (folder) =>
    importFrom<StoreCode>(folder, 'firmware/store/open.ts'),
  );

/**
 * One life after another, by turns over units of 4 and 16 bytes and every fourth on a flash that wears out.
 */
export function drive(code: StoreCode, cutsMax: number, firstSeed = 1): Omit<StoreFate, 'mutant'> {
  const tally = { cuts: 0, operations: 0, boots: 0 };
  for (let seed = firstSeed; tally.cuts < cutsMax; seed++) {
    const options = { seed, unit: seed % 2 === 0 ? 4 : 16, isWorn: seed % 4 === 0 };
    try {
      new Driver(code, options, tally).live(CUTS_OF_LIFE);
    } catch (error) {
      const killedBy = error instanceof Error ? error.message : String(error);
      return { killedBy, cuts: tally.cuts };
    }
  }
  return { killedBy: undefined, cuts: tally.cuts };
}

/** Every few bits of small stores turned. */
export function rot(code: StoreCode, every: number): string | undefined {
  try {
    for (const unit of [4, 16]) {
      for (const specimen of specimens(code, unit)) {
        turnKeys(code, specimen, new Map());
        turnPairs(code, specimen, new Map());
        turnBits(code, specimen, every, new Map());
      }
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Some storms, of those that a short one is enough for. */
function rage(code: StoreCode): string | undefined {
  try {
    for (const deed of DEEDS) {
      for (const operation of [3, 6, 25, undefined]) {
        playStorm(code, { seed: 1, unit: 4, fill: 'nearly empty', deed, operation, cuts: STORM_CUTS });
      }
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** All faults and cases. */
export function play(code: StoreCode): Omit<StoreFate, 'mutant'> {
  const tally = { cuts: 0 };
  try {
    for (const fault of FAULT_NAMES) playFault(code, fault);
    playCases(code, tally);
    return { killedBy: undefined, cuts: tally.cuts };
  } catch (error) {
    return { killedBy: error instanceof Error ? error.message : String(error), cuts: tally.cuts };
  }
}

/** What random lives do not find out soon, cases may, or bits that turn, or longer lives. */
export async function driveMutants(
  cutsMax: number,
  mutants: readonly Mutant[] = MUTANTS,
): Promise<StoreFate[]> {
  const fates: StoreFate[] = [];
  for (const mutant of mutants) {
    const code = await build(mutant);
    let { killedBy, cuts } = drive(code, Math.min(cutsMax, CUTS_AT_FIRST));
    if (killedBy === undefined) {
      const played = play(code);
      killedBy = played.killedBy ?? rage(code) ?? rot(code, BITS_EVERY);
      cuts += played.cuts;
    }
    if (killedBy === undefined) ({ killedBy, cuts } = drive(code, cutsMax));
    fates.push({ mutant: mutant.name, killedBy, cuts });
  }
  return fates;
}
