/** Runs everything, one measurement after another. */

import { execFileSync } from 'node:child_process';
import { assumptions } from './assumptions.js';
import { boots } from './boot.js';
import { BUDGETED_CASES, CASE_TEXT, CASES, type CaseName, pairOf } from './cases.js';
import { countTouch } from './count.js';
import { criticalPath } from './critical.js';
import { decision } from './decision.js';
import { driverCost } from './driver.js';
import { freshCode } from './fresh-code.js';
import { CURVES, grow } from './growth.js';
import { imageParts, memoryOfTouch } from './memory.js';
import { codecs, nobleTouch } from './ratio.js';
import type { Budgeted, CaseResult, LinkResult, Results } from './results.js';
import { LINKS, type LinkName, type Pace, timeTouch } from './touch-model.js';
import { withDriver } from './with-driver.js';

/** The wires that the budgets and the critical path are about. */
export const LINK_OF_BUDGET: LinkName = 'HSU 921,600';

async function measureCase(name: CaseName, pace: Pace): Promise<CaseResult> {
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

type Say = (what: string) => void;

async function measureCases<Name extends CaseName>(
  names: readonly Name[],
  pace: Pace,
  say: Say,
): Promise<Record<Name, CaseResult>> {
  const cases = {} as Record<Name, CaseResult>;
  for (const [i, name] of names.entries()) {
    say(`case ${i + 1} of ${names.length}: ${CASE_TEXT[name]}`);
    cases[name] = await measureCase(name, pace);
  }
  return cases;
}

const driverOfStrangers = async (pace: Pace) => driverCost(await countTouch(pairOf('strangers')), pace);

/** What the budgets are about, and nothing else. */
export async function measureBudgeted(pace: Pace, say: Say): Promise<Budgeted> {
  const cases = await measureCases(BUDGETED_CASES, pace, say);
  say('driver, memory, codes of accounts');
  const [driver, memory] = [await driverOfStrangers(pace), await memoryOfTouch()];
  return { cases, driver, memory, code: await freshCode(), decision: await decision() };
}

/**
 * `quick` leaves out what takes long: noble in the engine, the growth, and other assumptions. `say` tells
 * what is being done.
 */
export async function measure(pace: Pace, quick: boolean, say: Say): Promise<Results> {
  const cases = await measureCases(CASES, pace, say);
  const growth: Results['growth'] = {};
  for (const [i, name] of (quick ? [] : CURVES).entries()) {
    say(`growth ${i + 1} of ${CURVES.length}: ${name}`);
    growth[name] = await grow(name);
  }
  say('driver, boot, memory, codes of accounts, codec');
  const rest = {
    driver: await driverOfStrangers(pace),
    withDriver: await withDriver(pace),
    boots: await boots(),
    memory: await memoryOfTouch(),
    code: await freshCode(),
    decision: await decision(),
    image_bytes: await imageParts(),
    codecs: await codecs(),
  };
  if (!quick) say('other assumptions; noble in the engine');
  return {
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    ...pace,
    cases,
    growth,
    ...rest,
    assumptions: quick ? [] : await assumptions(await countTouch(pairOf('strangers')), pace),
    noble: quick ? undefined : await nobleTouch(),
  };
}
