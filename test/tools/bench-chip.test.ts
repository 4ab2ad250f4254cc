import { describe, expect, test } from 'vitest';
import { GUARDED, grown, guardOf, readGuards } from '../../tools/bench/chip/budgets.js';
import { pairOf } from '../../tools/bench/chip/cases.js';
import { countTouch } from '../../tools/bench/chip/count.js';
import { measureStranger } from '../../tools/bench/chip/stranger.js';
import { timeTouch } from '../../tools/bench/chip/touch-model.js';
import { whyNotOn } from '../../tools/xs/run.js';
import { skipWithout } from '../support/external.js';

const reason = await whyNotOn('chip');
const skipped = skipWithout(reason === undefined, `the emulated chip (${reason})`);
const PACE = { cyclesPerInstruction: 1.3, clock_MHz: 160 };

describe.skipIf(skipped)(
  reason === undefined ? 'a payment on the chip' : `a payment on the chip (skipped: ${reason})`,
  () => {
    const guards = readGuards();
    for (const name of GUARDED) {
      test(`costs no more than it did, within the slack: ${name} (npm run bench:chip -- --renew)`, async () => {
        const touch = await countTouch(pairOf(name));
        expect(grown(guards[name], guardOf(touch))).toEqual([]);
        // The meter takes its own instructions off again: what it gets wrong must not matter.
        const all = touch.steps.reduce((sum, { instructions }) => sum + instructions, 0);
        expect(touch.missed / all).toBeLessThan(0.01);
      });
    }

    test('takes the steps on the simulator’s clock that it takes on the chip', async () => {
      const touch = await countTouch(pairOf('strangers'));
      const timed = timeTouch(touch, 'SPI 4 MHz', PACE);
      const counted = touch.steps.filter(({ name }) => name !== 'idle');
      expect(timed.steps).toHaveLength(counted.length);
      expect(timed.apduBytes).toBe(guardOf(touch).apduBytes);
      const { total_us } = timeTouch(touch, 'SPI 4 MHz', { ...PACE, cyclesPerInstruction: 0 });
      expect(timed.total_us).toBeGreaterThan(total_us);
    });
  },
);

describe.skipIf(skipped)('a reader without a key', () => {
  /** 0.1 ms of some 57. */
  const ALIKE = 12_000;

  test('can tell by the computing time which certificate a card remembers, and nothing else', async () => {
    const { cards, rows } = await measureStranger();
    const met = cards.indexOf('met the terminal');
    for (const { what, instructions } of rows) {
      const others = instructions.filter((_, card) => card !== met);
      expect(Math.max(...others) - Math.min(...others), what).toBeLessThan(ALIKE);
      const difference = others[0] - instructions[met];
      if (what.startsWith('HELLO') && what.endsWith('recorded')) expect(difference).toBeGreaterThan(500_000);
      else expect(Math.abs(difference), what).toBeLessThan(ALIKE);
    }
  });
});
