import type { Alarm, Clock } from '../../hal/clock.js';
import type { VirtualAlarm, VirtualClock } from './virtual-clock.js';

/**
 * One device's processor and its clock: time since its own power-up, and how long it is busy.
 *
 * The firmware's code takes no simulated time by itself. Whoever models its cost calls `spend`: from then on
 * the device lives that much later than the world. What it sends starts then, and what comes for it (alarms,
 * bytes, interrupts) waits until it has a moment, as on a single core.
 */
export class DeviceClock implements Clock {
  readonly world: VirtualClock;
  #powerUp_us: number;
  #busyUntil_us = 0;
  #powered = true;
  readonly #alarms = new Set<VirtualAlarm>();
  /** Microseconds spent since the last reset of the counter. */
  spent_us = 0;

  constructor(world: VirtualClock) {
    this.world = world;
    this.#powerUp_us = world.now_us;
  }

  /** The instant at which this device is: the world's now, or later when it is busy. */
  get local_us(): number {
    return Math.max(this.world.now_us, this.#busyUntil_us);
  }

  /** The processor computes (or waits for flash) for so long. */
  spend(duration_us: number): void {
    this.#busyUntil_us = this.local_us + duration_us;
    this.spent_us += duration_us;
  }

  ticks_ms(): number {
    return Math.floor((this.local_us - this.#powerUp_us) / 1000) % 0x80000000;
  }

  uptime_s(): number {
    return Math.floor((this.local_us - this.#powerUp_us) / 1e6);
  }

  schedule(delay_ms: number, callback: () => void): Alarm {
    return this.at(this.local_us + Math.max(0, delay_ms) * 1000, callback);
  }

  /** Runs `callback` at `time_us`, or when the processor is free again, unless power goes first. */
  at(time_us: number, callback: () => void): Alarm {
    if (!this.#powered) return { cancel() {} };
    const run = (): void => {
      this.#alarms.delete(current);
      if (this.#busyUntil_us > this.world.now_us) {
        current = this.world.scheduleAt(this.#busyUntil_us, run);
        this.#alarms.add(current);
      } else {
        callback();
      }
    };
    let current = this.world.scheduleAt(Math.max(time_us, this.world.now_us), run);
    this.#alarms.add(current);
    return {
      cancel: () => {
        current.cancel();
        this.#alarms.delete(current);
      },
    };
  }

  /** Calls the device now, or when its processor is free again. */
  interrupt(callback: () => void): void {
    if (!this.#powered) return;
    if (this.#busyUntil_us > this.world.now_us) this.at(this.#busyUntil_us, callback);
    else callback();
  }

  /** Forgets every alarm: the firmware stops where it is. */
  powerOff(): void {
    this.#powered = false;
    for (const alarm of this.#alarms) alarm.cancel();
    this.#alarms.clear();
    this.#busyUntil_us = 0;
  }

  powerOn(): void {
    this.#powered = true;
    this.#powerUp_us = this.world.now_us;
    this.#busyUntil_us = 0;
  }

  get powered(): boolean {
    return this.#powered;
  }
}
