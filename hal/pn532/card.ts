import type { Alarm } from '../clock.js';
import type { NfcCard, NfcCardHandler, NfcErrorCode } from '../nfc.js';
import { NFC_APDU_BYTES_MAX, NfcError } from '../nfc.js';
import { COMMAND_MS } from './command-layer.js';
import {
  ACTIVATED_AS_ISO_DEP,
  Command,
  EXCHANGE_BYTES_MAX,
  SAK_ISO_DEP,
  STATUS_ERROR_MASK,
  STATUS_MORE,
  TARGET_MODE_PICC_ONLY,
} from './commands.js';
import type { Pn532Core } from './core.js';
import { type Pn532Error, statusToNfcCode } from './errors.js';

export interface CardOptions {
  /** TgInitAsTarget's mode: 04 takes only ISO 14443-4 readers; some phones want 05. */
  mode?: number;
  /** Historical bytes of the ATS, at most 48. Some phones want the first to be 80. */
  historical?: Uint8Array;
  /** Listening is begun afresh after this: a chip that died is noticed. */
  listen_ms?: number;
  /** After so long without a command the chip is asked whether the reader's field is still there. */
  command_ms?: number;
  /** A reader that keeps its field on and says nothing for so long is given up. */
  silence_ms?: number;
  /** The handler must respond within this. */
  respond_ms?: number;
}

/** Also how long the loss of the whole frame that says "activated" can go unnoticed. */
const LISTEN_MS = 10_000;
/** The same while a field is there that has seen the UID: when it is gone, the next one sees another. */
const LISTEN_IN_FIELD_MS = 1_000;
/** Below a reader's patience: a command that was lost between chip and host is fetched again in time. */
const COMMAND_WAIT_MS = 2_000;
const SILENCE_MS = 300_000;
const RESPOND_MS = 3_000;
/** One piece of a response goes to the reader in this, R(NAK)s included. */
const SEND_MS = 2_000;
/** Between attempts when the chip does not answer. */
const RETRY_MS = 1_000;
const HISTORICAL_BYTES_MAX = 48;
/** ISO 7816-4: CLA, INS, P1 and P2. A RATS has two bytes. */
const APDU_BYTES_MIN = 4;

/** ATQA 0004 as on the air: a UID of one size, bit-frame anticollision. */
const ATQA = [0x04, 0x00] as const;
const UID_BYTES = 3;
const FELICA_BYTES = 18;
const NFCID3_BYTES = 10;

/** In the answer to GetGeneralStatus: last error, then whether another's field is there. */
const FIELD_OFFSET = 1;

/**
 * The chip as an ISO 14443-4 card. Its UID is random (ISO 14443-3: 08 first), and stays for as long as the
 * reader's field does: a reader that lets the card go and looks again finds the same one.
 */
export class Pn532Card implements NfcCard {
  readonly #mode: number;
  readonly #historical: Uint8Array;
  readonly #listen_ms: number;
  readonly #command_ms: number;
  readonly #silence_ms: number;
  readonly #respond_ms: number;
  readonly #uid = new Uint8Array(UID_BYTES);
  #hasUid = false;
  /** How long the reader has said nothing. */
  #silent_ms = 0;
  readonly #received = new Uint8Array(NFC_APDU_BYTES_MAX);
  #receivedBytes = 0;
  #response: Uint8Array = new Uint8Array(0);
  #sentBytes = 0;
  #handler: NfcCardHandler | undefined;
  #activated = false;
  /** Counts commands, listens and stops: a late `respond` or alarm of an earlier one is void. */
  #turn = 0;
  #alarm: Alarm | undefined;

  constructor(
    private readonly chip: Pn532Core,
    options: CardOptions,
  ) {
    this.#mode = options.mode ?? TARGET_MODE_PICC_ONLY;
    this.#historical = options.historical ?? new Uint8Array(0);
    this.#listen_ms = options.listen_ms ?? LISTEN_MS;
    this.#command_ms = options.command_ms ?? COMMAND_WAIT_MS;
    this.#silence_ms = options.silence_ms ?? SILENCE_MS;
    this.#respond_ms = options.respond_ms ?? RESPOND_MS;
    if (this.#historical.length > HISTORICAL_BYTES_MAX) {
      throw new RangeError(`at most ${HISTORICAL_BYTES_MAX} historical bytes`);
    }
  }

  /** Throws NfcError 'busy' while the reader has the chip, or when it listens already. */
  listen(handler: NfcCardHandler): void {
    if (this.chip.owner !== undefined) throw new NfcError('busy', 'the front end has another call under way');
    this.chip.owner = this;
    this.#handler = handler;
    this.#listenAgain();
  }

  stop(done: () => void): void {
    const { chip } = this;
    if (chip.owner !== this) {
      chip.clock.schedule(0, done);
      return;
    }
    this.#turn++;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    chip.cancel();
    this.#deactivate('closed');
    this.#handler = undefined;
    chip.prepare((error) => {
      if (error !== undefined) {
        this.#stopped(done);
        return;
      }
      chip.fieldOff(() => this.#stopped(done));
    });
  }

  #stopped(done: () => void): void {
    this.chip.owner = undefined;
    done();
  }

  #listenAgain(): void {
    const turn = ++this.#turn;
    this.chip.prepare((error) => {
      if (turn !== this.#turn) return;
      if (error !== undefined) this.#retryLater();
      else this.#name(turn);
    });
  }

  /** Draws a UID, unless the field in which the last one was shown is still there. */
  #name(turn: number): void {
    this.#askField((error, hasField) => {
      if (turn !== this.#turn) return;
      if (error !== undefined) {
        this.#retryLater();
        return;
      }
      const isShown = this.#hasUid && hasField;
      if (!isShown && !this.#drawUid()) {
        this.#retryLater();
        return;
      }
      this.#initialise(turn, isShown ? Math.min(LISTEN_IN_FIELD_MS, this.#listen_ms) : this.#listen_ms);
    });
  }

  /** A UID that is not random would make the card known again: without one it stays silent for now. */
  #drawUid(): boolean {
    try {
      this.chip.entropy.fill(this.#uid);
      this.#hasUid = true;
    } catch {
      this.#hasUid = false;
    }
    return this.#hasUid;
  }

  /** GetGeneralStatus (UM0701-02 section 7.2.3): is there a reader's field? */
  #askField(done: (error: Pn532Error | undefined, hasField: boolean) => void): void {
    const { chip } = this;
    chip.run(Command.GetGeneralStatus, 0, COMMAND_MS, (error, length) =>
      done(error, length > FIELD_OFFSET && chip.response[FIELD_OFFSET] !== 0),
    );
  }

  #retryLater(): void {
    const turn = ++this.#turn;
    this.#setAlarm(RETRY_MS, () => {
      if (turn === this.#turn) this.#listenAgain();
    });
  }

  #setAlarm(delay_ms: number, callback: () => void): void {
    this.#alarm?.cancel();
    this.#alarm = this.chip.clock.schedule(delay_ms, callback);
  }

  /** TgInitAsTarget (UM0701-02 section 7.3.14). */
  #initialise(turn: number, listen_ms: number): void {
    const { chip } = this;
    const { parameters } = chip;
    let at = 0;
    parameters[at++] = this.#mode;
    parameters[at++] = ATQA[0];
    parameters[at++] = ATQA[1];
    parameters.set(this.#uid, at);
    at += UID_BYTES;
    parameters[at++] = SAK_ISO_DEP;
    parameters.fill(0, at, at + FELICA_BYTES + NFCID3_BYTES + 1); // and no general bytes
    at += FELICA_BYTES + NFCID3_BYTES + 1;
    parameters[at++] = this.#historical.length;
    parameters.set(this.#historical, at);
    at += this.#historical.length;
    chip.run(Command.TgInitAsTarget, at, listen_ms, (error, length) => {
      if (turn !== this.#turn) return;
      if (error?.code === 'no-response') this.#listenAgain();
      else if (error !== undefined) this.#retryLater();
      else if ((chip.response[0]! & ACTIVATED_AS_ISO_DEP) === 0) this.#listenAgain();
      else this.#activate(turn, length);
    });
  }

  /**
   * After the mode, the answer has the first frame that the chip heard: nearly always the RATS, but when the
   * reader was faster than the chip, its first command, which TgGetData then never gives.
   */
  #activate(turn: number, length: number): void {
    this.#activated = true;
    this.#handler?.onActivated(this.chip.line_us);
    if (turn !== this.#turn) return;
    this.#expectCommand();
    if (length - 1 < APDU_BYTES_MIN) this.#getData();
    else this.#ask(this.chip.response.subarray(1, length));
  }

  #expectCommand(): void {
    this.#receivedBytes = 0;
    this.#silent_ms = 0;
  }

  #getData(): void {
    this.chip.run(Command.TgGetData, 0, this.#command_ms, this.#onData);
  }

  readonly #onData = (error: Pn532Error | undefined, length: number): void => {
    if (error?.code === 'no-response') {
      this.#lookForReader();
      return;
    }
    if (error !== undefined) {
      this.#endSession('link');
      return;
    }
    const { response } = this.chip;
    const status = response[0]!;
    if (length === 0) {
      this.#endSession('link');
    } else if ((status & STATUS_ERROR_MASK) !== 0) {
      this.#endSession(statusToNfcCode(status));
    } else {
      this.#takePiece(response, length, (status & STATUS_MORE) !== 0);
    }
  };

  /**
   * No command for a while. Whoever only asks whether the card is present, which the chip answers by itself,
   * is still a reader.
   */
  #lookForReader(): void {
    const turn = this.#turn;
    this.#silent_ms += this.#command_ms;
    this.#askField((error, hasField) => {
      if (turn !== this.#turn) return;
      if (error !== undefined) this.#endSession('link');
      else if (!hasField) this.#endSession('removed');
      else if (this.#silent_ms >= this.#silence_ms) this.#endSession('timeout');
      else this.#getData();
    });
  }

  #takePiece(response: Uint8Array, length: number, more: boolean): void {
    const before = this.#receivedBytes;
    const after = before + length - 1;
    // Most commands come in one piece, and need not be moved.
    if (before === 0 && !more) {
      this.#ask(response.subarray(1, length));
      return;
    }
    if (after > NFC_APDU_BYTES_MAX) {
      this.#endSession('protocol');
      return;
    }
    this.#received.set(response.subarray(1, length), before);
    this.#receivedBytes = after;
    if (more) this.#getData();
    else this.#ask(this.#received.subarray(0, after));
  }

  #ask(command: Uint8Array): void {
    const turn = ++this.#turn;
    this.#setAlarm(this.#respond_ms, () => {
      if (turn === this.#turn) this.#endSession('timeout');
    });
    this.#handler?.onCommand(command, (response) => {
      if (turn === this.#turn) this.#respond(response);
    });
  }

  #respond(response: Uint8Array): void {
    this.#turn++;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (response.length === 0 || response.length > NFC_APDU_BYTES_MAX) {
      throw new RangeError(`a response of ${response.length} bytes; 1 to ${NFC_APDU_BYTES_MAX} are allowed`);
    }
    this.#response = response;
    this.#sentBytes = 0;
    this.#setData();
  }

  #setData(): void {
    const { chip } = this;
    const response = this.#response;
    const { length } = response;
    const from = this.#sentBytes;
    const last = length - from <= EXCHANGE_BYTES_MAX;
    const bytes = last ? length - from : EXCHANGE_BYTES_MAX;
    chip.parameters.set(bytes === length ? response : response.subarray(from, from + bytes));
    this.#sentBytes = from + bytes;
    chip.run(last ? Command.TgSetData : Command.TgSetMetaData, bytes, SEND_MS, this.#onSent);
  }

  readonly #onSent = (error: Pn532Error | undefined, length: number): void => {
    if (error !== undefined) {
      this.#endSession(error.code === 'no-response' ? 'timeout' : 'link');
      return;
    }
    const status = length === 0 ? 0 : this.chip.response[0]!;
    if ((status & STATUS_ERROR_MASK) !== 0) this.#endSession(statusToNfcCode(status));
    else if (this.#sentBytes < this.#response.length) this.#setData();
    else {
      this.#expectCommand();
      this.#getData();
      this.#handler?.onSent?.();
    }
  };

  /** The reader is gone, or broke the rules: tell the handler, and listen again. */
  #endSession(reason: NfcErrorCode): void {
    const turn = ++this.#turn;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.chip.cancel();
    this.#deactivate(reason);
    if (turn !== this.#turn) return; // stopped by the handler
    if (reason === 'link') this.#retryLater();
    else this.#listenAgain();
  }

  #deactivate(reason: NfcErrorCode): void {
    if (!this.#activated) return;
    this.#activated = false;
    this.#handler?.onDeactivated(reason);
  }
}
