/**
 * Which steps a touch waits for: those that make it longer when they take longer. The rest is done while the
 * other side is busy.
 */
import type { CountedTouch } from './count.js';
import { CRYPTO, type Step, sum } from './steps.js';
import { type LinkName, type Pace, type TimedTouch, timeTouch } from './touch-model.js';

export interface CriticalPath {
  /** Steps that the end of the touch waits for. */
  readonly steps: ReadonlySet<Step>;
  readonly crypto: number;
  /** Everything else that they compute. */
  readonly other: number;
}

/** By so much each step in turn is made longer, and more than half of it must be felt. */
const PROBE_US = 2_000;
/** A step that takes less is not worth a probe: it counts if its neighbour does. */
const SMALL = 1_000;

/** `until` picks the instant that counts: the end of the touch, or that of the payment. */
export function criticalPath(
  touch: CountedTouch,
  link: LinkName,
  pace: Pace,
  until: (timed: TimedTouch) => number,
): CriticalPath {
  const end_us = until(timeTouch(touch, link, pace));
  const steps = new Set(
    touch.steps.filter((step) => {
      if (step.name === 'idle' || step.instructions < SMALL) return false;
      const longer = until(timeTouch(touch, link, pace, { longer: { step, by_us: PROBE_US } }));
      return longer - end_us > PROBE_US / 2;
    }),
  );
  const total = (of: (step: Step) => number) => [...steps].reduce((all, step) => all + of(step), 0);
  const crypto = total((step) => sum(step.spans, CRYPTO));
  return { steps, crypto, other: total((step) => step.instructions) - crypto };
}
