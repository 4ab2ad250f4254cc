import type { ByteLink } from '../../hal/byte-link.js';
import { BAUD_AT_POWER_UP } from '../../hal/pn532/commands.js';
import { HsuLink } from '../../hal/pn532/link-hsu.js';
import { DeviceClock } from './device-clock.js';
import { Pn532Chip } from './pn532-chip.js';
import type { RfField } from './rf-field.js';
import { Uart } from './uart.js';
import type { VirtualClock } from './virtual-clock.js';

export interface Pn532ModuleOptions {
  clock: VirtualClock;
  field: RfField;
  name: string;
  /** The processor that drives the chip; by default one of its own, that is never busy. */
  host?: DeviceClock;
}

/** A board with a PN532 on it, and the wires to its host. */
export class Pn532Module {
  readonly chip: Pn532Chip;
  readonly host: DeviceClock;
  readonly uart: Uart;
  readonly link: ByteLink;

  constructor(options: Pn532ModuleOptions) {
    this.host = options.host ?? new DeviceClock(options.clock);
    this.chip = new Pn532Chip(options);
    this.uart = new Uart(options.clock, this.host, BAUD_AT_POWER_UP, (bytes, byte_us) =>
      this.chip.receive(bytes, byte_us),
    );
    this.chip.connect(this.uart);
    this.link = this.createLink();
  }

  createLink(): ByteLink {
    return new HsuLink(this.uart.openSerial);
  }

  powerOff(): void {
    this.chip.powerOff();
  }

  powerOn(): void {
    this.chip.powerOn();
  }
}

export function createPn532Module(options: Pn532ModuleOptions): Pn532Module {
  return new Pn532Module(options);
}
