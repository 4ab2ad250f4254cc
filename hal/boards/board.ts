/**
 * A board as its manifest describes it, under `config.board`: the one place for its pins. Pins are GPIO
 * numbers.
 */
export interface Board {
  readonly title: string;
  /** ESP-IDF's name of the chip. */
  readonly chip: 'esp32' | 'esp32c3' | 'esp32c6';
  /**
   * The ESP32-PICO-D4 has its flash on other pins than the modules with a flash chip beside the processor.
   */
  readonly package?: 'pico-d4';
  readonly flash_MB: number;
  /** Wires to the PN532, unless the build says `link=..`. */
  readonly link: LinkName;
  readonly hsu: HsuWires;
  readonly i2c: I2cWires;
  readonly spi: SpiWires;
  /** The first is the one for consent; with a second, numbers can be entered. All are low when pressed. */
  readonly buttons: readonly ButtonWires[];
  readonly lamp: LampWires;
  readonly display?: DisplayWires;
  readonly console: ConsoleWires;
  /** What feeds the PN532 module. */
  readonly supply: '3V3' | '5V';
  /** Why a pin with a second task (strapping, JTAG) is used all the same. */
  readonly remarks: Readonly<Record<string, string>>;
}

export type LinkName = 'hsu' | 'i2c' | 'spi';

/**
 * How a host reaches the board: a bridge on UART0, or the USB that is in the chip. The pins of a UART are
 * named although they are the chip's own for it: the SDK has ESP-IDF's bootloader take them off the UART
 * (CONFIG_ESP_CONSOLE_NONE, bootloader_console.c).
 */
export type ConsoleWires =
  | { readonly kind: 'uart'; readonly port: number; readonly transmit: number; readonly receive: number }
  | { readonly kind: 'usb' };

interface Irq {
  /** The PN532's IRQ: wakes the processor, and spares polling on I2C and SPI. */
  readonly irq: number;
}

export interface HsuWires extends Irq {
  readonly port: number;
  readonly transmit: number;
  readonly receive: number;
  /** Changed to after start. */
  readonly baud: number;
}

export interface I2cWires extends Irq {
  readonly port: number;
  readonly data: number;
  readonly clock: number;
}

export interface SpiWires extends Irq {
  readonly port: number;
  readonly out: number;
  readonly in: number;
  readonly clock: number;
  readonly select: number;
}

export interface ButtonWires {
  readonly pin: number;
  readonly label: string;
  readonly onBoard: boolean;
}

export interface LampWires {
  readonly kind: 'plain' | 'ws2812';
  readonly pin: number;
  readonly activeLow?: boolean;
  readonly onBoard: boolean;
}

/** Pins that the maker wired to the display and its supply; listed so that nothing else takes them. */
export interface DisplayWires {
  readonly data: number;
  readonly clock: number;
  readonly command: number;
  readonly reset: number;
  readonly select: number;
  readonly powerData: number;
  readonly powerClock: number;
}
