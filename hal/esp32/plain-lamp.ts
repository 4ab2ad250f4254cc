import Digital from 'embedded:io/digital';
import type { Lamp } from '../lamp.js';

/** A light-emitting diode on a pin. */
export class PlainLamp implements Lamp {
  readonly #pin: Digital;

  constructor(
    pin: number,
    private readonly activeLow = false,
  ) {
    this.#pin = new Digital({ pin, mode: Digital.Output });
    this.set(false);
  }

  set(on: boolean): void {
    this.#pin.write(on === this.activeLow ? 0 : 1);
  }
}
