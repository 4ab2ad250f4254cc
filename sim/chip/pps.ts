import type { BitRate } from './timing.js';

/** PPS (ISO 14443-4 section 5.3): PPSS with the CID, PPS0, PPS1 with the divisors of both directions. */
const PPSS = 0xd0;
const PPSS_MASK = 0xf0;
const PPS0 = 0x01;
const PPS0_WITH_PPS1 = 0x11;
/** The code of a rate is its place here: in PPS1, and in the parameters of InPSL. */
const RATES: readonly BitRate[] = [1, 2, 4];
/**
 * In the ATS: T0 says whether TA follows, TA which divisors can be had: D = 2 and 4 to the card (01, 02) and
 * to the reader (10, 20), and (80) whether both directions must have the same.
 */
const ATS_HAS_TA = 0x10;
const TA_SAME = 0x80;
const TA_MASK = 0x07;

export interface Rates {
  readonly toCard: BitRate;
  readonly toReader: BitRate;
}

/** 106 kbit/s both ways, as after every activation. */
export const BASE_RATES: Rates = Object.freeze({ toCard: 1, toReader: 1 });

export const isPps = (block: Uint8Array): boolean => (block[0]! & PPSS_MASK) === PPSS;

/** The rates of these codes; undefined when there are none such, or a card of this ATS has not got them. */
export function offeredRates(ats: Uint8Array, toCard: number, toReader: number): Rates | undefined {
  const offered = ats.length > 2 && (ats[1]! & ATS_HAS_TA) !== 0 ? ats[2]! : 0;
  const isOffered = (code: number, divisors: number): boolean =>
    code === 0 || (RATES[code] !== undefined && (divisors & TA_MASK & code) !== 0);
  if (!isOffered(toCard, offered) || !isOffered(toReader, offered >> 4)) return undefined;
  if ((offered & TA_SAME) !== 0 && toCard !== toReader) return undefined;
  return { toCard: RATES[toCard]!, toReader: RATES[toReader]! };
}

export function ppsRequest(cid: number, { toCard, toReader }: Rates): Uint8Array {
  return Uint8Array.of(PPSS | cid, PPS0_WITH_PPS1, (RATES.indexOf(toReader) << 2) | RATES.indexOf(toCard));
}

/** What a PPS asks a card of this CID and ATS for; undefined when it is not one that the card answers. */
export function readPps(pps: Uint8Array, cid: number, ats: Uint8Array): Rates | undefined {
  if (pps[0] !== (PPSS | cid)) return undefined;
  const withRates = pps[1] === PPS0_WITH_PPS1;
  if (pps.length !== (withRates ? 3 : 2) || (!withRates && pps[1] !== PPS0)) return undefined;
  const divisors = withRates ? pps[2]! : 0;
  return offeredRates(ats, divisors & 0x03, divisors >> 2);
}
