import { appendCrcA, hasCrcA } from './crc-a.js';
import { CID_MASK, frameSize } from './iso-dep.js';
import { BASE_RATES, isPps, type Rates, readPps } from './pps.js';
import { bitAt, type RfFrame } from './rf-field.js';
import { type BitRate, CHIP, FRAME_DELAY_US } from './timing.js';
import type { VirtualClock } from './virtual-clock.js';

const REQA = 0x26;
const WUPA = 0x52;
const SHORT_FRAME_BITS = 7;
const HLTA = 0x50;
const RATS = 0xe0;
const SELECT = [0x93, 0x95] as const;
const NVB_ALL = 0x70;
const CASCADE_TAG = 0x88;
const SAK_CASCADE = 0x04;

export interface TypeACardIdentity {
  /** Two bytes as on the air. */
  atqa: Uint8Array;
  /** 4 or 7 bytes. */
  uid: Uint8Array;
  sak: number;
  /** From TL on; without one the card does not know RATS. */
  ats?: Uint8Array;
  /** Between a block and its answer; CHIP's without. */
  turnAround_us?: number;
  /** It knows no PPS, whatever its ATS offers: one is a block like any other. */
  knowsNoPps?: boolean;
}

export interface TypeACardEvents {
  /** RATS has come; the ATS is on its way. `frameBytes` is the reader's frame size. */
  onRats(rats: Uint8Array, frameBytes: number): void;
  /** A block after activation, CRC checked and taken off. */
  onBlock(block: Uint8Array): void;
  /** A frame to a selected card that is not activated: MIFARE commands and the like. */
  onOther(frame: Uint8Array): void;
  /** It was activated, and is no more: field off or gone. */
  onLost(): void;
}

type State = 'off' | 'idle' | 'ready' | 'active' | 'halt' | 'protocol';

/** The card's states of ISO 14443-3 (section 6.4), up to activation by RATS. */
export class TypeACard {
  #state: State = 'off';
  #level = 0;
  #cid = 0;
  /** Between ATS and the first block PPS may come. */
  #mayChangeRate = false;
  #rates = BASE_RATES;
  /** Counts what would make an answer under way out of date. */
  #epoch = 0;
  /** HALT before READY: an error sends it back there, not to IDLE. */
  #fromHalt = false;

  constructor(
    private readonly clock: VirtualClock,
    private readonly transmit: (bytes: Uint8Array, bits: number, rate: BitRate) => number,
    private readonly identity: TypeACardIdentity,
    private readonly events: TypeACardEvents,
  ) {}

  get activated(): boolean {
    return this.#state === 'protocol';
  }

  get rates(): Rates {
    return this.#rates;
  }

  onCarrier(on: boolean): void {
    this.#epoch++;
    const lost = this.#state === 'protocol' || this.#state === 'active';
    this.#state = on ? 'idle' : 'off';
    this.#fromHalt = false;
    this.#rates = BASE_RATES;
    if (lost) this.events.onLost();
  }

  /** The chip stops being this card: an answer under way is not sent. */
  stop(): void {
    this.#epoch++;
    this.#state = 'off';
  }

  /** After S(DESELECT). */
  halt(): void {
    this.#state = 'halt';
    this.#rates = BASE_RATES;
  }

  onFrame(frame: RfFrame): void {
    if (frame.modulation !== 'A' || this.#state === 'off' || frame.rate !== this.#rates.toCard) return;
    if (frame.bits === SHORT_FRAME_BITS) this.#onShortFrame(frame.bytes[0]!);
    else if (this.#state === 'ready') this.#onSelect(frame);
    else if (this.#state === 'active') this.#onActive(frame);
    else if (this.#state === 'protocol' && frame.bits % 8 === 0 && hasCrcA(frame.bytes)) {
      this.#onProtocol(frame.bytes.slice(0, -2));
    }
  }

  /** Answers a block after the chip's turn-around. */
  sendBlock(block: Uint8Array): void {
    this.#answer(appendCrcA(block), this.identity.turnAround_us ?? CHIP.turnAround_us);
  }

  #answer(bytes: Uint8Array, delay_us: number, bits = bytes.length * 8): void {
    const epoch = this.#epoch;
    const rate = this.#rates.toReader;
    this.clock.schedule(delay_us, () => {
      if (epoch === this.#epoch) this.transmit(bytes, bits, rate);
    });
  }

  #onProtocol(block: Uint8Array): void {
    const mayChangeRate = this.#mayChangeRate;
    this.#mayChangeRate = false;
    if (!isPps(block) || this.identity.knowsNoPps === true) this.events.onBlock(block);
    else if (mayChangeRate) this.#changeRate(block);
  }

  /**
   * PPS for this card, with rates that its ATS offers: the answer goes at the old one. Anything else gets
   * none.
   */
  #changeRate(pps: Uint8Array): void {
    const rates = readPps(pps, this.#cid, this.identity.ats!);
    if (rates === undefined) return;
    this.sendBlock(pps.subarray(0, 1));
    this.#rates = rates;
  }

  #onShortFrame(command: number): void {
    const state = this.#state;
    if (state === 'idle' || (state === 'halt' && command === WUPA)) {
      if (command !== REQA && command !== WUPA) return;
      this.#fromHalt = state === 'halt';
      this.#state = 'ready';
      this.#level = 0;
      this.#answer(this.identity.atqa, FRAME_DELAY_US);
    } else if (state === 'ready' || state === 'active') {
      this.back();
    }
  }

  /** To IDLE, or to HALT where it came from there. */
  back(): void {
    this.#state = this.#fromHalt ? 'halt' : 'idle';
  }

  /** The four bytes of this cascade level, and their BCC. */
  #levelBytes(): Uint8Array {
    const { uid } = this.identity;
    const part =
      uid.length === 4
        ? [...uid]
        : this.#level === 0
          ? [CASCADE_TAG, uid[0]!, uid[1]!, uid[2]!]
          : [...uid.subarray(3, 7)];
    return Uint8Array.of(...part, part[0]! ^ part[1]! ^ part[2]! ^ part[3]!);
  }

  #onSelect(frame: RfFrame): void {
    const { bytes } = frame;
    if (bytes[0] !== SELECT[this.#level]) {
      this.back();
      return;
    }
    const own = this.#levelBytes();
    const nvb = bytes[1]!;
    if (nvb === NVB_ALL) this.#onWholeSelect(bytes, own);
    else this.#onAnticollision(bytes.subarray(2), (nvb >> 4) * 8 + (nvb & 7) - 16, own);
  }

  #onWholeSelect(bytes: Uint8Array, own: Uint8Array): void {
    if (!hasCrcA(bytes) || own.some((byte, index) => bytes[2 + index] !== byte)) {
      this.back();
      return;
    }
    const complete = this.#level === (this.identity.uid.length === 4 ? 0 : 1);
    if (complete) this.#state = 'active';
    else this.#level++;
    this.#answer(appendCrcA(Uint8Array.of(complete ? this.identity.sak : SAK_CASCADE)), FRAME_DELAY_US);
  }

  /**
   * Sends the rest of its UID when the bits sent so far are its own. The bytes begin with those that were
   * known.
   */
  #onAnticollision(known: Uint8Array, knownBits: number, own: Uint8Array): void {
    for (let bit = 0; bit < knownBits; bit++) {
      if (bitAt(known, bit) !== bitAt(own, bit)) {
        this.back();
        return;
      }
    }
    const rest = own.slice(knownBits >> 3);
    this.#answer(rest, FRAME_DELAY_US, rest.length * 8 - (knownBits & 7));
  }

  #onActive(frame: RfFrame): void {
    const { bytes } = frame;
    if (!hasCrcA(bytes)) {
      this.back();
    } else if (bytes[0] === HLTA) {
      this.#state = 'halt';
    } else if (bytes[0] === RATS && this.identity.ats !== undefined) {
      this.#state = 'protocol';
      this.#cid = bytes[1]! & CID_MASK;
      this.#mayChangeRate = true;
      this.events.onRats(bytes.slice(0, 2), frameSize(bytes[1]! >> 4));
      this.sendBlock(this.identity.ats);
    } else {
      this.events.onOther(bytes.slice(0, -2));
    }
  }
}
