import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { RealTime } from '../../../sim/host/real-time.js';

/** Simulated time is this close to real time, microseconds: a timer's grain, and one sleep. */
const CLOSE_US = 60_000;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['performance', 'setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('simulated time in real time', () => {
  for (const [name, wait_ms] of Object.entries({ 'a moment': 3, 'a while': 450, seconds: 12_000 })) {
    it(`comes to an alarm when it is due: ${name}`, () => {
      const clock = new VirtualClock();
      const realTime = new RealTime(clock);
      let rung_ms: number | undefined;
      const start_ms = performance.now();
      clock.schedule(wait_ms * 1_000, () => {
        rung_ms = performance.now() - start_ms;
      });
      vi.advanceTimersByTime(wait_ms + 100);
      realTime.stop();
      expect(rung_ms).toBeGreaterThanOrEqual(wait_ms);
      expect(rung_ms).toBeLessThan(wait_ms + CLOSE_US / 1_000);
    });
  }

  it('goes on when nothing is to come', () => {
    const clock = new VirtualClock();
    const realTime = new RealTime(clock);
    vi.advanceTimersByTime(60_000);
    realTime.stop();
    expect(Math.abs(clock.now_us - 60_000_000)).toBeLessThan(CLOSE_US);
  });
});
