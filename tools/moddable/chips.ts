import type { Board } from '../../hal/boards/board.js';

/**
 * What a chip's pins can do, from its data sheet (tables "Pin overview", "Strapping pins") and technical
 * reference manual.
 */
export interface Chip {
  readonly pins: readonly number[];
  /** Wired to the flash inside or beside the chip: never ours. */
  readonly flash: readonly number[];
  /** USB serial and JTAG: the way to flash the board. Never ours. */
  readonly usb: readonly number[];
  /**
   * UART0, where the boot messages and a board's USB bridge are (ESP-IDF: soc/uart_pins.h). Never for
   * anything else.
   */
  readonly console: { readonly transmit: number; readonly receive: number };
  /** Read at reset. Used only with a remark that says why it does no harm. */
  readonly strapping: readonly number[];
  /** Shared with a JTAG probe. With a remark, too. */
  readonly jtag: readonly number[];
  readonly inputOnly: readonly number[];
  /** Can wake the chip from deep sleep. */
  readonly wakes: readonly number[];
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

const CHIPS: Readonly<Record<Board['chip'], Chip>> = {
  // ESP32 data sheet v4.6. GPIO20, 24 and 28 to 31 do not exist; 16 and 17 are the PSRAM's on a WROVER
  // module.
  esp32: {
    pins: [...range(0, 19), ...range(21, 23), ...range(25, 27), ...range(32, 39)],
    flash: range(6, 11),
    usb: [],
    console: { transmit: 1, receive: 3 },
    strapping: [0, 2, 5, 12, 15],
    jtag: [12, 13, 14, 15],
    inputOnly: range(34, 39),
    wakes: [0, 2, 4, ...range(12, 15), ...range(25, 27), ...range(32, 39)],
  },
  // ESP32-C3 data sheet v1.8.
  esp32c3: {
    pins: range(0, 21),
    flash: range(11, 17),
    usb: [18, 19],
    console: { transmit: 21, receive: 20 },
    strapping: [2, 8, 9],
    jtag: range(4, 7),
    inputOnly: [],
    wakes: range(0, 5),
  },
  // ESP32-C6 data sheet v1.3.
  esp32c6: {
    pins: range(0, 30),
    flash: range(24, 30),
    usb: [12, 13],
    console: { transmit: 16, receive: 17 },
    strapping: [4, 5, 8, 9, 15],
    jtag: range(4, 7),
    inputOnly: [],
    wakes: range(0, 7),
  },
};

/** ESP32-PICO-D4 data sheet v2.5: GPIO9 and 10 are free, 16 and 17 are not. */
const PICO_D4_FLASH = [6, 7, 8, 11, 16, 17];

export function chipOf({ chip, package: inPackage }: Board): Chip {
  return inPackage === 'pico-d4' ? { ...CHIPS[chip], flash: PICO_D4_FLASH } : CHIPS[chip];
}
