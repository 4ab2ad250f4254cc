import type { I2c } from '../../hal/byte-link.js';
import type { DeviceClock } from './device-clock.js';
import { FrameBus } from './frame-bus.js';
import type { Pn532Chip } from './pn532-chip.js';

/** Eight bits and an acknowledgement. */
const BITS_A_BYTE = 9;
const READY = 0x01;
const I2C_HZ = 400_000;

/** I2C between a host and a chip: each read starts with the ready byte (UM0701-02 section 6.2.4). */
export class I2cBus extends FrameBus implements I2c {
  constructor(chip: Pn532Chip, host: DeviceClock, hz: number = I2C_HZ) {
    super(chip, host, (BITS_A_BYTE * 1e6) / hz);
  }

  read(target: Uint8Array): void {
    this.#address();
    this.take(1, target.length);
    const ready = this.ready;
    if (target.length > 1) this.fetch(target.subarray(1));
    target[0] = ready ? READY : 0;
  }

  write(source: Uint8Array): void {
    this.#address();
    this.take(1 + source.length, 0);
    this.deliver(source.slice());
  }

  close(): void {
    // Nothing is held.
  }

  #address(): void {
    if (!this.chip.powered) throw new Error('nobody acknowledges the address');
    this.chip.wake();
  }
}
