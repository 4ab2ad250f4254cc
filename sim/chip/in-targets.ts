import type { ChipCore } from './chip-core.js';
import { appendCrcA, hasCrcA } from './crc-a.js';
import { BLOCK_OVERHEAD_BYTES, frameSize } from './iso-dep.js';
import { IsoDepReader } from './iso-dep-reader.js';
import { EXCHANGE_DATA_BYTES_MAX, TARGETS_MAX } from './manual.js';
import { BASE_RATES, ppsRequest, type Rates } from './pps.js';
import type { RfFrame } from './rf-field.js';
import { frameWait_us } from './timing.js';
import {
  type Look,
  READER_FRAME_BYTES,
  REQA,
  readAts,
  TypeAReader,
  type TypeATarget,
  WUPA,
} from './type-a-reader.js';

/** A card that InListPassiveTarget has found. */
export interface Listed {
  readonly number: number;
  readonly target: TypeATarget;
  /** Its session, while it is the selected one and speaks ISO 14443-4. */
  isoDep: IsoDepReader | undefined;
  /** It must be left alone until then (SFGT, ISO 14443-4 section 5.2.5). */
  quietUntil_us: number;
  /** The host has let it go: it must select it before it may exchange data. */
  isReleased: boolean;
  rates: Rates;
  /** It has heard a block since its activation: it takes no PPS any more. */
  hasBegun: boolean;
}

const CASCADE_TAG = 0x88;
/** RATS gives every card this one: never are two active at once. */
const CID = 0;

/**
 * The cards that the chip keeps for its host: two at most, of which one is selected. The other waits in HALT,
 * and is woken when the host names it (UM0701-02 sections 7.3.5 to 7.3.7).
 */
export class InTargets {
  readonly listed: Listed[] = [];
  current: Listed | undefined;
  readonly #typeA: TypeAReader;

  constructor(private readonly chip: ChipCore) {
    this.#typeA = new TypeAReader(chip);
  }

  get(number: number): Listed | undefined {
    return this.listed.find((each) => each.number === number);
  }

  /** The cards are not told. */
  forget(): void {
    this.current?.isoDep?.stop();
    this.current = undefined;
    this.listed.length = 0;
  }

  remove(number: number): void {
    if (number === 0) this.forget();
    else {
      const at = this.listed.findIndex((each) => each.number === number);
      if (this.listed[at] === this.current) this.current = undefined;
      this.listed.splice(at, 1);
    }
  }

  /** Ends what is under way. */
  stop(): void {
    this.#typeA.stop();
    this.current?.isoDep?.stop();
  }

  onFrame(frame: RfFrame): void {
    if (frame.rate !== (this.current?.rates ?? BASE_RATES).toReader) return;
    // Whose session it is now: an ATS begins one, and is no block of it.
    const isoDep = this.current?.isoDep;
    this.#typeA.onFrame(frame);
    if (isoDep === undefined || frame.bytes.length < BLOCK_OVERHEAD_BYTES) return;
    isoDep.onBlock(frame.bytes.slice(0, -2), frame.collisionBit >= 0 || !hasCrcA(frame.bytes));
  }

  /** One look; a card that is found is listed, and selected. */
  find(
    request: Look['request'],
    uid: Uint8Array | undefined,
    done: (listed: Listed | undefined, status: number) => void,
  ): void {
    const rats = this.chip.automaticRats;
    const look = uid === undefined ? { request, rats } : { request, rats, uid };
    this.#typeA.activate(look, (target, status) => {
      if (target === undefined || this.listed.length === TARGETS_MAX) {
        done(undefined, status);
        return;
      }
      const number = this.listed.length + 1;
      const listed = {
        number,
        target,
        isoDep: undefined,
        quietUntil_us: 0,
        isReleased: false,
        rates: BASE_RATES,
        hasBegun: false,
      };
      this.listed.push(listed);
      this.#adopt(listed);
      done(listed, status);
    });
  }

  /**
   * A second card beside the selected one. An ISO 14443-4 card hears no REQA, others are halted first; when
   * somebody answers, the first makes room by S(DESELECT), since without a CID two cannot be active at once.
   */
  findAnother(done: () => void): void {
    const look = (): void => this.find(REQA, undefined, () => done());
    const probe = (): void =>
      this.#typeA.probe(REQA, (isHeard) => {
        if (!isHeard) done();
        else this.quiet(look);
      });
    if (this.current?.isoDep !== undefined) probe();
    else this.quiet(probe);
  }

  /** The selected card goes to HALT: S(DESELECT), or HLTA. */
  quiet(done: () => void): void {
    const { current } = this;
    this.current = undefined;
    const isoDep = current?.isoDep;
    if (current === undefined) {
      done();
    } else if (isoDep === undefined) {
      this.#typeA.halt(done);
    } else {
      this.current = current;
      isoDep.deselect(() => {
        current.isoDep = undefined;
        this.current = undefined;
        done();
      });
    }
  }

  /** InDeselect: of one card, or with 0 of all. */
  release(number: number, done: () => void): void {
    for (const each of this.listed) if (number === 0 || each.number === number) each.isReleased = true;
    if (this.current?.isReleased === true) this.quiet(done);
    else done();
  }

  /** Makes `listed` the selected card; the one that was goes to HALT. */
  select(listed: Listed, done: (isSelected: boolean) => void): void {
    listed.isReleased = false;
    if (listed === this.current) {
      done(true);
      return;
    }
    const { sak } = listed.target;
    const uid = cascaded(listed.target.uid);
    this.quiet(() => {
      const look = { request: WUPA, rats: this.chip.automaticRats, uid } as const;
      this.#typeA.activate(look, (target) => {
        if (target === undefined || target.sak !== sak) {
          done(false);
          return;
        }
        this.#adopt(listed, target);
        done(true);
      });
    });
  }

  /** PPS to the selected card, so many times; and whether it agreed. */
  changeRates(listed: Listed, rates: Rates, times: number, done: (agreed: boolean) => void): void {
    const request = ppsRequest(CID, rates);
    this.#typeA.askBlock(request, (answer) => {
      const agreed = answer?.length === 1 && answer[0] === request[0];
      if (agreed) listed.rates = rates;
      if (agreed || times === 1) done(agreed);
      else this.changeRates(listed, rates, times - 1, done);
    });
  }

  #adopt(listed: Listed, { ats } = listed.target): void {
    const { chip } = this;
    this.current = listed;
    listed.rates = BASE_RATES;
    listed.hasBegun = false;
    if (ats === undefined) return;
    const { fsci, fwi, sfgi } = readAts(ats);
    listed.quietUntil_us = chip.clock.now_us + (sfgi === 0 ? 0 : frameWait_us(sfgi));
    listed.isoDep = new IsoDepReader(
      chip.clock,
      (block) => {
        listed.hasBegun = true;
        const frame = appendCrcA(block);
        return chip.field.transmit(chip.antenna, frame, 8 * frame.length, 'A', listed.rates.toCard);
      },
      () => chip.field.answerEnds_us,
      Math.min(frameSize(fsci), READER_FRAME_BYTES),
      frameWait_us(fwi),
      {
        exchangeBytes: EXCHANGE_DATA_BYTES_MAX,
        informationBytes: READER_FRAME_BYTES - BLOCK_OVERHEAD_BYTES,
      },
      chip.quirks.turnAround_us,
    );
  }
}

/** Four bytes a cascade level; all but the last begin with the cascade tag (ISO 14443-3 section 6.5.4). */
function cascaded(uid: Uint8Array): Uint8Array {
  const levels: number[] = [];
  let at = 0;
  for (; uid.length - at > 4; at += 3) levels.push(CASCADE_TAG, ...uid.subarray(at, at + 3));
  return Uint8Array.of(...levels, ...uid.subarray(at));
}
