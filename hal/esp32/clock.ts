import Timer from 'timer';
import type { Alarm, Clock } from '../clock.js';

const ticks = native('xs_esp32_ticks') as () => number;
const ticks_us = native('xs_esp32_ticks_us') as () => number;
const uptime = native('xs_esp32_uptime') as () => number;

class TimerAlarm implements Alarm {
  #timer: Timer | undefined;

  constructor(delay_ms: number, callback: () => void) {
    this.#timer = Timer.set(() => {
      this.#timer = undefined;
      callback();
    }, delay_ms);
  }

  cancel(): void {
    if (this.#timer !== undefined) Timer.clear(this.#timer);
    this.#timer = undefined;
  }
}

/** The SDK's timers; ticks and seconds from ESP-IDF, because the RTC goes on counting in deep sleep. */
export const hardwareClock: Clock = {
  ticks_ms: () => ticks(),
  ticks_us: () => ticks_us(),
  schedule: (delay_ms, callback) => new TimerAlarm(delay_ms, callback),
  uptime_s: () => uptime(),
};
