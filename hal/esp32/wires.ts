import Digital from 'embedded:io/digital';
import I2C from 'embedded:io/i2c';
import type { Board, LinkName } from '../boards/board.js';
import type { ByteLink, I2c } from '../byte-link.js';
import type { Clock } from '../clock.js';
import { Level, type Way, WayKind } from '../diagnosis/front-end.js';
import type { Attempt } from '../diagnosis/pn532-front-end.js';
import { BAUD_AT_POWER_UP, BAUD_RATES } from '../pn532/commands.js';
import { HsuLink } from '../pn532/link-hsu.js';
import { I2C_ADDRESS, I2cLink } from '../pn532/link-i2c.js';
import { uartOpener } from './uart.js';

/** Slow: these wires may be the wrong ones. */
const I2C_HZ = 100_000;

function levelOf(pin: number): number {
  const read = (mode: number): number => {
    const input = new Digital({ pin, mode });
    const level = input.read();
    input.close();
    return level;
  };
  const up = read(Digital.InputPullUp);
  const down = read(Digital.InputPullDown);
  if (up === down) return up === 1 ? Level.high : Level.low;
  return Level.floating;
}

/** The wires of that link at rest. To be called before anything else has them. */
export function levelsAtRest(board: Board, name: LinkName): Uint8Array {
  const { hsu, i2c, spi } = board;
  if (name === 'hsu') return Uint8Array.of(levelOf(hsu.receive), levelOf(hsu.transmit), levelOf(hsu.irq));
  if (name === 'i2c') return Uint8Array.of(levelOf(i2c.data), levelOf(i2c.clock), levelOf(i2c.irq));
  return Uint8Array.of(levelOf(spi.in), levelOf(spi.clock), levelOf(spi.irq));
}

const KINDS = { hsu: WayKind.hsu, i2c: WayKind.i2c, spi: WayKind.spi } as const;

/** The build's own way. I2C and SPI cannot be opened a second time: there the driver's own start is asked. */
export function ownWay(board: Board, name: LinkName, clock: Clock): Way & { createLink?: () => ByteLink } {
  if (name !== 'hsu') return { kind: KINDS[name], baud: 0 };
  return {
    kind: WayKind.hsu,
    baud: BAUD_AT_POWER_UP,
    createLink: () => new HsuLink(uartOpener(board.hsu, clock)),
  };
}

/**
 * The same wires as they would be with wrong switches, crossed, or at other rates. Of a serial build only:
 * see `ownWay`.
 */
export function otherWays(board: Board, name: LinkName, clock: Clock): Attempt[] {
  if (name !== 'hsu') return [];
  const { hsu } = board;
  const crossed = { port: hsu.port, transmit: hsu.receive, receive: hsu.transmit };
  const serial = (kind: number, pins: typeof crossed, baud: number): Attempt => ({
    kind,
    baud,
    createLink: () => new HsuLink(uartOpener(pins, clock), baud),
  });
  const i2c = (kind: number, data: number, scl: number): Attempt => ({
    kind,
    baud: 0,
    createLink: () =>
      new I2cLink({
        i2c: new I2C({
          data,
          clock: scl,
          port: board.i2c.port,
          hz: I2C_HZ,
          address: I2C_ADDRESS,
        }) as unknown as I2c,
        clock,
      }),
  });
  const rates = BAUD_RATES.filter((baud) => baud !== BAUD_AT_POWER_UP);
  return [
    ...rates.map((baud) => serial(WayKind.hsu, hsu, baud)),
    serial(WayKind.hsuCrossed, crossed, BAUD_AT_POWER_UP),
    // The module's SDA is its TX, and its SCL its RX.
    i2c(WayKind.i2c, hsu.receive, hsu.transmit),
    i2c(WayKind.i2cCrossed, hsu.transmit, hsu.receive),
  ];
}
