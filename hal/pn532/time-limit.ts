import type { Clock } from '../clock.js';

/** How much is left of a call's time. */
export class TimeLimit {
  limit_ms = 0;
  #start_ms = 0;

  constructor(private readonly clock: Clock) {}

  start(limit_ms: number): void {
    this.limit_ms = limit_ms;
    this.#start_ms = this.clock.ticks_ms();
  }

  extend(more_ms: number): void {
    this.limit_ms += more_ms;
  }

  get left_ms(): number {
    return this.limit_ms - ((this.clock.ticks_ms() - this.#start_ms) & 0x7fffffff);
  }
}
