import type { OpenSerial, Serial, SerialOptions } from '../../hal/byte-link.js';

/** What a UART's driver keeps for an engine that is busy: hal/esp32/uart.c. */
const RING_BYTES = 1_024;
const ROOM_BYTES = 1_024;

/**
 * The device's end of a cable whose other end is whatever `write` leads to. What comes faster than the device
 * reads is lost.
 */
export class Cable {
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #options: SerialOptions | undefined;

  constructor(private readonly write: (bytes: Uint8Array) => void) {}

  /** One at a time: a device that starts again takes it over. */
  readonly openSerial: OpenSerial = (options): Serial => {
    this.#options = options;
    this.#waiting = [];
    this.#waitingBytes = 0;
    options.onWritable(ROOM_BYTES);
    return {
      read: (target) => this.#read(target),
      write: (source) => {
        if (this.#options !== options) return;
        this.write(source.slice());
        options.onWritable(ROOM_BYTES);
      },
      close: () => {
        if (this.#options === options) this.#options = undefined;
      },
    };
  };

  /** Nobody is at the device's end: power is off. */
  unplug(): void {
    this.#options = undefined;
  }

  /** From the host. */
  receive(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, Math.max(0, RING_BYTES - this.#waitingBytes));
    if (!this.#options || kept.length === 0) return;
    this.#waiting.push(kept.slice());
    this.#waitingBytes += kept.length;
    this.#options.onReadable();
    if (kept.length < bytes.length) this.receive(bytes.subarray(kept.length));
  }

  #read(target: Uint8Array): number {
    const first = this.#waiting[0];
    if (!first) return 0;
    const count = Math.min(first.length, target.length);
    target.set(first.subarray(0, count));
    this.#waitingBytes -= count;
    if (count === first.length) this.#waiting.shift();
    else this.#waiting[0] = first.subarray(count);
    return count;
  }
}
