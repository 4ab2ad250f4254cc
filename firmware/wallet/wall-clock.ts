import type { Clock } from '../../hal/clock.js';
import { getU32, putU32 } from '../bytes.js';

/** Of what lies under `Key.clock`: time (4), what the hardware had counted then (4). */
export const TIME_BYTES = 8;

/**
 * The wallet's idea of the time: what its bank last signed, plus the seconds that the hardware has counted
 * since. Nobody else moves it (a hostile terminal must not be able to expire a card's money). What passes
 * while the hardware has no power is not counted, so it is a lower bound.
 */
export class WallClock {
  #time_s = 0;
  #uptime_s = 0;
  #isCountRestarted = false;

  constructor(private readonly clock: Clock) {}

  get now_s(): number {
    return this.#time_s + this.clock.uptime_s() - this.#uptime_s;
  }

  /**
   * Whether the hardware lost power since the time was written down. It is to be written down anew: once the
   * new count is beyond the old one, a boot could not tell them apart any more.
   */
  get isCountRestarted(): boolean {
    return this.#isCountRestarted;
  }

  /** It is `time_s` now. */
  set(time_s: number): void {
    this.#time_s = time_s;
    this.#uptime_s = this.clock.uptime_s();
    this.#isCountRestarted = false;
  }

  /**
   * What to write down when it is `time_s` now: with the hardware's count, so that sleep counts and a loss of
   * power does not.
   */
  record(time_s: number): Uint8Array {
    const record = new Uint8Array(TIME_BYTES);
    putU32(record, 0, time_s);
    putU32(record, 4, this.clock.uptime_s());
    return record;
  }

  /**
   * At boot, from what was written down. When the hardware has counted less by now, it lost power, began anew
   * at 0, and every second that it has counted since then has passed.
   */
  restore(record: Uint8Array): void {
    const uptime_s = getU32(record, 4);
    this.#isCountRestarted = this.clock.uptime_s() < uptime_s;
    this.#time_s = getU32(record, 0);
    this.#uptime_s = this.#isCountRestarted ? 0 : uptime_s;
  }
}
