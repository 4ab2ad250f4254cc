import type { Clock } from '../../hal/clock.js';

/**
 * The clock of a script that has the engine to itself: time stands still, and alarms are turns, taken one
 * after another.
 */
export class EventQueue {
  readonly #waiting: (() => void)[] = [];

  readonly clock: Clock = {
    ticks_ms: () => 0,
    ticks_us: () => 0,
    uptime_s: () => 0,
    schedule: (_, callback) => {
      this.#waiting.push(callback);
      return { cancel() {} };
    },
  };

  /** Until none is left. `take` may do something around each. */
  run(take = (turn: () => void): void => turn()): void {
    for (let turn = this.#waiting.shift(); turn; turn = this.#waiting.shift()) take(turn);
  }
}
