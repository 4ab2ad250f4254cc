import {
  EXCHANGE_BYTES_MAX,
  SAK_ISO_DEP,
  STATUS_MORE,
  Status,
  TARGET_MORE,
} from '../../hal/pn532/commands.js';
import { appendCrcA, hasCrcA } from './crc-a.js';
import { BLOCK_OVERHEAD_BYTES, frameSize } from './iso-dep.js';
import { IsoDepReader } from './iso-dep-reader.js';
import type { ChipCore } from './pn532-chip.js';
import { MODE_CRC, MODE_FRAMING, Register } from './registers.js';
import type { RfFrame } from './rf-field.js';
import { CHIP, frameWait_us } from './timing.js';
import { READER_FRAME_BYTES, readAts, TypeAReader, type TypeATarget } from './type-a-reader.js';
import type { VirtualAlarm } from './virtual-clock.js';

type Reply = (data: Uint8Array) => void;

const FOREVER = 0xff;
/** InListPassiveTarget and InAutoPoll: only type A at 106 kbit/s finds somebody here. */
const TYPE_A = 0x00;
const POLL_TYPES_A: readonly number[] = [0x00, 0x10, 0x20];
const POLL_TYPE_ISO_DEP = 0x20;
const POLL_TYPE_MIFARE = 0x10;
const POLL_UNIT_US = 150_000;
/** The only target number: this model selects one card at a time. */
const TARGET = 1;

/** The chip as a reader. */
export class InitiatorCommands {
  /** RFConfiguration item 05. */
  maxRetries = { atr: FOREVER, psl: 0x01, passive: FOREVER };
  /** RFConfiguration item 02: the second is InCommunicateThru's, 100 us times 2^(n-1). */
  timings = { atr: 0x0b, retry: 0x0a };
  target: TypeATarget | undefined;
  #carrierSince_us = -1;
  #isoDep: IsoDepReader | undefined;
  readonly #typeA: TypeAReader;
  #alarm: VirtualAlarm | undefined;
  /** InCommunicateThru waits for a frame. */
  #onRaw: ((frame: RfFrame) => void) | undefined;
  /** The card must be left alone until then (SFGT, ISO 14443-4 section 5.2.5). */
  #quietUntil_us = 0;

  constructor(private readonly chip: ChipCore) {
    this.#typeA = new TypeAReader(chip.clock, (bytes, bits) =>
      chip.field.transmit(chip.antenna, bytes, bits),
    );
  }

  get carrier(): boolean {
    return this.#carrierSince_us >= 0;
  }

  setCarrier(on: boolean): void {
    if (on === this.carrier) return;
    this.#carrierSince_us = on ? this.chip.clock.now_us : -1;
    if (!on) {
      this.stop();
      this.#forget();
    }
    this.chip.field.setCarrier(this.chip.antenna, on);
  }

  /** Ends what is under way; field and target stay. */
  stop(): void {
    this.#alarm?.cancel();
    this.#typeA.stop();
    this.#isoDep?.stop();
    this.#onRaw = undefined;
  }

  reset(): void {
    this.setCarrier(false);
    this.maxRetries = { atr: FOREVER, psl: 0x01, passive: FOREVER };
    this.timings = { atr: 0x0b, retry: 0x0a };
  }

  onFrame(frame: RfFrame): void {
    const raw = this.#onRaw;
    if (raw !== undefined) {
      this.#onRaw = undefined;
      this.#alarm?.cancel();
      raw(frame);
      return;
    }
    this.#typeA.onFrame(frame);
    const damaged = frame.collisionBit >= 0 || !hasCrcA(frame.bytes);
    if (frame.bytes.length > BLOCK_OVERHEAD_BYTES - 1)
      this.#isoDep?.onBlock(frame.bytes.subarray(0, -2), damaged);
  }

  /** InListPassiveTarget: number of targets wanted, kind, and data for the kind. */
  list(parameters: Uint8Array, reply: Reply): void {
    if (parameters[0]! > 1) this.chip.warn('InListPassiveTarget: this model selects one card, not two');
    if (parameters[1] === TYPE_A && parameters.length > 2) {
      this.chip.warn('InListPassiveTarget: this model does not look for one given UID');
    }
    this.#forget();
    this.#look(parameters[1] === TYPE_A, this.maxRetries.passive, (target) => {
      reply(target === undefined ? Uint8Array.of(0) : Uint8Array.of(1, ...targetData(target)));
    });
  }

  /** InAutoPoll: rounds, pause in 150 ms, kinds. */
  autoPoll(parameters: Uint8Array, reply: Reply): void {
    const kinds = parameters.subarray(2);
    const round = (left: number, index: number): void => {
      if (index === kinds.length) {
        if (left === 1) reply(Uint8Array.of(0));
        else round(left === FOREVER ? left : left - 1, 0);
        return;
      }
      const kind = kinds[index]!;
      this.#look(POLL_TYPES_A.includes(kind), 0, (target) => {
        if (target !== undefined && isOfKind(target, kind)) {
          const data = targetData(target);
          reply(Uint8Array.of(1, kind, data.length, ...data));
        } else {
          this.#alarm = this.chip.clock.schedule(parameters[1]! * POLL_UNIT_US, () => round(left, index + 1));
        }
      });
    };
    round(parameters[0]!, 0);
  }

  /** InDataExchange. */
  exchange(parameters: Uint8Array, reply: Reply): void {
    const isoDep = this.#isoDep;
    if ((parameters[0]! & 0x3f) !== TARGET || isoDep === undefined) {
      reply(Uint8Array.of(Status.wrongContext));
      return;
    }
    const data = parameters.subarray(1);
    const more = (parameters[0]! & TARGET_MORE) !== 0;
    this.#afterQuiet(() => {
      isoDep.exchange(data, more, (status, received, cardChains) => {
        const response = new Uint8Array(1 + received.length);
        response[0] = status | (cardChains ? STATUS_MORE : 0);
        response.set(received, 1);
        reply(response);
      });
    });
  }

  /** InCommunicateThru: a frame as it is, framed as TxMode and RxMode say. */
  communicateThru(data: Uint8Array, reply: Reply): void {
    const { chip } = this;
    const txMode = chip.registers.read(Register.txMode);
    const rxMode = chip.registers.read(Register.rxMode);
    const framing = txMode & MODE_FRAMING;
    const frame = (txMode & MODE_CRC) !== 0 ? appendCrcA(data) : data;
    this.#onRaw = (answer) => {
      const withCrc = (rxMode & MODE_CRC) !== 0;
      if (withCrc && !hasCrcA(answer.bytes)) reply(Uint8Array.of(Status.crc));
      else if (answer.collisionBit >= 0) reply(Uint8Array.of(Status.collision));
      else reply(Uint8Array.of(Status.ok, ...(withCrc ? answer.bytes.subarray(0, -2) : answer.bytes)));
    };
    const modulation = framing === 0 ? 'A' : framing === 2 ? 'F' : 'B';
    const air_us = chip.field.transmit(chip.antenna, frame, frame.length * 8, modulation);
    const wait_us = this.timings.retry === 0 ? 0 : 100 * 2 ** (this.timings.retry - 1);
    this.#alarm = chip.clock.schedule(air_us + wait_us, () => {
      this.#onRaw = undefined;
      reply(Uint8Array.of(Status.timeout));
    });
  }

  /** InDeselect, and InRelease which also forgets the target. */
  letGo(target: number, forget: boolean, reply: Reply): void {
    const isoDep = this.#isoDep;
    if (target !== 0 && (target !== TARGET || this.target === undefined)) {
      reply(Uint8Array.of(Status.wrongContext));
      return;
    }
    this.#isoDep = undefined;
    if (forget) this.target = undefined;
    if (isoDep === undefined) reply(Uint8Array.of(Status.ok));
    else {
      // A card that is gone already has been let go as well.
      this.#isoDep = isoDep;
      isoDep.deselect(() => {
        this.#isoDep = undefined;
        reply(Uint8Array.of(Status.ok));
      });
    }
  }

  /** InSelect: wakes a target that was deselected. */
  select(target: number, reply: Reply): void {
    if (target !== TARGET || this.target === undefined) reply(Uint8Array.of(Status.wrongContext));
    else if (this.#isoDep !== undefined) reply(Uint8Array.of(Status.ok));
    else
      this.#look(true, 0, (found) => reply(Uint8Array.of(found === undefined ? Status.timeout : Status.ok)));
  }

  /** Runs `step` later, unless the host gives up. */
  wait(delay_us: number, step: () => void): void {
    this.#alarm = this.chip.clock.schedule(delay_us, step);
  }

  /** Diagnose 06. */
  checkPresence(reply: Reply): void {
    if (this.#isoDep === undefined) reply(Uint8Array.of(Status.wrongContext));
    else this.#isoDep.checkPresence((present) => reply(Uint8Array.of(present ? Status.ok : Status.timeout)));
  }

  #forget(): void {
    this.#isoDep?.stop();
    this.#isoDep = undefined;
    this.target = undefined;
  }

  #afterQuiet(step: () => void): void {
    const { clock } = this.chip;
    if (this.#quietUntil_us <= clock.now_us) step();
    else this.#alarm = clock.scheduleAt(this.#quietUntil_us, step);
  }

  /** Looks `retries` + 1 times, or for ever. */
  #look(typeA: boolean, retries: number, done: (target: TypeATarget | undefined) => void): void {
    this.setCarrier(true);
    const { clock } = this.chip;
    const attempt = (left: number): void => {
      const next_us = clock.now_us + CHIP.pollPeriod_us;
      const again = (): void => {
        if (left === 0) done(undefined);
        else
          this.#alarm = clock.scheduleAt(Math.max(next_us, clock.now_us), () =>
            attempt(left === FOREVER ? left : left - 1),
          );
      };
      if (!typeA) {
        this.#alarm = clock.schedule(CHIP.anticollisionTimeout_us, again);
        return;
      }
      this.#typeA.activate(this.chip.automaticRats, (target) => {
        if (target === undefined) {
          again();
          return;
        }
        this.#adopt(target);
        done(target);
      });
    };
    const first_us = Math.max(clock.now_us, this.#carrierSince_us + CHIP.guard_us);
    this.#alarm = clock.scheduleAt(first_us, () => attempt(retries));
  }

  #adopt(target: TypeATarget): void {
    const { chip } = this;
    this.target = target;
    if (target.ats === undefined) return;
    const { fsci, fwi, sfgi } = readAts(target.ats);
    this.#quietUntil_us = chip.clock.now_us + (sfgi === 0 ? 0 : frameWait_us(sfgi));
    this.#isoDep = new IsoDepReader(
      chip.clock,
      (block) => chip.field.transmit(chip.antenna, appendCrcA(block)),
      Math.min(frameSize(fsci), READER_FRAME_BYTES),
      frameWait_us(fwi),
      { exchangeBytes: EXCHANGE_BYTES_MAX, informationBytes: READER_FRAME_BYTES - BLOCK_OVERHEAD_BYTES },
    );
  }
}

/** Target number, ATQA most significant byte first, SAK, UID with its length, ATS. */
function targetData(target: TypeATarget): Uint8Array {
  const { atqa, uid } = target;
  return Uint8Array.of(TARGET, atqa[1]!, atqa[0]!, target.sak, uid.length, ...uid, ...(target.ats ?? []));
}

function isOfKind(target: TypeATarget, kind: number): boolean {
  const isoDep = (target.sak & SAK_ISO_DEP) !== 0;
  if (kind === POLL_TYPE_ISO_DEP) return isoDep;
  return kind !== POLL_TYPE_MIFARE || !isoDep;
}
