import type { VirtualClock } from '../chip/virtual-clock.js';

/** A machine that was asleep does not catch up with hours. */
const BEHIND_US_MAX = 200_000;
/** Below a timer's own grain the event loop goes round instead. */
const TIMER_MS_MIN = 1;
/** Well below BEHIND_US_MAX: a long sleep of its own must not pass for one of the machine. */
const TIMER_MS_MAX = 50;

/**
 * Lets simulated time go by as real time does. It sleeps until the next alarm, and never for long; whoever
 * brings something in from outside calls `catchUp` first, so that it comes at its time.
 */
export class RealTime {
  #at_ms = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #isRunning = true;

  constructor(private readonly clock: VirtualClock) {
    clock.onSooner = () => this.#wait();
    this.#wait();
  }

  /** Brings simulated time up to now, and runs what was due. */
  catchUp(): void {
    const now_ms = performance.now();
    const passed_us = (now_ms - this.#at_ms) * 1_000;
    this.#at_ms = now_ms;
    this.clock.runFor(Math.min(passed_us, BEHIND_US_MAX));
  }

  stop(): void {
    this.#isRunning = false;
    this.clock.onSooner = undefined;
    this.#clear();
  }

  #clear(): void {
    clearTimeout(this.#timer);
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = undefined;
  }

  readonly #run = (): void => {
    // What an alarm sets itself is waited for once, when all that were due have run.
    this.clock.onSooner = undefined;
    this.catchUp();
    if (!this.#isRunning) return;
    this.clock.onSooner = () => this.#wait();
    this.#wait();
  };

  #wait(): void {
    this.#clear();
    const next_us = this.clock.next_us ?? Number.POSITIVE_INFINITY;
    const passed_us = (performance.now() - this.#at_ms) * 1_000;
    const left_ms = (next_us - this.clock.now_us - passed_us) / 1_000;
    if (left_ms < TIMER_MS_MIN) this.#turn = setImmediate(this.#run);
    else this.#timer = setTimeout(this.#run, Math.min(Math.floor(left_ms), TIMER_MS_MAX));
  }
}
