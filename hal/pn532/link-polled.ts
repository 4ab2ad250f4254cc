import type { ByteLink, InterruptPin } from '../byte-link.js';
import type { Alarm, Clock } from '../clock.js';
import { FRAME_BUFFER_BYTES, frameBytes, NACK_FRAME } from './frame.js';

/** What I2C and SPI do in their own ways. Each may throw: then the chip did not answer at all. */
export interface PolledPort {
  /** Is a frame ready to be read? */
  isReady(): boolean;
  /** Reads the ready frame from its start into `target`; false when there is none. */
  read(target: Uint8Array): boolean;
  write(bytes: Uint8Array, start: number, end: number): void;
  close(): void;
}

const POLL_MS = 1;
/**
 * The first read takes this much: an ACK and most short answers whole. A longer frame is asked for again by
 * NACK and read to its exact length, because on these wires a read that stops early loses the rest.
 */
const FIRST_READ_BYTES = 16;

/**
 * The part that I2C and SPI have in common: the host asks whether a frame is ready, or is told by the IRQ
 * line.
 */
export class PolledLink implements ByteLink {
  readonly baud = 0;
  readonly gap_ms = 0;
  #onBytes: ((bytes: Uint8Array, count: number) => void) | undefined;
  readonly #buffer = new Uint8Array(FRAME_BUFFER_BYTES);
  readonly #first = this.#buffer.subarray(0, FIRST_READ_BYTES);
  /** Length of the frame that was asked for again; 0 when a new one is awaited. */
  #again = 0;
  #waiting = false;
  #alarm: Alarm | undefined;
  readonly #onPoll = (): void => {
    this.#alarm = undefined;
    this.poll();
    this.#scheduleNext();
  };

  constructor(
    private readonly port: PolledPort,
    private readonly clock: Clock,
    private readonly wake_ms: number,
    private readonly irq?: InterruptPin,
  ) {}

  open(onBytes: (bytes: Uint8Array, count: number) => void): void {
    this.#onBytes = onBytes;
    if (this.irq !== undefined) this.irq.onLow = () => this.poll();
  }

  close(): void {
    this.watch(false);
    this.#onBytes = undefined;
    if (this.irq !== undefined) this.irq.onLow = undefined;
    this.port.close();
  }

  setBaud(): void {
    // The host gives the clock.
  }

  send(bytes: Uint8Array, start: number, end: number): void {
    this.#again = 0;
    this.#write(bytes, start, end);
  }

  wake(): number {
    try {
      this.port.isReady();
    } catch {
      // A sleeping chip need not acknowledge the access that wakes it.
    }
    return this.wake_ms;
  }

  watch(waiting: boolean): void {
    this.#waiting = waiting;
    if (waiting) {
      this.#scheduleNext();
    } else {
      this.#alarm?.cancel();
      this.#alarm = undefined;
    }
  }

  poll(): void {
    try {
      if (this.irq !== undefined ? !this.irq.low : !this.port.isReady()) return;
      this.#readFrame();
    } catch {
      // No acknowledgement on the wires: as good as no frame, until the driver's timeout.
    }
  }

  #readFrame(): void {
    const again = this.#again;
    this.#again = 0;
    if (!this.port.read(again === 0 ? this.#first : this.#buffer.subarray(0, again))) return;
    const count = again === 0 ? FIRST_READ_BYTES : again;
    const whole = frameBytes(this.#buffer, count);
    if (whole > count && whole <= this.#buffer.length) {
      this.#again = whole;
      this.#write(NACK_FRAME, 0, NACK_FRAME.length);
      return;
    }
    this.#onBytes?.(this.#buffer, whole === 0 ? count : whole);
  }

  #write(bytes: Uint8Array, start: number, end: number): void {
    try {
      this.port.write(bytes, start, end);
    } catch {
      // As in poll().
    }
  }

  #scheduleNext(): void {
    if (!this.#waiting || this.irq !== undefined || this.#alarm !== undefined) return;
    this.#alarm = this.clock.schedule(POLL_MS, this.#onPoll);
  }
}
