import type { Alarm, Clock } from '../../hal/clock.js';

const WRAP = 0x80000000;

/** The time of this machine, as a device that was started with this program has it. */
export const nodeClock: Clock = {
  ticks_ms: () => Math.floor(performance.now()) % WRAP,
  ticks_us: () => Math.floor(performance.now() * 1_000) % WRAP,
  uptime_s: () => Math.floor(performance.now() / 1_000),
  schedule(delay_ms, callback): Alarm {
    // It is the front end that keeps the program going: a device without one waits for nothing.
    const timer = setTimeout(callback, Math.max(0, delay_ms)).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
