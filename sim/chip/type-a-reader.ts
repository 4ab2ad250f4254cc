import { appendCrcA, hasCrcA } from './crc-a.js';
import { ErrorCode, SAK_14443_4 } from './manual.js';
import type { Antenna, RfField, RfFrame } from './rf-field.js';
import { ACTIVATION_WAIT_US, CHIP, HLTA_SILENCE_US } from './timing.js';
import type { VirtualAlarm } from './virtual-clock.js';

/** ISO 14443-3 table 3: REQA wakes cards that have not been halted, WUPA these too. */
export const REQA = 0x26;
export const WUPA = 0x52;
const HLTA = Uint8Array.of(0x50, 0x00);
const SHORT_FRAME_BITS = 7;
const SELECT = [0x93, 0x95, 0x97] as const;
const NVB_ALL = 0x70;
const CASCADE_TAG = 0x88;
const SAK_CASCADE = 0x04;
/** RATS: our frame size 64 (FSDI 5), CID 0. */
const RATS = Uint8Array.of(0xe0, 0x50);
export const READER_FRAME_BYTES = 64;

export interface TypeATarget {
  /** As on the air. */
  atqa: Uint8Array;
  sak: number;
  uid: Uint8Array;
  /** From TL on; undefined when the card does not know ISO 14443-4, or RATS is off. */
  ats: Uint8Array | undefined;
}

export interface Look {
  readonly request: typeof REQA | typeof WUPA;
  /** Goes on to RATS when the card speaks ISO 14443-4. */
  readonly rats: boolean;
  /** Only this card: its UID with cascade tags, 4 bytes a level. */
  readonly uid?: Uint8Array;
}
/** `status` is that of a look that failed. */
export type LookDone = (target: TypeATarget | undefined, status: number) => void;
type Step = (frame: RfFrame | undefined) => void;

/**
 * One look for a type A card: REQA or WUPA, anticollision by bits, selection, RATS (ISO 14443-3 section 6,
 * 14443-4 section 5). When two cards answer at once it goes on with those that have a 1 at the first
 * difference, until one is left.
 */
export class TypeAReader {
  #step: Step | undefined;
  #alarm: VirtualAlarm | undefined;
  #uid: number[] = [];
  #atqa = new Uint8Array(2) as Uint8Array;
  #look: Look = { request: WUPA, rats: true };
  #done: LookDone = () => {};

  constructor(
    /** Its antenna, and the field in which that is now. */
    private readonly place: { readonly field: RfField; readonly antenna: Antenna },
    private readonly rats: Uint8Array = RATS,
  ) {}

  stop(): void {
    this.#alarm?.cancel();
    this.#step = undefined;
  }

  onFrame(frame: RfFrame): void {
    const step = this.#step;
    if (step === undefined) return;
    this.#alarm?.cancel();
    this.#step = undefined;
    step(frame);
  }

  activate(look: Look, done: LookDone): void {
    this.#look = look;
    this.#done = done;
    this.#uid = [];
    this.#ask(Uint8Array.of(look.request), SHORT_FRAME_BITS, 0, CHIP.anticollisionWait_us, (frame) => {
      if (frame === undefined) {
        this.#done(undefined, ErrorCode.timeout);
        return;
      }
      this.#atqa = frame.bytes;
      this.#enter(0);
    });
  }

  /** Is there a card that answers this request? Nothing is done about it. */
  probe(request: Look['request'], done: (isHeard: boolean) => void): void {
    const wait_us = CHIP.anticollisionWait_us;
    const bytes = Uint8Array.of(request);
    this.#ask(bytes, SHORT_FRAME_BITS, CHIP.turnAround_us, wait_us, (frame) => done(frame !== undefined));
  }

  /** A block below the block protocol, to an activated card; undefined when no good one answers it. */
  askBlock(block: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    const request = appendCrcA(block);
    this.#ask(request, request.length * 8, CHIP.turnAround_us, ACTIVATION_WAIT_US, (frame) => {
      const isGood = frame !== undefined && frame.collisionBit < 0 && hasCrcA(frame.bytes);
      done(isGood ? frame.bytes.slice(0, -2) : undefined);
    });
  }

  /** HLTA: the selected card goes to HALT, and says nothing to it. */
  halt(done: () => void): void {
    const request = appendCrcA(HLTA);
    this.#ask(request, request.length * 8, CHIP.turnAround_us, HLTA_SILENCE_US, done);
  }

  /** Sends after `delay_us`, and waits for an answer that starts within `wait_us`. */
  #ask(bytes: Uint8Array, bits: number, delay_us: number, wait_us: number, step: Step): void {
    const { place } = this;
    const { clock } = place.field;
    this.#alarm = clock.schedule(delay_us, () => {
      this.#step = step;
      this.#await(clock.now_us + place.field.transmit(place.antenna, bytes, bits) + wait_us);
    });
  }

  #await(until_us: number): void {
    const { field } = this.place;
    this.#alarm = field.clock.scheduleAt(until_us, () => {
      const ends_us = field.answerEnds_us;
      if (ends_us > field.clock.now_us) {
        this.#await(ends_us);
        return;
      }
      const step = this.#step;
      this.#step = undefined;
      step?.(undefined);
    });
  }

  /** A cascade level: anticollision, unless the UID is known. */
  #enter(level: number): void {
    const known = this.#look.uid?.subarray(4 * level, 4 * level + 4);
    if (known === undefined) this.#resolve(level, new Uint8Array(5), 0);
    else if (known.length < 4) this.#done(undefined, ErrorCode.rfProtocol);
    else this.#select(level, Uint8Array.of(...known, known[0]! ^ known[1]! ^ known[2]! ^ known[3]!));
  }

  /** Anticollision at one cascade level, of whose five bytes `knownBits` are settled. */
  #resolve(level: number, known: Uint8Array, knownBits: number): void {
    const done = this.#done;
    const wholeBytes = knownBits >> 3;
    const request = new Uint8Array(2 + Math.ceil(knownBits / 8));
    request[0] = SELECT[level]!;
    request[1] = ((2 + wholeBytes) << 4) | (knownBits & 7);
    request.set(known.subarray(0, Math.ceil(knownBits / 8)), 2);
    this.#ask(request, 16 + knownBits, CHIP.turnAround_us, CHIP.anticollisionWait_us, (frame) => {
      if (frame === undefined || frame.bytes.length !== 5 - wholeBytes) {
        done(undefined, frame === undefined ? ErrorCode.timeout : ErrorCode.bitCount);
        return;
      }
      const merged = known.slice();
      merged.set(frame.bytes, wholeBytes);
      if (frame.collisionBit >= 0) {
        const bit = wholeBytes * 8 + frame.collisionBit;
        if (bit < knownBits || bit >= 32) {
          done(undefined, ErrorCode.collision);
          return;
        }
        merged[bit >> 3]! |= 1 << (bit & 7);
        for (let after = bit + 1; after < 40; after++) merged[after >> 3]! &= ~(1 << (after & 7));
        this.#resolve(level, merged, bit + 1);
      } else if ((merged[0]! ^ merged[1]! ^ merged[2]! ^ merged[3]!) !== merged[4]) {
        done(undefined, ErrorCode.bcc);
      } else {
        this.#select(level, merged);
      }
    });
  }

  #select(level: number, bytes: Uint8Array): void {
    const done = this.#done;
    const request = appendCrcA(Uint8Array.of(SELECT[level]!, NVB_ALL, ...bytes));
    this.#ask(request, request.length * 8, CHIP.turnAround_us, CHIP.anticollisionWait_us, (frame) => {
      if (frame === undefined || frame.collisionBit >= 0 || !hasCrcA(frame.bytes)) {
        done(undefined, frame === undefined ? ErrorCode.timeout : ErrorCode.crc);
        return;
      }
      const sak = frame.bytes[0]!;
      const cascaded = (sak & SAK_CASCADE) !== 0;
      if (cascaded !== (bytes[0] === CASCADE_TAG) || (cascaded && level === SELECT.length - 1)) {
        done(undefined, ErrorCode.rfProtocol);
        return;
      }
      this.#uid.push(...bytes.subarray(cascaded ? 1 : 0, 4));
      if (cascaded) this.#enter(level + 1);
      else if ((sak & SAK_14443_4) !== 0 && this.#look.rats) this.#sendRats(sak);
      else done({ atqa: this.#atqa, sak, uid: Uint8Array.from(this.#uid), ats: undefined }, ErrorCode.none);
    });
  }

  #sendRats(sak: number): void {
    const done = this.#done;
    const request = appendCrcA(this.rats);
    this.#ask(request, request.length * 8, CHIP.turnAround_us, ACTIVATION_WAIT_US, (frame) => {
      if (frame === undefined) {
        done(undefined, ErrorCode.timeout);
      } else if (frame.collisionBit >= 0 || !hasCrcA(frame.bytes)) {
        done(undefined, ErrorCode.crc);
      } else if (frame.bytes[0] !== frame.bytes.length - 2) {
        done(undefined, ErrorCode.rfProtocol);
      } else {
        done(
          { atqa: this.#atqa, sak, uid: Uint8Array.from(this.#uid), ats: frame.bytes.slice(0, -2) },
          ErrorCode.none,
        );
      }
    });
  }
}

/** What an ATS says (ISO 14443-4 section 5.2); what it leaves out has the standard's defaults. */
export function readAts(ats: Uint8Array): { fsci: number; fwi: number; sfgi: number } {
  if (ats.length < 2) return { fsci: 2, fwi: 4, sfgi: 0 };
  const format = ats[1]!;
  let at = 2;
  if (format & 0x10) at++;
  const tb = format & 0x20 ? ats[at]! : 0x40;
  const fwi = tb >> 4;
  const sfgi = tb & 0x0f;
  return { fsci: format & 0x0f, fwi: fwi === 15 ? 4 : fwi, sfgi: sfgi === 15 ? 0 : sfgi };
}
