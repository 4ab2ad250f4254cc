import type { ByteLink } from '../../hal/byte-link.js';
import { Level, type Way, WayKind } from '../../hal/diagnosis/front-end.js';
import type { Attempt } from '../../hal/diagnosis/pn532-front-end.js';
import { BAUD_AT_POWER_UP, BAUD_RATES } from '../../hal/pn532/commands.js';
import { HsuLink } from '../../hal/pn532/link-hsu.js';
import { I2cLink } from '../../hal/pn532/link-i2c.js';
import type { DeviceClock } from '../chip/device-clock.js';
import { I2cBus } from '../chip/i2c-bus.js';
import { Pn532Module } from '../chip/pn532-module.js';
import type { RfField } from '../chip/rf-field.js';
import type { VirtualClock } from '../chip/virtual-clock.js';
import type { Fault } from './faults.js';

/** The rate that an earlier program has left a chip at which was not reset since. */
const LEFT_BAUD = 230_400;

/** Nobody at the other end. */
const SILENT: ByteLink = {
  baud: BAUD_AT_POWER_UP,
  gap_ms: 0,
  open() {},
  close() {},
  send() {},
  wake: () => 2,
  watch() {},
  poll() {},
  setBaud() {},
};

/**
 * A module on a board's wires, with a fault in them. The build's link is HSU, but for missing pull-ups, which
 * only I2C needs.
 */
export class Wiring {
  readonly module: Pn532Module;
  readonly linkName: 'hsu' | 'i2c';

  constructor(
    private readonly fault: Fault,
    parts: { clock: VirtualClock; host: DeviceClock; field: RfField; name: string },
  ) {
    this.linkName = fault === 'no-pull-ups' ? 'i2c' : 'hsu';
    const switches = { 'switches-i2c': 'i2c', 'switches-spi': 'spi', 'no-pull-ups': 'i2c' } as const;
    const link = fault in switches ? switches[fault as keyof typeof switches] : 'hsu';
    this.module = new Pn532Module({ ...parts, link });
    this.module.chip.leaveField();
    if (fault === 'no-power') this.module.powerOff();
    if (fault === 'wrong-baud') this.module.uart.setBaud(LEFT_BAUD);
    if (fault === 'weak-supply') this.#breakDownUnderTheField();
  }

  /** The transmitter's current takes the supply with it: the chip starts anew, at its rate of power-up. */
  #breakDownUnderTheField(): void {
    const { chip } = this.module;
    const { field, antenna } = chip;
    const setCarrier = field.setCarrier.bind(field);
    field.setCarrier = (who, on) => {
      setCarrier(who, on);
      if (who !== antenna || !on) return;
      chip.clock.schedule(0, () => {
        this.module.powerOff();
        this.module.powerOn();
      });
    };
  }

  /** A fresh link of the build's own, for a driver that boots. */
  createLink(): ByteLink {
    return this.#answersTo(this.#ownKind, BAUD_AT_POWER_UP) || this.fault === 'wrong-baud'
      ? this.module.createLink()
      : SILENT;
  }

  get #ownKind(): number {
    return this.linkName === 'hsu' ? WayKind.hsu : WayKind.i2c;
  }

  get own(): Way & { createLink?: () => ByteLink } {
    if (this.linkName === 'i2c') return { kind: WayKind.i2c, baud: 0 };
    return {
      kind: WayKind.hsu,
      baud: BAUD_AT_POWER_UP,
      createLink: () => this.#link(WayKind.hsu, BAUD_AT_POWER_UP),
    };
  }

  /** As on a board: hal/esp32/wires.ts. */
  get others(): Attempt[] {
    if (this.linkName === 'i2c') return [];
    const attempt = (kind: number, baud: number): Attempt => ({
      kind,
      baud,
      createLink: () => this.#link(kind, baud),
    });
    return [
      ...BAUD_RATES.filter((baud) => baud !== BAUD_AT_POWER_UP).map((baud) => attempt(WayKind.hsu, baud)),
      attempt(WayKind.hsuCrossed, BAUD_AT_POWER_UP),
      attempt(WayKind.i2c, 0),
      attempt(WayKind.i2cCrossed, 0),
    ];
  }

  #answersTo(kind: number, baud: number): boolean {
    switch (this.fault) {
      case 'none':
      case 'weak-supply':
        return kind === WayKind.hsu;
      case 'wrong-baud':
        return kind === WayKind.hsu && baud === LEFT_BAUD;
      case 'crossed':
        return kind === WayKind.hsuCrossed;
      case 'switches-i2c':
        return kind === WayKind.i2c;
      default:
        return false;
    }
  }

  #link(kind: number, baud: number): ByteLink {
    if (!this.#answersTo(kind, baud)) return SILENT;
    const { wires, host } = this.module;
    if (wires instanceof I2cBus) return new I2cLink({ i2c: wires, clock: host });
    return new HsuLink(this.module.uart.openSerial, baud);
  }

  /**
   * Data, clock, IRQ at rest. A module without power holds nothing; one on I2C pulls its lines up, one on SPI
   * leaves them.
   */
  get levels(): Uint8Array {
    const { floating, high } = Level;
    switch (this.fault) {
      case 'no-power':
        return Uint8Array.of(floating, floating, floating);
      case 'switches-spi':
      case 'no-pull-ups':
        return Uint8Array.of(floating, floating, high);
      case 'crossed':
        return Uint8Array.of(floating, high, high);
      default:
        return Uint8Array.of(high, high, high);
    }
  }
}
