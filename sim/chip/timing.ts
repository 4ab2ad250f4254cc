/** Every time that the simulated front end takes, in microseconds. */

/** 13.56 MHz. */
const CARRIER_HZ = 13_560_000;
/** 128 periods of the carrier: a bit at 106 kbit/s (ISO 14443-2). */
export const BIT_US = (128 / CARRIER_HZ) * 1e6;
/** Start and end of a frame (ISO 14443-3 section 6.2.3). */
const FRAME_BITS = 2;
/** Eight bits and their parity. */
export const BITS_A_BYTE = 9;

/** Times 106 kbit/s: 106, 212, 424 (ISO 14443-2). */
export type BitRate = 1 | 2 | 4;

/**
 * Above 106 kbit/s a card begins a frame with 32 periods of its subcarrier, of 16 of the carrier's each, for
 * the reader to find the phase (ISO 14443-2 section 8.2; no copy was at hand to check it).
 */
const CARD_PHASE_US = ((32 * 16) / CARRIER_HZ) * 1e6;

/** What a card's frame begins with before its first bit. */
export function lead_us(rate: BitRate, isFromCard: boolean): number {
  return isFromCard && rate > 1 ? CARD_PHASE_US : 0;
}

/** A frame of `bits` data bits on the air; whole bytes carry a parity bit. */
export function airTime_us(bits: number, rate: BitRate = 1, isFromCard = false): number {
  return Math.round(lead_us(rate, isFromCard) + ((FRAME_BITS + bits + (bits >> 3)) * BIT_US) / rate);
}

/**
 * Card to reader after a reader's frame, and up the other way (ISO 14443-3 section 6.2.1.1): 1,172 periods.
 */
export const FRAME_DELAY_US = Math.round((1172 / CARRIER_HZ) * 1e6);
/**
 * The same when the last bit was a 1: what a card answers in activation begins after one or the other,
 * exactly.
 */
const FRAME_DELAY_MAX_US = Math.round((1236 / CARRIER_HZ) * 1e6);
/** ISO 14443-3 section 6.4.3: a card that is silent for so long after HLTA has understood. */
export const HLTA_SILENCE_US = 1_000;

/**
 * Chip figures without a source in the manual: near what public traces of boards show. A real chip may
 * differ.
 */
export const CHIP = Object.freeze({
  /** From the end of a command frame to the ACK. */
  ack_us: 100,
  /** From the ACK to the response of a command that waits for nobody. */
  command_us: 300,
  /** From the end of a block on the air to the next block that the chip sends (0.3 to 0.5 ms on boards). */
  turnAround_us: 400,
  /** From the first wake-up byte until it listens. */
  wake_us: 1_000,
  /** From field on to the first frame (ISO 14443-3 section 5: cards are given 5 ms). */
  guard_us: 5_000,
  /** Between two looks for a card. */
  pollPeriod_us: 5_000,
  /**
   * A reader waits so long for the start of ATQA, UID and SAK: what the standard has a card take, and the bit
   * in which it shows.
   */
  anticollisionWait_us: FRAME_DELAY_MAX_US + Math.ceil(BIT_US),
});

/** ISO 14443-4 section 7.2: FWT = 4,096 periods of the carrier times 2^FWI. */
export function frameWait_us(fwi: number): number {
  return Math.round((4096 / CARRIER_HZ) * 1e6 * 2 ** fwi);
}

/** No waiting time, extended or not, is longer (ISO 14443-4 section 7.3): that of FWI 14, 4.949 s. */
export const FRAME_WAIT_MAX_US = frameWait_us(14);

/** ISO 14443-4 section 5.6.3: the ATS comes within 65,536 periods. */
export const ACTIVATION_WAIT_US = Math.round((65_536 / CARRIER_HZ) * 1e6);
