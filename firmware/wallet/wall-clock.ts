import type { Clock } from '../../hal/clock.js';

/**
 * The wallet's idea of the time: what its bank last signed, plus the seconds that the hardware has counted
 * since. Nobody else moves it (a hostile terminal must not be able to expire a card's money). Without a
 * battery it stands still, so it is a lower bound.
 */
export class WallClock {
  #bank_s = 0;
  #uptime_s = 0;

  constructor(private readonly clock: Clock) {}

  get now_s(): number {
    const counted_s = this.clock.uptime_s() - this.#uptime_s;
    return this.#bank_s + Math.max(counted_s, 0);
  }

  /**
   * Seconds that the hardware has counted; kept beside the bank's time, so that sleep counts and a power loss
   * does not.
   */
  get uptime_s(): number {
    return this.clock.uptime_s();
  }

  /** `uptime_s` is what the hardware had counted when the bank said `bank_s`. */
  set(bank_s: number, uptime_s: number): void {
    this.#bank_s = bank_s;
    this.#uptime_s = uptime_s;
  }
}
