import type { Spi } from '../../hal/byte-link.js';
import type { DeviceClock } from './device-clock.js';
import { FrameBus } from './frame-bus.js';
import { SpiByte } from './manual.js';
import type { Pn532Chip } from './pn532-chip.js';

const BITS_A_BYTE = 8;
const READY = 0x01;
const SPI_HZ = 4_000_000;

/**
 * SPI between a host and a chip: direction byte first, least significant bits first (UM0701-02 section
 * 6.2.5).
 */
export class SpiBus extends FrameBus implements Spi {
  constructor(chip: Pn532Chip, host: DeviceClock, hz: number = SPI_HZ) {
    super(chip, host, (BITS_A_BYTE * 1e6) / hz);
  }

  transfer(buffer: Uint8Array): void {
    const direction = reversed(buffer[0]!);
    const rest = buffer.subarray(1);
    const isWrite = direction === SpiByte.dataWriting;
    this.take(isWrite ? buffer.length : 1, isWrite ? 0 : rest.length);
    if (!this.chip.powered) {
      rest.fill(0);
      return;
    }
    this.chip.wake();
    if (isWrite) {
      this.deliver(rest.map(reversed));
    } else if (direction === SpiByte.statusReading) {
      rest.fill(0);
      rest[0] = this.ready ? reversed(READY) : 0;
    } else if (direction === SpiByte.dataReading) {
      this.fetch(rest);
      for (let at = 0; at < rest.length; at++) rest[at] = reversed(rest[at]!);
    } else {
      this.chip.warn(`SPI direction byte ${direction}`);
    }
  }

  close(): void {
    // Nothing is held.
  }
}

function reversed(byte: number): number {
  let out = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) out |= 0x80 >> bit;
  return out;
}
