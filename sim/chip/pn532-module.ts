import type { ByteLink } from '../../hal/byte-link.js';
import { HsuLink } from '../../hal/pn532/link-hsu.js';
import { I2cLink } from '../../hal/pn532/link-i2c.js';
import { SpiLink } from '../../hal/pn532/link-spi.js';
import { DeviceClock } from './device-clock.js';
import { I2cBus } from './i2c-bus.js';
import { SERIAL_RATE_AT_POWER_UP } from './manual.js';
import { Pn532Chip } from './pn532-chip.js';
import type { Quirks } from './quirks.js';
import type { RfField } from './rf-field.js';
import { SpiBus } from './spi-bus.js';
import { type LinkCounters, Uart } from './uart.js';
import type { VirtualClock } from './virtual-clock.js';

export interface Pn532ModuleOptions {
  clock: VirtualClock;
  /** Where its antenna is. `chip.leaveField()` and `chip.enterField(other)` move it. */
  field: RfField;
  name: string;
  /** The wires to the host: by default 'hsu', the UART. */
  link?: 'hsu' | 'i2c' | 'spi';
  /** I2C and SPI: is the IRQ line connected? By default it is. */
  irq?: boolean;
  /** The processor that drives the chip; by default one of its own. */
  host?: DeviceClock;
  quirks?: Partial<Quirks>;
}

/** A board with a PN532 on it, and the wires to its host. */
export class Pn532Module {
  readonly chip: Pn532Chip;
  readonly host: DeviceClock;
  /** The wires; `uart` is the same thing when they are a UART. */
  readonly wires: Uart | I2cBus | SpiBus;
  readonly #irq: boolean;
  #link: ByteLink | undefined;

  constructor(options: Pn532ModuleOptions) {
    const { clock, link = 'hsu' } = options;
    this.host = options.host ?? new DeviceClock(clock);
    this.#irq = options.irq ?? true;
    this.chip = new Pn532Chip(options);
    if (link === 'i2c') this.wires = new I2cBus(this.chip, this.host);
    else if (link === 'spi') this.wires = new SpiBus(this.chip, this.host);
    else
      this.wires = new Uart(clock, this.host, SERIAL_RATE_AT_POWER_UP, (bytes, byte_us) =>
        this.chip.receive(bytes, byte_us),
      );
    this.chip.connect(this.wires);
  }

  /** The link for a driver. */
  get link(): ByteLink {
    this.#link ??= this.createLink();
    return this.#link;
  }

  /** A fresh link, for a driver that boots: one that had the wires before hears nothing more. */
  createLink(): ByteLink {
    const { wires, host } = this;
    const irq = this.#irq && !(wires instanceof Uart) ? wires.irq : undefined;
    if (wires instanceof Uart) this.#link = new HsuLink(wires.openSerial);
    else if (wires instanceof I2cBus) this.#link = new I2cLink({ i2c: wires, clock: host, irq });
    else this.#link = new SpiLink({ spi: wires, clock: host, irq });
    return this.#link;
  }

  get uart(): Uart {
    if (!(this.wires instanceof Uart)) throw new Error('these wires are no UART');
    return this.wires;
  }

  /** Bytes and time on the wires to the host. */
  get counters(): LinkCounters {
    return this.wires.counters;
  }

  resetCounters(): void {
    this.wires.resetCounters();
  }

  /** Chip and wires lose power at this instant. The host's processor is `host`'s own business. */
  powerOff(): void {
    this.chip.powerOff();
    this.wires.stop();
  }

  powerOn(): void {
    this.chip.powerOn();
  }
}

export function createPn532Module(options: Pn532ModuleOptions): Pn532Module {
  return new Pn532Module(options);
}
