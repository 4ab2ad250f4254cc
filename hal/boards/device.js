import Digital from 'embedded:io/digital';
import I2C from 'embedded:io/i2c';
import SPI from 'embedded:io/spi';
import { uartOpener } from 'hal/esp32/uart';
import config from 'mc/config';

const { board } = config;

/**
 * What every board's provider offers (ECMA-419 clause 18); a board adds its user interface. Frozen by whoever
 * exports it.
 */
export default {
  board,
  io: { Digital, I2C, SPI },
  I2C: { default: { io: I2C, port: board.i2c.port, data: board.i2c.data, clock: board.i2c.clock } },
  SPI: {
    default: {
      io: SPI,
      port: board.spi.port,
      out: board.spi.out,
      in: board.spi.in,
      clock: board.spi.clock,
    },
  },
  /** Of a board whose console is the chip's own USB, see its provider. */
  openConsole: (clock) => uartOpener(board.console, clock),
  pin: { button: board.buttons[0].pin, led: board.lamp.pin },
};
