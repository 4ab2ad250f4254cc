import type { I2c, InterruptPin } from '../byte-link.js';
import type { Clock } from '../clock.js';
import { FRAME_BUFFER_BYTES } from './frame.js';
import { PolledLink, type PolledPort } from './link-polled.js';

export const I2C_ADDRESS = 0x24;
/**
 * The chip holds the clock low for up to 440 us while it wakes and thinks (UM0701-02 section 6.2.4). An ESP32
 * gives up after 100 us unless told otherwise, so a board's I2C must be opened with at least this limit.
 */
export const I2C_STRETCH_US = 440;
const READY = 0x01;
const WAKE_MS = 2;

/** Every read starts with a byte that says whether a frame is ready. */
class I2cPort implements PolledPort {
  readonly #ready = new Uint8Array(1);
  readonly #buffer = new Uint8Array(1 + FRAME_BUFFER_BYTES);

  constructor(private readonly i2c: I2c) {}

  isReady(): boolean {
    this.i2c.read(this.#ready);
    return (this.#ready[0]! & READY) !== 0;
  }

  read(target: Uint8Array): boolean {
    const all = this.#buffer.subarray(0, 1 + target.length);
    this.i2c.read(all);
    if ((all[0]! & READY) === 0) return false;
    target.set(all.subarray(1));
    return true;
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    this.i2c.write(bytes.subarray(start, end));
  }

  close(): void {
    this.i2c.close();
  }
}

/** PN532 over I2C; with its IRQ line when the board has it, else polled every millisecond. */
export class I2cLink extends PolledLink {
  constructor(options: { i2c: I2c; clock: Clock; irq?: InterruptPin | undefined }) {
    super(new I2cPort(options.i2c), options.clock, WAKE_MS, options.irq);
  }
}
