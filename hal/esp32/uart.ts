import type { OpenSerial } from '../byte-link.js';
import type { Clock } from '../clock.js';
import { type ChipPort, polledSerial } from './polled-serial.js';

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
const write = native('xs_esp32_uart_write') as (source: Uint8Array) => void;
const room = native('xs_esp32_uart_room') as () => number;

/** The host object. `onBytes` is called by uart.c. */
class Port extends Native('xs_esp32_uart_destructor') implements ChipPort {
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
  write(source: Uint8Array): void {
    write.call(this, source);
  }
  room(): number {
    return room.call(this);
  }
}

/** A UART of the chip, through ESP-IDF's driver: bytes both ways wait in RAM while the engine is busy. */
export const uartOpener = (pins: UartPins, clock: Clock): OpenSerial =>
  polledSerial(clock, (baud, onBytes) => new Port(pins, baud, onBytes));
