import { BIT_RATES_KBPS, Command, STATUS_ERROR_MASK } from './commands.js';
import type { Pn532Core } from './core.js';
import type { Pn532Error } from './errors.js';

/** A card answers PPS within 5 ms, and the chip asks twice. */
const PSL_MS = 300;
/**
 * After a rate has failed, so many cards are read at 106 kbit/s: a chip that does not speak it, or an antenna
 * that does not carry it, costs little, and a touch that broke off is taken up again at the rate that works.
 */
const SLOW_CONNECTS = 8;

/** In the ATS (ISO 14443-4 section 5.2.3): T0 says whether TA follows, TA which divisors can be had. */
const ATS_HAS_TA = 0x10;
const ATS_TA_OFFSET = 2;

/** How often since the driver was made. */
export interface BitRateCounts {
  /** A card was asked for a higher rate. */
  asked: number;
  /** It did not agree. */
  refused: number;
  /** It had agreed, and then an exchange failed: the rate may be to blame, or a hand that went away. */
  broken: number;
}

/**
 * Which bit rate the reader and a card have on the air. Every activation begins at 106 kbit/s; a card whose
 * ATS offers more is asked by PPS (InPSL, UM0701-02 section 7.3.7) before its first command.
 */
export class BitRate {
  readonly counts: BitRateCounts = { asked: 0, refused: 0, broken: 0 };
  /** Of the card that is connected. */
  current_kbps: number = BIT_RATES_KBPS[0];
  #max_kbps = this.current_kbps;
  #slowConnects = 0;

  constructor(private readonly chip: Pn532Core) {}

  get max_kbps(): number {
    return this.#max_kbps;
  }

  /** Throws RangeError for a rate that the chip has not got. */
  set max_kbps(max_kbps: number) {
    if (!BIT_RATES_KBPS.includes(max_kbps)) {
      throw new RangeError(`a rate of ${max_kbps} kbit/s; there are ${BIT_RATES_KBPS.join(', ')}`);
    }
    this.#max_kbps = max_kbps;
    this.#slowConnects = 0;
  }

  /** The rate that a card of this ATS (from TL on, or empty) is to be asked for; 106 when for none. */
  choose(ats: Uint8Array): number {
    const hasTa = ats.length > ATS_TA_OFFSET && (ats[1]! & ATS_HAS_TA) !== 0;
    const ta = hasTa ? ats[ATS_TA_OFFSET]! : 0;
    // The low three bits are the card's ears, the next but one its voice.
    const both = ta & (ta >> 4);
    let code = BIT_RATES_KBPS.indexOf(this.#max_kbps);
    while (code > 0 && (both & code) === 0) code--;
    if (code > 0 && this.#slowConnects > 0) {
      this.#slowConnects--;
      code = 0;
    }
    return BIT_RATES_KBPS[code]!;
  }

  /**
   * Asks the card for that rate both ways. When it does not agree nobody knows at which rate it listens now:
   * only a field that falls brings it back.
   */
  ask(target: number, kbps: number, done: (agreed: boolean) => void): void {
    const { chip, counts } = this;
    const code = BIT_RATES_KBPS.indexOf(kbps);
    chip.parameters[0] = target;
    chip.parameters[1] = code; // to the card
    chip.parameters[2] = code; // from the card
    counts.asked++;
    chip.run(Command.InPSL, 3, PSL_MS, (error: Pn532Error | undefined, length) => {
      const agreed = error === undefined && length > 0 && (chip.response[0]! & STATUS_ERROR_MASK) === 0;
      if (agreed) this.current_kbps = kbps;
      else {
        counts.refused++;
        this.#slowConnects = SLOW_CONNECTS;
      }
      done(agreed);
    });
  }

  /** The card did not answer a command as it should. */
  exchangeFailed(): void {
    if (this.current_kbps === BIT_RATES_KBPS[0]) return;
    this.counts.broken++;
    this.#slowConnects = SLOW_CONNECTS;
  }

  /** The card has gone. */
  reset(): void {
    this.current_kbps = BIT_RATES_KBPS[0]!;
  }
}
