import type { Alarm, Clock } from '../../hal/clock.js';
import type { VirtualAlarm, VirtualClock } from './virtual-clock.js';

/** An alarm of one device, which waits as long as its processor is busy. */
class DeviceAlarm implements Alarm {
  /** Among the alarms that its device waits for, or -1. */
  place = -1;
  #waiting: VirtualAlarm | undefined;

  constructor(
    private readonly clock: DeviceClock,
    readonly callback: () => void,
  ) {}

  waitUntil(time_us: number): void {
    this.#waiting = this.clock.world.scheduleAt(time_us, () => this.clock.due(this));
  }

  cancel(): void {
    this.#waiting?.cancel();
    this.clock.forget(this);
  }
}

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
  readonly #alarms: DeviceAlarm[] = [];
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

  ticks_us(): number {
    return (this.local_us - this.#powerUp_us) % 0x80000000;
  }

  uptime_s(): number {
    return Math.floor((this.local_us - this.#powerUp_us) / 1e6);
  }

  schedule(delay_ms: number, callback: () => void): Alarm {
    return this.at(this.local_us + Math.max(0, delay_ms) * 1000, callback);
  }

  /** Runs `callback` at `time_us`, or when the processor is free again, unless power goes first. */
  at(time_us: number, callback: () => void): Alarm {
    const alarm = new DeviceAlarm(this, callback);
    if (this.#powered) this.#wait(alarm, Math.max(time_us, this.world.now_us));
    return alarm;
  }

  /** An alarm's moment has come: it runs, or waits until the processor is free. */
  due(alarm: DeviceAlarm): void {
    this.forget(alarm);
    if (this.#busyUntil_us > this.world.now_us) this.#wait(alarm, this.#busyUntil_us);
    else alarm.callback();
  }

  /** Its place goes to the last one. */
  forget(alarm: DeviceAlarm): void {
    const { place } = alarm;
    if (place < 0) return;
    const last = this.#alarms.pop()!;
    alarm.place = -1;
    if (last === alarm) return;
    this.#alarms[place] = last;
    last.place = place;
  }

  #wait(alarm: DeviceAlarm, time_us: number): void {
    alarm.waitUntil(time_us);
    alarm.place = this.#alarms.length;
    this.#alarms.push(alarm);
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
    while (this.#alarms.length > 0) this.#alarms[0]!.cancel();
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
