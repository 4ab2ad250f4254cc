import type { ByteLink, OpenSerial, Serial } from '../byte-link.js';
import { BAUD_AT_POWER_UP } from './commands.js';
import { FRAME_BUFFER_BYTES } from './frame.js';

/** Wakes the chip from LowVbat (UM0701-02 section 7.2.11): the zeros give it time before the first frame. */
const WAKE_BYTES = Uint8Array.of(0x55, 0x55, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const BITS_A_BYTE = 10;
/** A frame, an ACK before it, and the wake-up bytes. */
const QUEUE_BYTES = FRAME_BUFFER_BYTES + 32;

/**
 * A UART's bytes follow each other within a millisecond even at 9,600 baud; the rest is for a host that is
 * busy.
 */
export const UART_GAP_MS = 5;
/** A USB bridge collects bytes for up to 16 ms before it sends them on. */
export const USB_GAP_MS = 20;

/** PN532 over a UART ("high speed UART" in its manual). */
export class HsuLink implements ByteLink {
  #baud: number;
  readonly #openSerial: OpenSerial;
  #serial: Serial | undefined;
  #onBytes: ((bytes: Uint8Array, count: number) => void) | undefined;
  readonly #received = new Uint8Array(FRAME_BUFFER_BYTES);
  /** Bytes that the serial port takes now. */
  #room = 0;
  readonly #queue = new Uint8Array(QUEUE_BYTES);
  #queued = 0;

  /** `gap_ms`: USB_GAP_MS behind a USB bridge. */
  constructor(
    openSerial: OpenSerial,
    baud: number = BAUD_AT_POWER_UP,
    readonly gap_ms: number = UART_GAP_MS,
  ) {
    this.#openSerial = openSerial;
    this.#baud = baud;
  }

  get baud(): number {
    return this.#baud;
  }

  open(onBytes: (bytes: Uint8Array, count: number) => void): void {
    this.close();
    this.#onBytes = onBytes;
    this.#openPort();
  }

  close(): void {
    this.#serial?.close();
    this.#serial = undefined;
    this.#room = 0;
    this.#queued = 0;
  }

  setBaud(baud: number): void {
    if (baud === this.#baud && this.#serial !== undefined) return;
    this.close();
    this.#baud = baud;
    this.#openPort();
  }

  send(bytes: Uint8Array, start: number, end: number): void {
    if (this.#queued === 0 && end - start <= this.#room) {
      this.#room -= end - start;
      this.#serial?.write(bytes.subarray(start, end));
      return;
    }
    // A full queue means that the port has not moved for whole frames: drop the old, the driver's timeouts
    // tell.
    if (this.#queued + end - start > QUEUE_BYTES) this.#queued = 0;
    this.#queue.set(bytes.subarray(start, end), this.#queued);
    this.#queued += end - start;
    this.#drain();
  }

  wake(): number {
    this.send(WAKE_BYTES, 0, WAKE_BYTES.length);
    return Math.ceil((WAKE_BYTES.length * BITS_A_BYTE * 1000) / this.#baud);
  }

  poll(): void {
    let count: number;
    do {
      count = this.#serial?.read(this.#received) ?? 0;
      if (count > 0) this.#onBytes?.(this.#received, count);
    } while (count === FRAME_BUFFER_BYTES); // less was all that there was
  }

  #openPort(): void {
    this.#serial = this.#openSerial({
      baud: this.#baud,
      onReadable: () => this.poll(),
      onWritable: (bytes) => {
        this.#room = bytes;
        if (this.#queued > 0) this.#drain();
      },
    });
  }

  #drain(): void {
    const count = Math.min(this.#room, this.#queued);
    if (count === 0) return;
    this.#room -= count;
    this.#serial?.write(this.#queue.subarray(0, count));
    this.#queue.copyWithin(0, count, this.#queued);
    this.#queued -= count;
  }
}
