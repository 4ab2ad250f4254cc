import type { Clock } from '../clock.js';
import type { ExchangeTiming } from '../nfc.js';
import { BIT_RATES_KBPS } from './commands.js';

/** 13.56 MHz, as all that ISO 14443 counts in. */
const CARRIER_MHZ = 13.56;
/** A bit at 106 kbit/s: 128 periods of the carrier (ISO 14443-2). Each step up halves it. */
const BIT_US = 128 / CARRIER_MHZ;
/** Start and end of a frame, and a parity bit for each byte (ISO 14443-3 section 6.2.3). */
const FRAME_BITS = 2;
const BITS_A_BYTE = 9;
/** PCB and CRC of a block (ISO 14443-4 section 7.1). */
const BLOCK_OVERHEAD_BYTES = 3;

/** A block that carries `bytes` of an APDU, on the air, in microseconds. */
function blockTime_us(bytes: number, kbps: number): number {
  const bits = FRAME_BITS + BITS_A_BYTE * (BLOCK_OVERHEAD_BYTES + bytes);
  return (bits * BIT_US) / 2 ** BIT_RATES_KBPS.indexOf(kbps);
}

/** What a driver's clock says of one thing after another. */
export class Stopwatch {
  last_us = 0;
  #started_us = 0;

  constructor(private readonly clock: Clock) {}

  start(): void {
    this.#started_us = this.clock.ticks_us();
  }

  stop(): void {
    this.last_us = (this.clock.ticks_us() - this.#started_us) & 0x7fffffff;
  }
}

/** What the reader's exchanges take, beside what they must. */
export class ReaderTiming extends Stopwatch implements ExchangeTiming {
  constructor(
    clock: Clock,
    private readonly reader: { readonly bitRate_kbps: number },
    private readonly line_us: () => number,
  ) {
    super(clock);
  }

  /**
   * The wires and the driver itself as the line test had them, and the air. What the chips need between two
   * blocks is in no manual: what each needs for a command of its host, part of the line test, stands for it.
   */
  least_us(commandBytes: number, answerBytes: number): number {
    const { bitRate_kbps } = this.reader;
    const air_us = blockTime_us(commandBytes, bitRate_kbps) + blockTime_us(answerBytes, bitRate_kbps);
    return this.line_us() + Math.round(air_us);
  }
}
