import { SAK_ISO_DEP, Status } from '../../hal/pn532/commands.js';
import { appendCrcA, hasCrcA } from './crc-a.js';
import type { RfFrame } from './rf-field.js';
import { ACTIVATION_WAIT_US, CHIP } from './timing.js';
import type { VirtualAlarm, VirtualClock } from './virtual-clock.js';

const WUPA = 0x52;
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

type Step = (frame: RfFrame | undefined) => void;

/**
 * One look for a type A card: WUPA, anticollision by bits, selection, RATS (ISO 14443-3 section 6, 14443-4
 * section 5). When two cards answer at once it goes on with those that have a 1 at the first difference,
 * until one is left.
 */
export class TypeAReader {
  #step: Step | undefined;
  #alarm: VirtualAlarm | undefined;
  #uid: number[] = [];
  #atqa = new Uint8Array(2) as Uint8Array;

  constructor(
    private readonly clock: VirtualClock,
    private readonly transmit: (bytes: Uint8Array, bits: number) => number,
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

  /** `done` gets the card, or the status that a look that failed would have. */
  activate(automaticRats: boolean, done: (target: TypeATarget | undefined, status: number) => void): void {
    this.#uid = [];
    this.#ask(Uint8Array.of(WUPA), SHORT_FRAME_BITS, 0, CHIP.anticollisionTimeout_us, (frame) => {
      if (frame === undefined) {
        done(undefined, Status.timeout);
        return;
      }
      this.#atqa = frame.bytes;
      this.#resolve(0, new Uint8Array(5), 0, automaticRats, done);
    });
  }

  /** Sends after `delay_us`, and waits for an answer. */
  #ask(bytes: Uint8Array, bits: number, delay_us: number, wait_us: number, step: Step): void {
    this.#alarm = this.clock.schedule(delay_us, () => {
      this.#step = step;
      const timeout_us = this.transmit(bytes, bits) + wait_us;
      this.#alarm = this.clock.schedule(timeout_us, () => {
        this.#step = undefined;
        step(undefined);
      });
    });
  }

  /** Anticollision at one cascade level, of whose five bytes `knownBits` are settled. */
  #resolve(
    level: number,
    known: Uint8Array,
    knownBits: number,
    automaticRats: boolean,
    done: (target: TypeATarget | undefined, status: number) => void,
  ): void {
    const wholeBytes = knownBits >> 3;
    const request = new Uint8Array(2 + Math.ceil(knownBits / 8));
    request[0] = SELECT[level]!;
    request[1] = ((2 + wholeBytes) << 4) | (knownBits & 7);
    request.set(known.subarray(0, Math.ceil(knownBits / 8)), 2);
    this.#ask(request, 16 + knownBits, CHIP.turnAround_us, CHIP.anticollisionTimeout_us, (frame) => {
      if (frame === undefined || frame.bytes.length !== 5 - wholeBytes) {
        done(undefined, frame === undefined ? Status.timeout : Status.bitCount);
        return;
      }
      const merged = known.slice();
      merged.set(frame.bytes, wholeBytes);
      if (frame.collisionBit >= 0) {
        const bit = wholeBytes * 8 + frame.collisionBit;
        if (bit < knownBits || bit >= 32) {
          done(undefined, Status.collision);
          return;
        }
        merged[bit >> 3]! |= 1 << (bit & 7);
        for (let after = bit + 1; after < 40; after++) merged[after >> 3]! &= ~(1 << (after & 7));
        this.#resolve(level, merged, bit + 1, automaticRats, done);
      } else if ((merged[0]! ^ merged[1]! ^ merged[2]! ^ merged[3]!) !== merged[4]) {
        done(undefined, Status.bcc);
      } else {
        this.#select(level, merged, automaticRats, done);
      }
    });
  }

  #select(
    level: number,
    bytes: Uint8Array,
    automaticRats: boolean,
    done: (target: TypeATarget | undefined, status: number) => void,
  ): void {
    const request = appendCrcA(Uint8Array.of(SELECT[level]!, NVB_ALL, ...bytes));
    this.#ask(request, request.length * 8, CHIP.turnAround_us, CHIP.anticollisionTimeout_us, (frame) => {
      if (frame === undefined || frame.collisionBit >= 0 || !hasCrcA(frame.bytes)) {
        done(undefined, frame === undefined ? Status.timeout : Status.crc);
        return;
      }
      const sak = frame.bytes[0]!;
      const cascaded = (sak & SAK_CASCADE) !== 0;
      if (cascaded !== (bytes[0] === CASCADE_TAG) || (cascaded && level === SELECT.length - 1)) {
        done(undefined, Status.rfProtocol);
        return;
      }
      this.#uid.push(...bytes.subarray(cascaded ? 1 : 0, 4));
      if (cascaded) this.#resolve(level + 1, new Uint8Array(5), 0, automaticRats, done);
      else if ((sak & SAK_ISO_DEP) !== 0 && automaticRats) this.#sendRats(sak, done);
      else done({ atqa: this.#atqa, sak, uid: Uint8Array.from(this.#uid), ats: undefined }, Status.ok);
    });
  }

  #sendRats(sak: number, done: (target: TypeATarget | undefined, status: number) => void): void {
    const request = appendCrcA(this.rats);
    this.#ask(request, request.length * 8, CHIP.turnAround_us, ACTIVATION_WAIT_US, (frame) => {
      if (frame === undefined) {
        done(undefined, Status.timeout);
      } else if (frame.collisionBit >= 0 || !hasCrcA(frame.bytes)) {
        done(undefined, Status.crc);
      } else if (frame.bytes[0] !== frame.bytes.length - 2) {
        done(undefined, Status.rfProtocol);
      } else {
        done(
          { atqa: this.#atqa, sak, uid: Uint8Array.from(this.#uid), ats: frame.bytes.slice(0, -2) },
          Status.ok,
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
