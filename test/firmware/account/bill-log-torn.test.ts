import { expect, it } from 'vitest';
import { CodeRefusal } from '../../../firmware/account/decision.js';
import type { Pos } from '../../../firmware/account/pos.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import type { NorFlash } from '../../../sim/chip/nor-flash.js';
import { survives } from '../../../sim/chip/power-cut.js';
import { codeOf, NOW_S } from './account-codes.js';
import { boot, faultOf, flashOf, receiptFor, SALE, scan, sell, tidy } from './till.js';

const SECTORS = 12;
/** Random subsets of the bits that were pending, for each operation that is cut. */
const SUBSETS = 20;
const LATER_S = NOW_S + 1_000;

/** What a terminal has after each step of its day: bills, and those that its platform has. */
type Standing = readonly [last: number, receipted: number];
interface Step {
  readonly run: (pos: Pos) => void;
  readonly after: Standing;
}

const sale = (counter: number, after: Standing): Step => ({
  run: (pos) => void sell(pos, counter, 100, LATER_S),
  after,
});

/** A terminal with bills in several sectors, of which its platform has some. */
function busy(): NorFlash {
  const flash = flashOf(SECTORS);
  const pos = boot(flash);
  for (let counter = 1; counter <= 24; counter++) {
    sell(pos, counter);
    tidy(pos);
  }
  pos.accept(receiptFor(pos, 4));
  tidy(pos);
  return flash;
}

const DAY: readonly Step[] = [
  sale(30, [25, 4]),
  { run: (pos) => void pos.refund(25, LATER_S, 40), after: [26, 4] },
  { run: (pos) => void pos.accept(receiptFor(pos, 24, LATER_S)), after: [26, 24] },
  { run: tidy, after: [26, 24] },
  sale(31, [27, 24]),
];

it('a bill is there wholly or not at all, and never twice, wherever power fails', () => {
  const before = busy();
  const flash = flashOf(SECTORS);
  let cuts = 0;
  for (let operation = 1, isOver = false; !isOver; operation++) {
    for (let subset = 0; subset < SUBSETS; subset++) {
      const seed = new SimEntropy(1_000 * operation + subset);
      flash.copyFrom(before);
      flash.cutAtOperation(operation, () => seed.uint32());
      let done = 0;
      isOver = survives(() => {
        const pos = boot(flash);
        for (const step of DAY) {
          step.run(pos);
          done++;
        }
      });
      cuts++;
      const where = `operation ${operation}, bits ${subset}, after step ${done}`;
      for (const recovery of [1, 2]) {
        flash.powerOn();
        flash.cutAtOperation(recovery, () => seed.uint32());
        survives(() => boot(flash));
      }
      flash.powerOn();
      const pos = boot(flash);
      expect(faultOf(pos), where).toBeUndefined();
      const standing = [pos.log.last, pos.log.receipted];
      const was = done === 0 ? [24, 4] : DAY[done - 1].after;
      expect([was, DAY[done]?.after ?? was], where).toContainEqual(standing);
      goesOn(pos, where);
    }
  }
  expect(cuts).toBeGreaterThan(15 * SUBSETS);
});

/** Every code is shown once more: each is booked once in the end, and the terminal sells on. */
function goesOn(pos: Pos, where: string): void {
  tidy(pos);
  for (const counter of [30, 31]) {
    const { text } = codeOf({ counter, created_s: LATER_S });
    scan(pos, text, SALE, LATER_S);
    expect(scan(pos, text, SALE, LATER_S).refusal, where).toBe(CodeRefusal.seen);
  }
  sell(pos, 40, 100, LATER_S);
  expect(faultOf(pos), where).toBeUndefined();
}
