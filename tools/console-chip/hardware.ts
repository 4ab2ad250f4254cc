/**
 * Clock, serial ports and flash of the emulated board, as the firmware wants them. Runs in XS on the chip.
 */
import type { OpenSerial, Serial, SerialOptions } from '../../hal/byte-link.js';
import type { Alarm, Clock } from '../../hal/clock.js';
import { type Flash, FlashError } from '../../hal/flash.js';
import { REST_US_MAX } from './rest.js';

/** Microseconds since power-up. */
const now = native('xs_board_now') as () => number;
const rest = native('xs_board_rest') as (duration_us: number) => void;
const openUart = native('xs_board_uart_open') as (port: number) => boolean;
const readUart = native('xs_board_uart_read') as (port: number, target: Uint8Array) => number;
const writeUart = native('xs_board_uart_write') as (port: number, source: Uint8Array) => void;
const readFlash = native('xs_board_flash_read') as (address: number, target: Uint8Array) => void;
const programFlash = native('xs_board_flash_program') as (address: number, source: Uint8Array) => void;
const eraseFlash = native('xs_board_flash_erase') as (sector: number) => void;

interface Waiting {
  readonly at_us: number;
  readonly callback: () => void;
}

const waiting: Waiting[] = [];

export const clock: Clock = {
  ticks_ms: () => Math.floor(now() / 1_000) & 0x7fffffff,
  ticks_us: () => now() % 0x80000000,
  uptime_s: () => Math.floor(now() / 1e6),
  schedule: (delay_ms, callback): Alarm => {
    const alarm = { at_us: now() + delay_ms * 1_000, callback };
    let place = waiting.length;
    while (place > 0 && waiting[place - 1].at_us > alarm.at_us) place--;
    waiting.splice(place, 0, alarm);
    return {
      cancel: () => {
        const index = waiting.indexOf(alarm);
        if (index >= 0) waiting.splice(index, 1);
      },
    };
  },
};

const ROOM_BYTES = 1_024;
const LOOK_BYTES = 128;

/** A UART of the board. What the hardware's FIFO cannot take waits in the emulator. */
class Uart {
  readonly #buffer = new Uint8Array(LOOK_BYTES);
  #from = 0;
  #to = 0;
  #options: SerialOptions | undefined;

  constructor(private readonly port: number) {
    if (!openUart(port)) throw new Error(`the board has no UART ${port}`);
  }

  readonly open: OpenSerial = (options): Serial => {
    this.#options = options;
    options.onWritable(ROOM_BYTES);
    return {
      read: (target) => this.#read(target),
      write: (source) => {
        writeUart(this.port, source);
        options.onWritable(ROOM_BYTES);
      },
      close: () => {
        if (this.#options === options) this.#options = undefined;
      },
    };
  };

  /** Whether something came. */
  look(): boolean {
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = readUart(this.port, this.#buffer);
    }
    if (this.#from === this.#to) return false;
    if (this.#options) this.#options.onReadable();
    else this.#from = this.#to;
    return true;
  }

  #read(target: Uint8Array): number {
    const kept = Math.min(target.length, this.#to - this.#from);
    if (kept === 0) return readUart(this.port, target);
    target.set(this.#buffer.subarray(this.#from, this.#from + kept));
    this.#from += kept;
    return kept;
  }
}

export const consoleUart = new Uart(0);
export const frontEndUart = new Uart(1);

const SECTOR_BYTES = 4_096;
const SECTORS = 256;

export const flash: Flash = {
  sectorBytes: SECTOR_BYTES,
  sectorCount: SECTORS,
  programUnitBytes: 4,
  read: (address, target) => readFlash(address, target),
  program: (address, data) => {
    if (address % 4 !== 0 || data.length % 4 !== 0)
      throw new FlashError('alignment', `program at ${address}`);
    programFlash(address, data);
  },
  erase: (sector) => eraseFlash(sector),
};

/**
 * The engine's loop, for ever: what has come until now, and when that is all, alarms that are due, and rest.
 * Bytes come in only while we rest, and so we do before each look, if for no time: an alarm must not overtake
 * what came before it.
 */
export function run(): never {
  for (let rest_us = 0; ; ) {
    rest(rest_us);
    rest_us = 0;
    const asked = consoleUart.look();
    if (frontEndUart.look() || asked) continue;
    const next = waiting[0];
    const left_us = next ? next.at_us - now() : REST_US_MAX;
    if (next && left_us <= 0) {
      waiting.shift();
      next.callback();
    } else rest_us = Math.max(1, Math.min(left_us, REST_US_MAX));
  }
}
