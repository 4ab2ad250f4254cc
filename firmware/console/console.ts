import type { FrontEnd } from '../../hal/diagnosis/front-end.js';
import type { NfcCardHandler } from '../../hal/nfc.js';
import { EventCode, type EventLog } from '../app/event-log.js';
import type { WatchedEntropy } from '../app/logged.js';
import type { Mode } from '../app/mode.js';
import type { Opened } from '../app/open-wallet.js';
import { concat, getU16, getU32, NOTHING, putU16, putU32 } from '../bytes.js';
import { PIN_DIGITS_MAX } from '../limits.js';
import { Lifecycle } from '../payment/lifecycle.js';
import { buildEnvelope, CLA_ISO, Ins, parseCommand, SELECT_APPLICATION } from '../protocol/apdu.js';
import { StatusWord } from '../protocol/status-word.js';
import { answerExchanges, askExchanges } from '../selftest/air-bench.js';
import { bench, MEASUREMENTS } from '../selftest/bench.js';
import type { Meter } from '../selftest/meter.js';
import { type Bench, selfTest } from '../selftest/self-test.js';
import { historyLines } from '../wallet/history.js';
import { type ExportRefusal, exportReceipt, refuseOwner } from '../wallet/receipt-export.js';
import type { Wallet } from '../wallet/wallet.js';
import {
  ANSWER,
  CONSOLE_VERSION,
  ConsoleCommand,
  ConsoleStatus,
  DiagnosisStep,
  EXCHANGE_KBPS,
  ExchangeRole,
} from './codes.js';
import { CONSOLE_PAYLOAD_BYTES_MAX, type ConsoleFrame } from './frame.js';
import { describe, type Hardware } from './identity.js';
import { type Answered, drawInvoice, type OrderTaker, takeOrder, tellOrder } from './orders.js';

export interface ConsoleParts extends Bench, Opened {
  /** The one that readers talk to: a sync and a touch must not run side by side. */
  readonly card: NfcCardHandler | undefined;
  /** Takes orders. */
  readonly mode: Mode | undefined;
  readonly entropy: WatchedEntropy;
  readonly hardware: Hardware;
  readonly meter: Meter;
  readonly log: EventLog;
  /** Somebody is at the cable: the device stays awake. */
  onUsed(): void;
}

type Answer = (status: ConsoleStatus, data?: Uint8Array) => void;

/** The number of a journal entry. */
const ENTRY_BYTES = 4;
/** Lines of the history in one answer. */
const HISTORY_LINES_MAX = 64;
/** The argument of a field step counts these. */
const FIELD_STEP_MS = 100;
/** Of `card/apdu.ts`, what a device takes over a cable before it is somebody's wallet. */
const PERSONALISATION: readonly number[] = [Ins.makeKeys, Ins.prove, Ins.personalise, Ins.setPin];

/**
 * The device's side of the console: one command at a time, one answer each. Whatever comes over the cable,
 * the wallet is touched by personalisation and by its bank alone, whose messages are sealed from end to end,
 * and read by its owner, who has the PIN. It can be told to ask for money; nothing here makes it pay, and
 * nothing tells a secret.
 */
export class Console {
  #isBusy = false;

  constructor(private readonly parts: ConsoleParts) {}

  /** `respond` runs once, in this call or later; at once with `busy` while an earlier command runs. */
  handle(frame: ConsoleFrame, respond: (answer: Omit<ConsoleFrame, 'version'>) => void): void {
    const { code, tag } = frame;
    const send: Answer = (status, data = NOTHING) => {
      if (status === ConsoleStatus.lockedDown)
        this.parts.log.note(EventCode.consoleRefused, (code << 8) | status);
      respond({ code: code | ANSWER, tag, payload: concat(Uint8Array.of(status), data) });
    };
    // An answer is nobody's command: two devices on one wire must not talk for ever.
    if ((code & ANSWER) !== 0) return;
    this.parts.onUsed();
    if (frame.version !== CONSOLE_VERSION) return send(ConsoleStatus.version, Uint8Array.of(CONSOLE_VERSION));
    if (this.#isBusy) return send(ConsoleStatus.busy);
    this.#isBusy = true;
    const done: Answer = (status, data) => {
      this.#isBusy = false;
      send(status, data);
    };
    try {
      this.#run(code, frame.payload, done);
    } catch {
      done(ConsoleStatus.failed);
    }
  }

  #run(code: number, payload: Uint8Array, answer: Answer): void {
    switch (code) {
      case ConsoleCommand.identify:
        return answer(
          ConsoleStatus.ok,
          describe(this.parts.hardware, this.parts, this.parts.entropy.isFailing),
        );
      case ConsoleCommand.log:
        if (payload.length !== 4) return answer(ConsoleStatus.malformed);
        return answer(ConsoleStatus.ok, this.parts.log.read(getU32(payload, 0)));
      case ConsoleCommand.selfTest:
        return this.#selfTest(payload, answer);
      case ConsoleCommand.bench:
        return this.#bench(payload, answer);
      case ConsoleCommand.diagnose:
        return this.#diagnose(payload, answer);
      case ConsoleCommand.exchange:
        return this.#exchange(payload, answer);
      case ConsoleCommand.provision:
        return this.#provision(payload, answer);
      case ConsoleCommand.sync:
        return this.#sync(payload, answer);
      case ConsoleCommand.receipt:
        return this.#receipt(payload, answer);
      case ConsoleCommand.history:
        return this.#history(payload, answer);
      case ConsoleCommand.invoice:
        return this.#order(drawInvoice, payload, answer);
      case ConsoleCommand.ask:
        return this.#order(takeOrder, payload, answer);
      case ConsoleCommand.asked:
        return this.#order(tellOrder, payload, answer);
      default:
        return answer(ConsoleStatus.unknownCommand);
    }
  }

  /** Nobody else has the front end while `work` runs: the role answers no reader and takes no order. */
  #alone(answer: Answer, work: (end: Answer) => void): void {
    const { frontEnd } = this.parts;
    if (!frontEnd) return work(answer);
    if (frontEnd.isBusy) return answer(ConsoleStatus.busy);
    frontEnd.claim(() => {
      const end: Answer = (status, data) => {
        frontEnd.release();
        answer(status, data);
      };
      try {
        work(end);
      } catch {
        end(ConsoleStatus.failed);
      }
    });
  }

  #selfTest(payload: Uint8Array, answer: Answer): void {
    if (payload.length !== 1) return answer(ConsoleStatus.malformed);
    if (this.parts.frontEnd?.isBusy) return answer(ConsoleStatus.busy);
    const exists = selfTest(this.parts, payload[0], (code, verdict, detail) => {
      const result = new Uint8Array(6);
      result[0] = code;
      result[1] = verdict;
      putU32(result, 2, detail);
      answer(ConsoleStatus.ok, result);
    });
    if (!exists) answer(ConsoleStatus.noMore);
  }

  #bench(payload: Uint8Array, answer: Answer): void {
    if (payload.length !== 1) return answer(ConsoleStatus.malformed);
    const [index] = payload;
    if (index >= MEASUREMENTS) return answer(ConsoleStatus.noMore);
    this.#alone(answer, (end) =>
      bench(this.parts, index, (name, value) => {
        if (value === undefined) return end(ConsoleStatus.failed);
        const result = new Uint8Array(5 + name.length);
        result[0] = this.parts.meter.unit;
        putU32(result, 1, value);
        for (let i = 0; i < name.length; i++) result[5 + i] = name.charCodeAt(i);
        end(ConsoleStatus.ok, result);
      }),
    );
  }

  #diagnose(payload: Uint8Array, answer: Answer): void {
    const { frontEnd } = this.parts;
    if (payload.length !== 2) return answer(ConsoleStatus.malformed);
    if (!frontEnd) return answer(ConsoleStatus.absent);
    const [step, argument] = payload;
    if (step > DiagnosisStep.field) return answer(ConsoleStatus.noMore);
    if (step === DiagnosisStep.probe && argument >= frontEnd.ways.length) return answer(ConsoleStatus.noMore);
    if (step === DiagnosisStep.levels) return answer(ConsoleStatus.ok, frontEnd.levels);
    this.#alone(answer, (end) => {
      const notified = (version: Uint8Array | undefined): void =>
        version ? end(ConsoleStatus.ok, version) : end(ConsoleStatus.failed);
      if (step === DiagnosisStep.probe) this.#probe(frontEnd, argument, end);
      else if (step === DiagnosisStep.start) frontEnd.start(notified);
      else frontEnd.pulse(FIELD_STEP_MS * argument, notified);
    });
  }

  #exchange(payload: Uint8Array, answer: Answer): void {
    const { parts } = this;
    const { frontEnd } = parts;
    const [role, code] = payload;
    const isKnown = role === ExchangeRole.asks ? code < EXCHANGE_KBPS.length : code === 0;
    if (payload.length !== 2 || role > ExchangeRole.asks || !isKnown) return answer(ConsoleStatus.malformed);
    if (!frontEnd) return answer(ConsoleStatus.absent);
    this.#alone(answer, (end) => {
      const tell = (least_us: readonly number[] | undefined, kbps: number): void => {
        if (!least_us) return end(ConsoleStatus.failed);
        const result = new Uint8Array(1 + 4 * least_us.length);
        result[0] = EXCHANGE_KBPS.indexOf(kbps);
        for (let i = 0; i < least_us.length; i++) putU32(result, 1 + 4 * i, least_us[i]);
        end(ConsoleStatus.ok, result);
      };
      if (role === ExchangeRole.asks) askExchanges(parts, frontEnd.reader, EXCHANGE_KBPS[code], tell);
      else answerExchanges(parts, frontEnd.card, (least_us) => tell(least_us, EXCHANGE_KBPS[0]));
    });
  }

  #probe(frontEnd: FrontEnd, index: number, end: Answer): void {
    const { kind, baud } = frontEnd.ways[index];
    frontEnd.probe(index, ({ outcome, version, count, raw }) => {
      const result = new Uint8Array(12);
      result[0] = kind;
      putU32(result, 1, baud);
      result[5] = outcome;
      result.set(version.subarray(0, 4), 6);
      putU16(result, 10, Math.min(count, 0xffff));
      end(ConsoleStatus.ok, concat(result, raw));
    });
  }

  /** An APDU for the card, when it is one of those that make a blank device a wallet. */
  #provision(apdu: Uint8Array, answer: Answer): void {
    const { wallet, card, frontEnd, log } = this.parts;
    const command = parseCommand(apdu);
    if (!wallet || !card) return answer(ConsoleStatus.absent);
    if (!command) return answer(ConsoleStatus.malformed);
    const { cla, ins } = command;
    const isOpen = wallet.lifecycle === Lifecycle.blank || wallet.lifecycle === Lifecycle.personalised;
    if (!isOpen) return answer(ConsoleStatus.lockedDown);
    const isSelect = cla === CLA_ISO && ins === Ins.select;
    if (!isSelect && !PERSONALISATION.includes(ins)) return answer(ConsoleStatus.malformed);
    if (frontEnd?.isBusy) return answer(ConsoleStatus.busy);
    log.note(EventCode.provisioned, ins);
    card.onCommand(apdu, (response) => answer(ConsoleStatus.ok, response));
  }

  /** What the bank and the wallet say to each other. The host carries it, as a reader would. */
  #sync(message: Uint8Array, answer: Answer): void {
    const { wallet, card, frontEnd } = this.parts;
    if (!wallet || !card) return answer(ConsoleStatus.absent);
    if (frontEnd?.isBusy) return answer(ConsoleStatus.busy);
    if (message.length === 0)
      card.onCommand(SELECT_APPLICATION, () => this.#carry(wallet, card, message, answer));
    else this.#carry(wallet, card, message, answer);
  }

  #carry(wallet: Wallet, card: NfcCardHandler, message: Uint8Array, answer: Answer): void {
    card.onCommand(buildEnvelope(message, CONSOLE_PAYLOAD_BYTES_MAX), (response) => {
      const end = response.length - 2;
      const status = getU16(response, end);
      if (status === StatusWord.ok && end > 0) return answer(ConsoleStatus.ok, response.subarray(0, end));
      this.parts.log.note(EventCode.synced, status);
      // What a card does between touches: flash erased and keys made ahead.
      wallet.idle();
      if (status === StatusWord.ok) answer(ConsoleStatus.ok);
      else answer(ConsoleStatus.failed, response.slice(end));
    });
  }

  #order(
    work: (taker: OrderTaker, payload: Uint8Array) => Answered,
    payload: Uint8Array,
    answer: Answer,
  ): void {
    const { wallet, mode } = this.parts;
    if (wallet && mode) answer(...work({ wallet, mode }, payload));
    else answer(ConsoleStatus.absent);
  }

  #receipt(payload: Uint8Array, answer: Answer): void {
    this.#owned(payload, answer, (wallet, sequence, pin) => {
      const exported = exportReceipt(wallet, pin, sequence);
      return typeof exported === 'number' ? exported : exported.bytes;
    });
  }

  #history(payload: Uint8Array, answer: Answer): void {
    this.#owned(payload, answer, (wallet, sequence, pin) => {
      const refusal = refuseOwner(wallet, pin);
      if (refusal !== undefined) return refusal;
      if (!wallet.isCertified) return NOTHING;
      return historyLines(wallet, Math.min(sequence, wallet.ledger.sequence), HISTORY_LINES_MAX);
    });
  }

  /**
   * What only the owner may ask, about an entry of the journal. `work` gives the answer, or why there is
   * none.
   */
  #owned(
    payload: Uint8Array,
    answer: Answer,
    work: (wallet: Wallet, sequence: number, pin: Uint8Array) => Uint8Array | ExportRefusal,
  ): void {
    const { wallet, frontEnd } = this.parts;
    if (payload.length < ENTRY_BYTES || payload.length > ENTRY_BYTES + PIN_DIGITS_MAX)
      return answer(ConsoleStatus.malformed);
    if (!wallet) return answer(ConsoleStatus.absent);
    if (frontEnd?.isBusy) return answer(ConsoleStatus.busy);
    const given = work(wallet, getU32(payload, 0), payload.subarray(ENTRY_BYTES));
    // A try of the PIN is written to flash.
    wallet.idle();
    if (typeof given === 'number') answer(ConsoleStatus.failed, Uint8Array.of(given));
    else answer(ConsoleStatus.ok, given);
  }
}
