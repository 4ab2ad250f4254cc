import type { Clock } from '../../hal/clock.js';
import { getU32, putU32 } from '../bytes.js';

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
   * The bank says that it is `bank_s`. Returns the record for flash: `bank_s` (4), and what the hardware has
   * counted then (4).
   */
  set(bank_s: number): Uint8Array {
    this.#bank_s = bank_s;
    this.#uptime_s = this.clock.uptime_s();
    const record = new Uint8Array(8);
    putU32(record, 0, this.#bank_s);
    putU32(record, 4, this.#uptime_s);
    return record;
  }

  /** From the record in flash, so that sleep counts and a power loss does not. */
  restore(record: Uint8Array): void {
    this.#bank_s = getU32(record, 0);
    this.#uptime_s = getU32(record, 4);
  }
}
