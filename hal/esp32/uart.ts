import type { OpenSerial, Serial } from '../byte-link.js';
import type { Alarm, Clock } from '../clock.js';

export interface UartPins {
  /** UART of the chip. */
  readonly port: number;
  readonly transmit: number;
  readonly receive: number;
}

const open = native('xs_esp32_uart_open') as (
  port: number,
  transmit: number,
  receive: number,
  baud: number,
) => void;
const close = native('xs_esp32_uart_close') as () => void;
const read = native('xs_esp32_uart_read') as (target: Uint8Array) => number;
const write = native('xs_esp32_uart_write') as (source: Uint8Array) => number;
const room = native('xs_esp32_uart_room') as () => number;

/** How often a full port is looked at again. */
const LOOK_MS = 2;

/** The host object. `onBytes` is called by uart.c. */
class Port extends Native('xs_esp32_uart_destructor') {
  onBytes: () => void;

  constructor(pins: UartPins, baud: number, onBytes: () => void) {
    super();
    this.onBytes = onBytes;
    open.call(this, pins.port, pins.transmit, pins.receive, baud);
  }
  close(): void {
    close.call(this);
  }
  read(target: Uint8Array): number {
    return read.call(this, target);
  }
  write(source: Uint8Array): number {
    return write.call(this, source);
  }
  room(): number {
    return room.call(this);
  }
}

/** A UART of the chip, through ESP-IDF's driver: bytes both ways wait in RAM while the engine is busy. */
export function uartOpener(pins: UartPins, clock: Clock): OpenSerial {
  return ({ baud, onReadable, onWritable }): Serial => {
    const port = new Port(pins, baud, onReadable);
    const whole = port.room();
    let alarm: Alarm | undefined;
    const look = (): void => {
      const now = port.room();
      alarm = now < whole ? clock.schedule(LOOK_MS, look) : undefined;
      onWritable(now);
    };
    alarm = clock.schedule(0, look);
    return {
      read: (target) => port.read(target),
      write: (source) => {
        port.write(source);
        alarm ??= clock.schedule(LOOK_MS, look);
      },
      close: () => {
        alarm?.cancel();
        port.close();
      },
    };
  };
}
