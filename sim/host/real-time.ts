import type { VirtualClock } from '../chip/virtual-clock.js';

const STEP_MS = 2;
/** A machine that was asleep does not catch up with hours. */
const STEP_MS_MAX = 200;

/** Lets simulated time go by as real time does, or so much slower. Returns how to stop it. */
export function runInRealTime(clock: VirtualClock, slower = 1): () => void {
  let last_ms = performance.now();
  const timer = setInterval(() => {
    const now_ms = performance.now();
    const passed_ms = Math.min(now_ms - last_ms, STEP_MS_MAX);
    last_ms = now_ms;
    clock.runFor(Math.round((passed_ms * 1000) / slower));
  }, STEP_MS);
  return () => clearInterval(timer);
}
