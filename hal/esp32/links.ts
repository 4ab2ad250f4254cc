import Digital from 'embedded:io/digital';
import I2C from 'embedded:io/i2c';
import SPI from 'embedded:io/spi';
import type { Board, LinkName } from '../boards/board.js';
import type { ByteLink, I2c, InterruptPin, Spi } from '../byte-link.js';
import type { Clock } from '../clock.js';
import { HsuLink } from '../pn532/link-hsu.js';
import { I2C_ADDRESS, I2cLink } from '../pn532/link-i2c.js';
import { SPI_HZ_MAX, SpiLink } from '../pn532/link-spi.js';
import { uartOpener } from './uart.js';

/**
 * The PN532's limit; its stretching of the clock is borne by ESP-IDF's I2C driver, which waits for
 * milliseconds by default.
 */
const I2C_HZ = 400_000;
/** Short of the limit: jumper wires. */
const SPI_HZ = SPI_HZ_MAX / 2;

class IrqPin implements InterruptPin {
  onLow: (() => void) | undefined;
  readonly #pin: Digital;

  constructor(pin: number) {
    this.#pin = new Digital({
      pin,
      mode: Digital.InputPullUp,
      edge: Digital.Falling,
      onReadable: () => this.onLow?.(),
    });
  }

  get low(): boolean {
    return this.#pin.read() === 0;
  }
}

/** The board's wires to its PN532, as the driver wants them. */
export function createLink(board: Board, name: LinkName, clock: Clock): ByteLink {
  if (name === 'i2c') {
    const { data, clock: scl, port, irq } = board.i2c;
    // The SDK's typings forget that an I2C and an SPI have close(), as ECMA-419 says and its code does.
    const i2c = new I2C({ data, clock: scl, port, hz: I2C_HZ, address: I2C_ADDRESS }) as unknown as I2c;
    return new I2cLink({ i2c, clock, irq: new IrqPin(irq) });
  }
  if (name === 'spi') {
    const { out, in: input, clock: sck, select, port, irq } = board.spi;
    const wires = { out, in: input, clock: sck, select, port, hz: SPI_HZ, mode: 0 };
    const spi = new SPI(wires) as unknown as Spi;
    return new SpiLink({ spi, clock, irq: new IrqPin(irq) });
  }
  return new HsuLink(uartOpener(board.hsu, clock));
}
