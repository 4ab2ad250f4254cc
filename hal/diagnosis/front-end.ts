import type { NfcCard, NfcReader } from '../nfc.js';

/** The PN532 and its wires, for somebody who looks for a fault, or measures. */
export interface FrontEnd {
  /** Its roles, for who has claimed it. */
  readonly card: NfcCard;
  readonly reader: NfcReader;
  /** Whether a touch is under way: then nothing of this is done. */
  readonly isBusy: boolean;
  /** Takes the chip from the card role; `done` runs when it is still. */
  claim(done: () => void): void;
  /** Gives it back. */
  release(): void;
  /**
   * The wires as they were before anything used them, one byte each: see `Level`. Empty when nothing can be
   * told.
   */
  readonly levels: Uint8Array;
  /**
   * Ways to ask over the wires: the build's own first, then those of wrong switches, swapped wires, other
   * rates.
   */
  readonly ways: readonly Way[];
  /** Asks for SAMConfiguration and GetFirmwareVersion in that way, on freshly opened wires. */
  probe(way: number, done: (found: Probe) => void): void;
  /** GetFirmwareVersion's four bytes after a start as the driver does it; undefined: no. */
  start(done: (version: Uint8Array | undefined) => void): void;
  /** Field on, off again after so long, and a start; its version, or undefined when any of it failed. */
  pulse(duration_ms: number, done: (version: Uint8Array | undefined) => void): void;
  /**
   * On a chip that has been started: its own tests of ROM and RAM, field on and off. What failed, a bit each.
   */
  selfTest(done: (failed: number) => void): void;
}

export const WayKind = { hsu: 0, hsuCrossed: 1, i2c: 2, i2cCrossed: 3, spi: 4 } as const;

export interface Way {
  /** Of `WayKind`. */
  readonly kind: number;
  /** 0 where the host gives the clock. */
  readonly baud: number;
}

/** How a probe ended. */
export const ProbeOutcome = {
  /** Not a byte. */
  silence: 0,
  /** Bytes, but no frame of a PN532. */
  noise: 1,
  /** An ACK, and no answer after it. */
  ackOnly: 2,
  /** GetFirmwareVersion was answered as a PN532 does. */
  answered: 3,
  /** An answer as of another chip. */
  otherChip: 4,
} as const;

export const PROBE_RAW_BYTES_MAX = 16;

export interface Probe {
  readonly outcome: number;
  readonly version: Uint8Array;
  /** Bytes that came, all in all. */
  readonly count: number;
  /** The first of them. */
  readonly raw: Uint8Array;
}

/** Two bits of a wire: what it reads with a pull-up, and with a pull-down. */
export const Level = { unknown: 0, low: 1, floating: 2, high: 3 } as const;
/** The wires in the order in which `levels` has them. */
export const WIRES = ['receive or data', 'transmit or clock', 'IRQ'] as const;
