import type { OpenSerial, Serial } from '../../hal/byte-link.js';
import type { Clock } from '../../hal/clock.js';
import type { Crc32 } from '../../hal/crc32.js';
import type { Console } from './console.js';
import { buildFrame, FrameReader } from './frame.js';

/** What a USB bridge is set to, and ESP-IDF's boot messages come at. */
export const CONSOLE_BAUD = 115_200;
/** A frame that stops for so long in its middle will not go on. */
const HALF_FRAME_MS = 500;
const READ_BYTES = 128;
/** Answers under way: more only when somebody asks faster than the line carries. */
const QUEUE_FRAMES_MAX = 4;

/**
 * A console on a serial port. Answers go out as the port has room; nothing waits for a host that does not
 * read.
 */
export class SerialConsole {
  readonly #serial: Serial;
  readonly #reader: FrameReader;
  readonly #buffer = new Uint8Array(READ_BYTES);
  readonly #queue: Uint8Array[] = [];
  #sent = 0;
  #room = 0;
  #heardAt_ms = 0;

  constructor(
    device: Console,
    crc32: Crc32,
    private readonly clock: Clock,
    open: OpenSerial,
  ) {
    this.#reader = new FrameReader(crc32, (frame) =>
      device.handle(frame, (answer) => this.#send(buildFrame(crc32, answer))),
    );
    this.#serial = open({
      baud: CONSOLE_BAUD,
      onReadable: () => this.#read(),
      onWritable: (bytes) => {
        this.#room = bytes;
        this.#drain();
      },
    });
    this.#drain();
  }

  #read(): void {
    const now_ms = this.clock.ticks_ms();
    const silent_ms = (now_ms - this.#heardAt_ms) & 0x7fffffff;
    if (this.#reader.isInFrame && silent_ms > HALF_FRAME_MS) this.#reader.reset();
    this.#heardAt_ms = now_ms;
    for (;;) {
      const count = this.#serial.read(this.#buffer) ?? 0;
      if (count === 0) return;
      this.#reader.feed(this.#buffer, count);
    }
  }

  #send(frame: Uint8Array): void {
    if (this.#queue.length >= QUEUE_FRAMES_MAX) return;
    this.#queue.push(frame);
    this.#drain();
  }

  #drain(): void {
    // Before the port is open its room is told already.
    while (this.#serial && this.#room > 0 && this.#queue.length > 0) {
      const frame = this.#queue[0];
      const count = Math.min(this.#room, frame.length - this.#sent);
      const piece = frame.subarray(this.#sent, this.#sent + count);
      this.#sent += count;
      this.#room -= count;
      if (this.#sent === frame.length) {
        this.#queue.shift();
        this.#sent = 0;
      }
      this.#serial.write(piece);
    }
  }
}
