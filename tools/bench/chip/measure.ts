/** Runs everything, one measurement after another. */
import { execFileSync } from 'node:child_process';
import { boots } from './boot.js';
import { CASES, type CaseName, pairOf } from './cases.js';
import { countTouch } from './count.js';
import { criticalPath } from './critical.js';
import { driverCost } from './driver.js';
import { CURVES, grow } from './growth.js';
import { imageParts, memoryOfTouch } from './memory.js';
import { codecs, nobleTouch } from './ratio.js';
import type { CaseResult, LinkResult, Results } from './results.js';
import { LINKS, type LinkName, type Pace, timeTouch } from './touch-model.js';

/** The wires that the budgets and the critical path are about. */
export const LINK_OF_BUDGET: LinkName = 'HSU 921,600';

export async function measureCase(name: CaseName, pace: Pace): Promise<CaseResult> {
  const touch = await countTouch(pairOf(name));
  const links = LINKS.map((link): LinkResult => {
    try {
      const timed = timeTouch(touch, link, pace);
      const idle = timeTouch(touch, link, { ...pace, cyclesPerInstruction: 0 });
      return { link, timed, failure: undefined, withoutCompute_ms: idle.total_us / 1e3 };
    } catch (error) {
      return { link, timed: undefined, failure: (error as Error).message, withoutCompute_ms: 0 };
    }
  });
  const { timed } = links.find(({ link }) => link === LINK_OF_BUDGET)!;
  if (!timed) throw new Error(`${name}: no touch over ${LINK_OF_BUDGET}`);
  const done = criticalPath(touch, LINK_OF_BUDGET, pace, ({ total_us }) => total_us);
  const paid = criticalPath(touch, LINK_OF_BUDGET, pace, ({ paid_us }) => paid_us);
  return {
    name,
    steps: touch.steps,
    missed: touch.missed,
    overhead: touch.overhead,
    links,
    done: { end_ms: timed.total_us / 1e3, crypto: done.crypto, other: done.other },
    paid: { end_ms: timed.paid_us / 1e3, crypto: paid.crypto, other: paid.other },
    critical: done.steps,
    apduBytes: timed.apduBytes,
  };
}

/**
 * `quick` leaves out what takes long: noble in the engine, and the growth. `say` tells what is being done.
 */
export async function measure(pace: Pace, quick: boolean, say: (what: string) => void): Promise<Results> {
  const cases = {} as Record<CaseName, CaseResult>;
  for (const name of CASES) {
    say(name);
    cases[name] = await measureCase(name, pace);
  }
  const growth: Results['growth'] = {};
  for (const name of quick ? [] : CURVES) {
    say(`growth: ${name}`);
    growth[name] = await grow(name);
  }
  say('driver, boot, memory, codec');
  const rest = {
    driver: await driverCost(await countTouch(pairOf('strangers')), pace),
    boots: await boots(),
    memory: await memoryOfTouch(),
    image_bytes: await imageParts(),
    codecs: await codecs(),
  };
  if (!quick) say('noble in the engine');
  return {
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    ...pace,
    cases,
    growth,
    ...rest,
    noble: quick ? undefined : await nobleTouch(),
  };
}
