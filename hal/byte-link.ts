/**
 * How a driver's frames reach a chip, whatever the wires are; and the raw IO that the wires need, in the
 * manner of ECMA-419 (Serial, I2C, SPI, Digital), so that a board hands over its classes as they are.
 */
export interface ByteLink {
  /**
   * Opens the wires. `onBytes` gets what comes from the chip, in order: `bytes[0..count)`, valid during the
   * call.
   */
  open(onBytes: (bytes: Uint8Array, count: number) => void): void;
  close(): void;
  /**
   * Sends `bytes[start..end)`, one whole frame; what cannot go at once is copied. Never throws: silence
   * tells.
   */
  send(bytes: Uint8Array, start: number, end: number): void;
  /** Begins to wake a sleeping chip; returns the milliseconds to wait before a frame. */
  wake(): number;
  /** Whether a frame is awaited: a link without an interrupt polls only then. None where bytes report. */
  watch?(waiting: boolean): void;
  /** Hands over at once what has already come, before a timeout is believed. */
  poll(): void;
  /**
   * Between two pieces of one frame no more passes than this, ms: a frame that stops for longer has lost
   * bytes. 0 where the host itself reads whole frames.
   */
  readonly gap_ms: number;
  /** Bits a second; 0 when the wires have a clock of their own. */
  readonly baud: number;
  /** Changes the rate of this end, and drops what was under way. No effect when `baud` is 0. */
  setBaud(baud: number): void;
}

export interface SerialOptions {
  baud: number;
  /** Bytes wait to be read. */
  onReadable(): void;
  /** `bytes` can be written now without waiting; called once after opening. */
  onWritable(bytes: number): void;
}

export interface Serial {
  /** Fills as much of `target` as there is; returns the number of bytes (0 or undefined for none). */
  read(target: Uint8Array): number | undefined;
  write(source: Uint8Array): void;
  close(): void;
}

export type OpenSerial = (options: SerialOptions) => Serial;

/** One I2C peripheral. Both calls throw when the address is not acknowledged. */
export interface I2c {
  read(target: Uint8Array): void;
  write(source: Uint8Array): void;
  close(): void;
}

/** One SPI peripheral, mode 0; its select line is low for the whole of each call. */
export interface Spi {
  /** Full duplex, in place, most significant bit first. */
  transfer(buffer: Uint8Array): void;
  close(): void;
}

/** An input that calls `onLow` when it falls. */
export interface InterruptPin {
  readonly low: boolean;
  onLow: (() => void) | undefined;
}
