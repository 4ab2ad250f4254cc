import type { Clock } from '../../hal/clock.js';

const GUARD_MS = 1_000;

/**
 * A press that comes right after something else is shown was meant for what was there before. It counts for
 * nothing, and the wait begins anew with it: who goes on pressing has not looked.
 */
export class PressGuard {
  #since_ms = 0;

  constructor(private readonly clock: Clock) {}

  /** Something else is shown from now on. */
  begin(): void {
    this.#since_ms = this.clock.ticks_ms();
  }

  /** Whether a press that comes now counts. */
  accepts(): boolean {
    const waited_ms = (this.clock.ticks_ms() - this.#since_ms) & 0x7fffffff;
    if (waited_ms >= GUARD_MS) return true;
    this.begin();
    return false;
  }
}
