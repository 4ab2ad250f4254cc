import type { Device } from '../../sim/device/device.js';
import type { World } from '../../sim/world/world.js';

/** So that a clock that is set back has not counted less than nothing. */
const COUNTED_S = 200 * 86_400;

/**
 * Clocks of devices as a test wants them: each counts the world's seconds, all in one beat, and can be set
 * apart from the others. A touch that begins with a new second ends within it.
 */
export class Clocks {
  readonly #apart_s = new Map<Device, number>();

  constructor(
    private readonly world: World,
    ...devices: readonly Device[]
  ) {
    for (const device of devices) {
      this.#apart_s.set(device, 0);
      device.host.uptime_s = () =>
        COUNTED_S + Math.floor(world.clock.now_us / 1e6) + this.#apart_s.get(device)!;
    }
  }

  /** The clock of `device` goes `by_s` further on, or back, as if it had stood still. */
  shift(device: Device, by_s: number): void {
    this.#apart_s.set(device, this.#apart_s.get(device)! + by_s);
  }

  beat(): void {
    const { clock } = this.world;
    clock.runFor(1e6 - (clock.now_us % 1e6));
  }
}
