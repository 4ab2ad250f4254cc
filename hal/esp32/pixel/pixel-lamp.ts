import NeoPixel from 'neopixel';
import type { Lamp } from '../../lamp.js';

/** A part of full brightness: it is meant to be looked at, and 20 mA a colour are a lot from a battery. */
const LEVEL = 24;

/** The WS2812 of a development board, as a lamp of one colour. */
export class PixelLamp implements Lamp {
  readonly #pixel: NeoPixel;

  constructor(pin: number) {
    this.#pixel = new NeoPixel({ pin, length: 1, order: 'GRB' });
    this.set(false);
  }

  set(on: boolean): void {
    this.#pixel.setPixel(0, on ? this.#pixel.makeRGB(LEVEL, LEVEL, LEVEL) : 0);
    this.#pixel.update();
  }
}
