import type { ChipCore } from './chip-core.js';
import { appendCrcA, hasCrcA } from './crc-a.js';
import { InTargets, type Listed } from './in-targets.js';
import {
  BRTY_MAX,
  BRTY_TYPE_A,
  ErrorCode,
  MORE_INFORMATION,
  POLL_KINDS,
  POLL_KINDS_MAX,
  POLL_PERIOD_US,
  POLL_PERIODS_MAX,
  PollKind,
  SAK_14443_4,
  TARGETS_MAX,
} from './manual.js';
import { offeredRates } from './pps.js';
import { LAST_BITS, MODE_CRC, MODE_FRAMING, Register } from './registers.js';
import type { RfFrame } from './rf-field.js';
import { CHIP } from './timing.js';
import { REQA, type TypeATarget, WUPA } from './type-a-reader.js';
import type { VirtualAlarm } from './virtual-clock.js';

type Reply = (data: Uint8Array) => void;

const FOREVER = 0xff;
/** RFConfiguration items 05 and 02 at power-up. */
const RETRIES_AT_POWER_UP = { atr: FOREVER, psl: 0x01, passive: FOREVER };
const TIMINGS_AT_POWER_UP = { atr: 0x0b, retry: 0x0a };
/** What a card below ISO 14443-4 answers in four bits when it agrees. */
const ACK_NIBBLE = 0x0a;
const NIBBLE_BITS = 4;
const MIFARE_AUTHENTICATIONS: readonly number[] = [0x60, 0x61];
const MIFARE_AUTHENTICATION_BYTES = 12;

/** The chip as a reader. */
export class InitiatorCommands {
  maxRetries = RETRIES_AT_POWER_UP;
  /** `retry` is InCommunicateThru's, and InDataExchange's below ISO 14443-4: 100 us times 2^(n-1). */
  timings = TIMINGS_AT_POWER_UP;
  readonly targets: InTargets;
  #carrierSince_us = -1;
  #alarm: VirtualAlarm | undefined;
  /** A frame is awaited that belongs to no protocol here. */
  #onRaw: ((frame: RfFrame) => void) | undefined;

  constructor(private readonly chip: ChipCore) {
    this.targets = new InTargets(chip);
  }

  get carrier(): boolean {
    return this.#carrierSince_us >= 0;
  }

  setCarrier(on: boolean): void {
    if (on === this.carrier) return;
    this.#carrierSince_us = on ? this.chip.clock.now_us : -1;
    if (!on) {
      this.stop();
      this.targets.forget();
    }
    this.chip.field.setCarrier(this.chip.antenna, on);
  }

  /** Ends what is under way; field and targets stay. */
  stop(): void {
    this.#alarm?.cancel();
    this.targets.stop();
    this.#onRaw = undefined;
  }

  reset(): void {
    this.setCarrier(false);
    this.maxRetries = RETRIES_AT_POWER_UP;
    this.timings = TIMINGS_AT_POWER_UP;
  }

  onFrame(frame: RfFrame): void {
    const raw = this.#onRaw;
    if (raw === undefined) {
      this.targets.onFrame(frame);
      return;
    }
    this.#onRaw = undefined;
    this.#alarm?.cancel();
    raw(frame);
  }

  /**
   * InListPassiveTarget: number of targets wanted, kind, and data for the kind (for type A a UID with its
   * cascade tags).
   */
  list(parameters: Uint8Array, reply: Reply): void {
    const uid = parameters.length > 2 ? parameters.slice(2) : undefined;
    this.targets.forget();
    const listed = (): void => {
      const all = this.targets.listed.flatMap((each) => [...targetData(each)]);
      reply(Uint8Array.of(this.targets.listed.length, ...all));
    };
    this.#look(parameters[1] === BRTY_TYPE_A, this.maxRetries.passive, uid, (target) => {
      if (target === undefined || parameters[0] === 1) listed();
      else this.targets.findAnother(listed);
    });
  }

  /**
   * InAutoPoll: rounds, pause in periods, kinds. A card of another kind than the one asked for is let go
   * before the next.
   */
  autoPoll(parameters: Uint8Array, reply: Reply): void {
    const kinds = parameters.subarray(2);
    const round = (left: number, index: number): void => {
      if (index === kinds.length) {
        if (left === 1) reply(Uint8Array.of(0));
        else round(left === FOREVER ? left : left - 1, 0);
        return;
      }
      const kind = kinds[index]!;
      const next = (): void => {
        this.targets.forget();
        this.wait(parameters[1]! * POLL_PERIOD_US, () => round(left, index + 1));
      };
      const isTypeA = kind === PollKind.generic106 || kind === PollKind.mifare || kind === PollKind.isoDepA;
      this.#look(isTypeA, 0, undefined, (listed) => {
        if (listed === undefined) next();
        else if (!isOfKind(listed.target, kind)) this.targets.quiet(next);
        else {
          const data = targetData(listed);
          reply(Uint8Array.of(1, kind, data.length, ...data));
        }
      });
    };
    this.targets.forget();
    round(parameters[0]!, 0);
  }

  /** InDataExchange. */
  exchange(parameters: Uint8Array, reply: Reply): void {
    const listed = this.targets.get(parameters[0]! & ~MORE_INFORMATION);
    if (listed === undefined || listed.isReleased) {
      reply(Uint8Array.of(ErrorCode.wrongContext));
      return;
    }
    const data = parameters.subarray(1);
    this.targets.select(listed, (isSelected) => {
      if (!isSelected) reply(Uint8Array.of(ErrorCode.timeout));
      else if (listed.isoDep === undefined) this.#exchangeBelow(data, reply);
      else this.#exchangeIsoDep(listed, data, (parameters[0]! & MORE_INFORMATION) !== 0, reply);
    });
  }

  #exchangeIsoDep(listed: Listed, data: Uint8Array, more: boolean, reply: Reply): void {
    const begin = (): void => {
      listed.isoDep?.exchange(data, more, (status, received, cardChains) => {
        const response = new Uint8Array(1 + received.length);
        response[0] = status | (cardChains ? MORE_INFORMATION : 0);
        response.set(received, 1);
        reply(response);
      });
    };
    this.#whenAllowed(listed, begin);
  }

  /** Its first block comes when the card is ready for it. */
  #whenAllowed({ quietUntil_us }: Listed, begin: () => void): void {
    const quiet_us = quietUntil_us - this.chip.clock.now_us;
    if (quiet_us <= 0) begin();
    else this.wait(quiet_us, begin);
  }

  /** A card without ISO 14443-4: the data with a CRC, and what it answers. */
  #exchangeBelow(data: Uint8Array, reply: Reply): void {
    if (MIFARE_AUTHENTICATIONS.includes(data[0]!) && data.length === MIFARE_AUTHENTICATION_BYTES) {
      this.chip.warn('InDataExchange: authentication with a MIFARE card is not modelled');
      reply(Uint8Array.of(ErrorCode.mifareAuthentication));
      return;
    }
    this.wait(CHIP.turnAround_us, () =>
      this.#send(appendCrcA(data), 8 * (data.length + 2), 'A', reply, (frame) => {
        if (frame.collisionBit >= 0) return [ErrorCode.collision];
        if (frame.bits === NIBBLE_BITS)
          return [frame.bytes[0] === ACK_NIBBLE ? ErrorCode.none : ErrorCode.dataFormat];
        if (!hasCrcA(frame.bytes)) return [ErrorCode.crc];
        return [ErrorCode.none, ...frame.bytes.subarray(0, -2)];
      }),
    );
  }

  /** InCommunicateThru: a frame as it is, framed as TxMode, RxMode and BitFraming say. */
  communicateThru(data: Uint8Array, reply: Reply): void {
    const { registers } = this.chip;
    const txMode = registers.read(Register.txMode);
    const framing = txMode & MODE_FRAMING;
    const frame = (txMode & MODE_CRC) !== 0 ? appendCrcA(data) : data;
    const lastBits = registers.read(Register.bitFraming) & LAST_BITS;
    const bits = 8 * frame.length - (lastBits === 0 ? 0 : 8 - lastBits);
    this.#send(frame, bits, framing === 0 ? 'A' : framing === 2 ? 'F' : 'B', reply, (answer) => {
      const withCrc = (registers.read(Register.rxMode) & MODE_CRC) !== 0;
      if (withCrc && !hasCrcA(answer.bytes)) return [ErrorCode.crc];
      if (answer.collisionBit >= 0) return [ErrorCode.collision];
      return [ErrorCode.none, ...(withCrc ? answer.bytes.subarray(0, -2) : answer.bytes)];
    });
  }

  /** Sends a frame now, and replies with what `read` makes of the answer. */
  #send(
    frame: Uint8Array,
    bits: number,
    modulation: RfFrame['modulation'],
    reply: Reply,
    read: (answer: RfFrame) => number[],
  ): void {
    const { clock, field, antenna } = this.chip;
    this.#onRaw = (answer) => reply(Uint8Array.from(read(answer)));
    const air_us = field.transmit(antenna, frame, bits, modulation);
    const wait_us = this.timings.retry === 0 ? 0 : 100 * 2 ** (this.timings.retry - 1);
    const until = (time_us: number): void => {
      this.#alarm = clock.scheduleAt(time_us, () => {
        if (field.answerEnds_us > clock.now_us) {
          until(field.answerEnds_us);
          return;
        }
        this.#onRaw = undefined;
        reply(Uint8Array.of(ErrorCode.timeout));
      });
    };
    until(clock.now_us + air_us + wait_us);
  }

  /** InDeselect, and InRelease which also forgets the target. 0 means all. */
  letGo(number: number, forget: boolean, reply: Reply): void {
    const { targets } = this;
    if (number !== 0 && targets.get(number) === undefined) {
      reply(Uint8Array.of(ErrorCode.wrongContext));
      return;
    }
    // A card that is gone already has been let go as well.
    targets.release(number, () => {
      if (forget) targets.remove(number);
      reply(Uint8Array.of(ErrorCode.none));
    });
  }

  /** InSelect: wakes a target that was let go. */
  select(number: number, reply: Reply): void {
    const listed = this.targets.get(number);
    if (listed === undefined) {
      reply(Uint8Array.of(ErrorCode.wrongContext));
      return;
    }
    this.targets.select(listed, (isSelected) =>
      reply(Uint8Array.of(isSelected ? ErrorCode.none : ErrorCode.timeout)),
    );
  }

  /**
   * InPSL (UM0701-02 section 7.3.7): target, rate to it, rate from it. For an ISO 14443-4 target it is PPS,
   * which has to be the first block after the ATS.
   */
  changeRate(parameters: Uint8Array, reply: Reply): void {
    const [number = 0, toCard = 0, toReader = 0] = parameters;
    const listed = this.targets.get(number);
    const ats = listed?.target.ats;
    if (listed === undefined || listed.isReleased || ats === undefined) {
      reply(Uint8Array.of(ErrorCode.wrongContext));
      return;
    }
    const rates = offeredRates(ats, toCard, toReader);
    if (rates === undefined) {
      reply(Uint8Array.of(ErrorCode.badParameter));
      return;
    }
    this.targets.select(listed, (isSelected) => {
      const { toCard, toReader } = listed.rates;
      if (!isSelected) reply(Uint8Array.of(ErrorCode.timeout));
      else if (toCard === rates.toCard && toReader === rates.toReader) reply(Uint8Array.of(ErrorCode.none));
      else if (listed.hasBegun) reply(Uint8Array.of(ErrorCode.wrongContext));
      else
        this.#whenAllowed(listed, () =>
          this.targets.changeRates(listed, rates, this.maxRetries.psl + 1, (agreed) =>
            reply(Uint8Array.of(agreed ? ErrorCode.none : ErrorCode.timeout)),
          ),
        );
    });
  }

  /** Runs `step` later, unless the host gives up. */
  wait(delay_us: number, step: () => void): void {
    this.#alarm = this.chip.clock.schedule(delay_us, step);
  }

  /** Diagnose 06. */
  checkPresence(reply: Reply): void {
    const isoDep = this.targets.current?.isoDep;
    if (isoDep === undefined) reply(Uint8Array.of(ErrorCode.wrongContext));
    else
      isoDep.checkPresence((present) => reply(Uint8Array.of(present ? ErrorCode.none : ErrorCode.timeout)));
  }

  /**
   * Looks `retries` + 1 times, or for ever. Each look asks by REQA first, and by WUPA when nobody answers
   * that.
   */
  #look(
    typeA: boolean,
    retries: number,
    uid: Uint8Array | undefined,
    done: (listed: Listed | undefined) => void,
  ): void {
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
        this.wait(CHIP.anticollisionWait_us, again);
        return;
      }
      this.targets.find(REQA, uid, (listed, status) => {
        if (listed !== undefined) done(listed);
        else if (status !== ErrorCode.timeout) again();
        else
          this.wait(CHIP.turnAround_us, () =>
            this.targets.find(WUPA, uid, (woken) => (woken === undefined ? again() : done(woken))),
          );
      });
    };
    const first_us = Math.max(clock.now_us, this.#carrierSince_us + CHIP.guard_us);
    this.#alarm = clock.scheduleAt(first_us, () => attempt(retries));
  }
}

/** Target number, ATQA most significant byte first, SAK, UID with its length, ATS. */
function targetData({ number, target }: Listed): Uint8Array {
  const { atqa, uid } = target;
  return Uint8Array.of(number, atqa[1]!, atqa[0]!, target.sak, uid.length, ...uid, ...(target.ats ?? []));
}

function isOfKind(target: TypeATarget, kind: number): boolean {
  const isoDep = (target.sak & SAK_14443_4) !== 0;
  if (kind === PollKind.isoDepA) return isoDep;
  return kind !== PollKind.mifare || !isoDep;
}

/** Are these parameters of InListPassiveTarget? */
export function canList(parameters: Uint8Array): boolean {
  const [wanted = 0, kind = 0] = parameters;
  return wanted >= 1 && wanted <= TARGETS_MAX && kind <= BRTY_MAX;
}

/** Are these parameters of InAutoPoll? */
export function canPoll(parameters: Uint8Array): boolean {
  const [rounds = 0, period = 0, ...kinds] = parameters;
  const isTimed = rounds >= 1 && period >= 1 && period <= POLL_PERIODS_MAX;
  return isTimed && kinds.length <= POLL_KINDS_MAX && kinds.every((kind) => POLL_KINDS.includes(kind));
}
