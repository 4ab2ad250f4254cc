import type { ChipCore } from './chip-core.js';
import { CID_MASK, frameSize } from './iso-dep.js';
import { IsoDepCard } from './iso-dep-card.js';
import {
  ACTIVATED_ISO_DEP,
  ErrorCode,
  EXCHANGE_DATA_BYTES_MAX,
  MODE_PICC_ONLY,
  MORE_INFORMATION,
  SAK_14443_4,
} from './manual.js';
import { BASE_RATES } from './pps.js';
import type { RfFrame } from './rf-field.js';
import { airTime_us, frameWait_us } from './timing.js';
import { TypeACard } from './type-a-card.js';
import type { VirtualAlarm } from './virtual-clock.js';

type Reply = (data: Uint8Array) => void;

const FELICA_BYTES = 18;
const NFCID3_BYTES = 10;
const GENERAL_BYTES_MAX = 47;
const HISTORICAL_BYTES_MAX = 48;
const UID_RANDOM = 0x08;
/**
 * The chip's ATS after TL: FSC 64; 212 and 424 kbit/s offered; FWI 9, SFGI 2; NAD and CID (as boards show
 * it).
 */
const ATS = [0x75, 0x33, 0x92, 0x03] as const;
const ATS_FSCI = 5;
const ATS_FWI = 9;
/**
 * Half of its frame waiting time, after which the chip asks for more. Where exactly a real one does is not
 * known.
 */
const WTX_AFTER_US = Math.round(frameWait_us(ATS_FWI) / 2);

/** The chip as a card. */
export class TargetCommands {
  #card: TypeACard | undefined;
  #isoDep: IsoDepCard | undefined;
  #piccOnly = false;
  #onInit: Reply | undefined;
  #onGet: Reply | undefined;
  #onSet: Reply | undefined;
  #onInitiatorCommand: Reply | undefined;
  #released = false;
  readonly #buffer = new Uint8Array(EXCHANGE_DATA_BYTES_MAX);
  #buffered = 0;
  /** The buffer has the end of a command. */
  #complete = false;
  /** A block waits for room. */
  #full = false;
  #otherFrame: Uint8Array | undefined;
  #lastSent_us = 0;
  #answer: VirtualAlarm | undefined;

  constructor(private readonly chip: ChipCore) {}

  get active(): boolean {
    return this.#card !== undefined;
  }

  /** Leaves target mode. */
  stop(): void {
    this.#isoDep?.stop();
    this.#isoDep = undefined;
    this.#card?.stop();
    this.#card = undefined;
    this.abort();
    this.#released = false;
    this.#clear();
  }

  /** The host gives up its command. One that waits for activation ends target mode; a session goes on. */
  abort(): void {
    this.#answer?.cancel();
    if (this.#onInit !== undefined) {
      this.#card?.stop();
      this.#card = undefined;
    }
    this.#onInit = undefined;
    this.#onGet = undefined;
    this.#onSet = undefined;
    this.#onInitiatorCommand = undefined;
  }

  onCarrier(on: boolean): void {
    this.#card?.onCarrier(on);
  }

  onFrame(frame: RfFrame): void {
    this.#card?.onFrame(frame);
  }

  /** TgInitAsTarget; false when its parameters make no sense. */
  initialise(parameters: Uint8Array, reply: Reply): boolean {
    const general = 7 + FELICA_BYTES + NFCID3_BYTES;
    const generalBytes = parameters[general];
    if (generalBytes === undefined || generalBytes > GENERAL_BYTES_MAX) return false;
    const historicalBytes = parameters[general + 1 + generalBytes];
    if (historicalBytes === undefined || historicalBytes > HISTORICAL_BYTES_MAX) return false;
    const start = general + 2 + generalBytes;
    if (parameters.length !== start + historicalBytes) return false;
    this.stop();
    this.#piccOnly = (parameters[0]! & MODE_PICC_ONLY) !== 0;
    this.#onInit = reply;
    const isoDep = this.chip.isoDepCard && (parameters[6]! & SAK_14443_4) !== 0;
    const historical = parameters.subarray(start);
    this.#card = new TypeACard(
      this.chip.clock,
      (bytes, bits, rate) => this.chip.field.transmit(this.chip.antenna, bytes, bits, 'A', rate),
      {
        atqa: parameters.slice(1, 3),
        uid: Uint8Array.of(UID_RANDOM, ...parameters.subarray(3, 6)),
        sak: parameters[6]!,
        ...(isoDep ? { ats: Uint8Array.of(1 + ATS.length + historical.length, ...ATS, ...historical) } : {}),
        knowsNoPps: !this.chip.quirks.answersPps,
        turnAround_us: this.chip.quirks.turnAround_us,
      },
      {
        onRats: (rats, frameBytes) => this.#activate(rats, frameBytes, historical.length),
        onBlock: (block) => this.#takeBlock(block),
        onOther: (frame) => this.#takeOther(frame),
        onLost: () => this.#release(),
      },
    );
    if (this.chip.field.hasCarrier(this.chip.antenna)) this.#card.onCarrier(true);
    return true;
  }

  /** TgGetData. */
  getData(reply: Reply): void {
    if (this.#isoDep === undefined) {
      reply(Uint8Array.of(this.#released ? ErrorCode.released : ErrorCode.wrongContext));
      return;
    }
    this.#onGet = reply;
    this.#handOver();
  }

  /** TgSetData, and TgSetMetaData with `more`. */
  setData(data: Uint8Array, more: boolean, reply: Reply): void {
    if (this.#isoDep === undefined) {
      reply(Uint8Array.of(this.#released ? ErrorCode.released : ErrorCode.wrongContext));
      return;
    }
    this.#onSet = reply;
    this.#isoDep.respond(data, more);
  }

  /** TgGetInitiatorCommand: frames below ISO 14443-4. */
  getInitiatorCommand(reply: Reply): void {
    if (this.#released) {
      reply(Uint8Array.of(ErrorCode.released));
    } else if (this.#otherFrame !== undefined) {
      const frame = this.#otherFrame;
      this.#otherFrame = undefined;
      reply(Uint8Array.of(ErrorCode.none, ...frame));
    } else {
      this.#onInitiatorCommand = reply;
    }
  }

  /** TgResponseToInitiator. */
  respondToInitiator(data: Uint8Array, reply: Reply): void {
    if (this.#card === undefined || this.#released) {
      reply(Uint8Array.of(this.#released ? ErrorCode.released : ErrorCode.wrongContext));
      return;
    }
    this.#card.sendBlock(data);
    reply(Uint8Array.of(ErrorCode.none));
  }

  /**
   * TgGetTargetStatus: 00 idle, 01 activated, 02 deselected; and the rates, the reader's in the high half: 0
   * for 106 kbit/s.
   */
  status(): Uint8Array {
    const { toCard, toReader } = this.#card?.rates ?? BASE_RATES;
    const state = this.#isoDep !== undefined ? 0x01 : this.#released ? 0x02 : 0x00;
    return Uint8Array.of(state, ((toCard >> 1) << 4) | (toReader >> 1));
  }

  #activate(rats: Uint8Array, frameBytes: number, historicalBytes: number): void {
    const reply = this.#onInit;
    if (reply === undefined) return;
    this.#onInit = undefined;
    this.#clear();
    this.#isoDep = new IsoDepCard(
      this.chip.clock,
      {
        send: (block) => {
          const air_us = airTime_us((block.length + 2) * 8, this.#card?.rates.toReader, true);
          this.#lastSent_us = this.chip.clock.now_us + this.chip.quirks.turnAround_us + air_us;
          this.#card?.sendBlock(block);
        },
        hasRoom: (bytes) => this.#hasRoom(bytes),
        onData: (data, more) => this.#takeData(data, more),
        onSent: () => this.#sent(),
        onDeselect: () => this.#release(),
      },
      frameBytes,
      WTX_AFTER_US,
      rats[1]! & CID_MASK,
    );
    // Activation is complete when the ATS has left.
    const ats_us = this.chip.quirks.turnAround_us + airTime_us((1 + ATS.length + historicalBytes + 2) * 8);
    const told_us = this.chip.clock.now_us + ats_us + this.chip.quirks.activationLag_us;
    this.#answerAt(told_us, reply, () => {
      const first = this.#complete ? this.#takeBuffer() : rats;
      return Uint8Array.of(ACTIVATED_ISO_DEP, ...first);
    });
  }

  #takeBlock(block: Uint8Array): void {
    if (block.length + 2 > frameSize(ATS_FSCI)) {
      this.chip.warn(
        `a block of ${block.length + 2} bytes from the reader; the ATS allows ${frameSize(ATS_FSCI)}`,
      );
      return;
    }
    this.#isoDep?.onBlock(block);
  }

  #takeOther(frame: Uint8Array): void {
    if (this.#piccOnly) return;
    const { chip } = this;
    if (this.#onInit !== undefined) {
      const reply = this.#onInit;
      this.#onInit = undefined;
      reply(Uint8Array.of(0x00, ...frame));
    } else if (this.#onInitiatorCommand !== undefined) {
      const reply = this.#onInitiatorCommand;
      this.#onInitiatorCommand = undefined;
      reply(Uint8Array.of(ErrorCode.none, ...frame));
    } else {
      if (this.#otherFrame !== undefined)
        chip.warn('a frame from the reader was lost: the host did not fetch the one before');
      this.#otherFrame = frame;
    }
  }

  #hasRoom(bytes: number): boolean {
    const room = !this.#complete && this.#buffered + bytes <= this.#buffer.length;
    if (!room && !this.#full) {
      this.#full = true;
      // Not from here: the block is being held just now.
      this.chip.clock.schedule(0, () => this.#handOver());
    }
    return room;
  }

  #takeData(data: Uint8Array, more: boolean): void {
    this.#buffer.set(data, this.#buffered);
    this.#buffered += data.length;
    this.#complete = !more;
    this.#handOver();
  }

  #handOver(): void {
    const reply = this.#onGet;
    const isDue = this.chip.quirks.handsUp === 'blocks' && this.#buffered > 0;
    if (reply === undefined || !(this.#complete || this.#full || isDue)) return;
    this.#onGet = undefined;
    const status = ErrorCode.none | (this.#complete ? 0 : MORE_INFORMATION);
    const full = this.#full;
    reply(Uint8Array.of(status, ...this.#takeBuffer()));
    if (full) this.#isoDep?.resume();
  }

  #takeBuffer(): Uint8Array {
    const data = this.#buffer.slice(0, this.#buffered);
    this.#clear();
    return data;
  }

  #sent(): void {
    const reply = this.#onSet;
    this.#onSet = undefined;
    if (reply === undefined) return;
    this.#answerAt(this.#lastSent_us, reply, () =>
      Uint8Array.of(this.#released ? ErrorCode.released : ErrorCode.none),
    );
  }

  /** Answers the host once what is on its way to the reader has left, unless the host gives up before. */
  #answerAt(time_us: number, reply: Reply, data: () => Uint8Array): void {
    const { clock } = this.chip;
    this.#answer?.cancel();
    this.#answer = clock.scheduleAt(Math.max(time_us, clock.now_us), () => reply(data()));
  }

  /** DESELECT, or the field is gone: the session is over, and 29 says so. */
  #release(): void {
    if (this.#onInit !== undefined) return; // not activated yet: goes on listening
    this.#isoDep?.stop();
    this.#isoDep = undefined;
    this.#card = undefined;
    this.#released = true;
    const waiting = this.#onGet ?? this.#onSet ?? this.#onInitiatorCommand;
    this.#onGet = undefined;
    this.#onSet = undefined;
    this.#onInitiatorCommand = undefined;
    if (waiting !== undefined)
      this.#answerAt(this.#lastSent_us, waiting, () => Uint8Array.of(ErrorCode.released));
  }

  #clear(): void {
    this.#buffered = 0;
    this.#complete = false;
    this.#full = false;
    this.#otherFrame = undefined;
  }
}
