import type { InterruptPin, Spi } from '../byte-link.js';
import type { Clock } from '../clock.js';
import { FRAME_BUFFER_BYTES } from './frame.js';
import { PolledLink, type PolledPort } from './link-polled.js';

export const SPI_HZ_MAX = 5_000_000;
/** The chip wakes when it is selected, and needs this long (UM0701-02 section 6.2.5). */
const WAKE_MS = 2;
const READY = 0x01;

/** First byte of each transfer (UM0701-02 section 6.2.5). */
export const SpiDirection = Object.freeze({ write: 0x01, status: 0x02, read: 0x03 });

/** The chip sends the least significant bit first, and few hosts can: bytes are turned round here. */
const REVERSED = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) reversed |= 0x80 >> bit;
  REVERSED[byte] = reversed;
}

class SpiPort implements PolledPort {
  readonly #status = new Uint8Array(2);
  readonly #buffer = new Uint8Array(1 + FRAME_BUFFER_BYTES);

  constructor(private readonly spi: Spi) {}

  isReady(): boolean {
    this.#status[0] = REVERSED[SpiDirection.status]!;
    this.#status[1] = 0;
    this.spi.transfer(this.#status);
    return (REVERSED[this.#status[1]!]! & READY) !== 0;
  }

  read(target: Uint8Array): boolean {
    const all = this.#buffer.subarray(0, 1 + target.length);
    all.fill(0);
    all[0] = REVERSED[SpiDirection.read]!;
    this.spi.transfer(all);
    for (let at = 0; at < target.length; at++) target[at] = REVERSED[all[at + 1]!]!;
    return true;
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    const all = this.#buffer.subarray(0, 1 + end - start);
    all[0] = REVERSED[SpiDirection.write]!;
    for (let at = start; at < end; at++) all[at - start + 1] = REVERSED[bytes[at]!]!;
    this.spi.transfer(all);
  }

  close(): void {
    this.spi.close();
  }
}

/** PN532 over SPI; with its IRQ line when the board has it, else polled every millisecond. */
export class SpiLink extends PolledLink {
  constructor(options: { spi: Spi; clock: Clock; irq?: InterruptPin | undefined }) {
    super(new SpiPort(options.spi), options.clock, WAKE_MS, options.irq);
  }
}
