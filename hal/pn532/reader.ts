import type { NfcReader } from '../nfc.js';
import { NFC_APDU_BYTES_MAX, NfcError } from '../nfc.js';
import {
  Command,
  EXCHANGE_BYTES_MAX,
  RfItem,
  SAK_ISO_DEP,
  STATUS_ERROR_MASK,
  STATUS_MORE,
  TARGET_MORE,
} from './commands.js';
import { linkError, type Pn532Error, statusError } from './errors.js';
import { COMMAND_MS, type Pn532 } from './pn532.js';

export interface ReaderOptions {
  /** How long a card may take for one answer, beside the time on the air. */
  exchange_ms?: number;
}

const EXCHANGE_MS = 1_000;
/** A byte takes 85 us on the air, and up to 87 us twice on slow host links. */
const BYTES_A_MS = 2;
/** InRelease says goodbye to a card that may be gone. */
const RELEASE_MS = 700;
/** ISO 14443-3 section 5: a card is reset after 5 ms without a field. */
const FIELD_RESET_MS = 6;
/** Before the next look at a card that is no ISO 14443-4 card. */
const LOOK_AGAIN_MS = 50;

type DoneTransceive = (error: NfcError | undefined, response: Uint8Array) => void;
type DoneCall = (error: NfcError | undefined) => void;

const NOTHING = new Uint8Array(0);

/** The chip as an ISO 14443-4 reader of one card at a time. */
export class Pn532Reader implements NfcReader {
  readonly #exchange_ms: number;
  readonly #received = new Uint8Array(NFC_APDU_BYTES_MAX);
  #receivedBytes = 0;
  #command: Uint8Array = NOTHING;
  #sentBytes = 0;
  #start_ms = 0;
  #limit_ms = 0;
  #target = 0;
  /** When the field was last switched off; a card forgets only after FIELD_RESET_MS. */
  #fieldOff_ms = 0;
  #onConnect: DoneCall | undefined;
  #onResponse: DoneTransceive | undefined;
  #releasing = false;
  #restarted = false;
  /** Marks a call, so that what its steps schedule is void once the call has ended. */
  #call = 0;
  /** The card's UID as activation showed it; random for our own cards. */
  uid = NOTHING;

  constructor(
    private readonly pn532: Pn532,
    options: ReaderOptions,
  ) {
    this.#exchange_ms = options.exchange_ms ?? EXCHANGE_MS;
  }

  connect(timeout_ms: number, done: DoneCall): void {
    if (!this.#take()) {
      this.#later(() => done(new NfcError('busy', 'the front end has another call under way')));
      return;
    }
    this.#onConnect = done;
    this.#start_ms = this.pn532.clock.ticks_ms();
    this.#limit_ms = timeout_ms;
    this.#restarted = false;
    this.#begin(++this.#call);
  }

  transceive(command: Uint8Array, done: DoneTransceive): void {
    const refusal = this.#whyNot(command);
    if (refusal !== undefined) {
      this.#later(() => done(refusal, NOTHING));
      return;
    }
    this.#onResponse = done;
    this.#command = command;
    this.#sentBytes = 0;
    this.#receivedBytes = 0;
    this.#start_ms = this.pn532.clock.ticks_ms();
    this.#limit_ms = this.#exchange_ms + Math.ceil(command.length / BYTES_A_MS);
    this.#call++;
    this.#exchange();
  }

  /** Also ends a call under way, whose `done` then gets 'closed'. */
  release(done: DoneCall): void {
    if (this.pn532.owner !== this || this.#releasing) {
      const busy = this.pn532.owner !== undefined;
      this.#later(() =>
        done(busy ? new NfcError('busy', 'the front end has another call under way') : undefined),
      );
      return;
    }
    this.#releasing = true;
    this.#call++;
    this.pn532.cancel();
    this.#endCalls(new NfcError('closed', 'released'));
    this.pn532.prepare((error) => {
      if (error !== undefined) this.#endRelease(done, linkError(error));
      else
        this.#letGo((failure) =>
          this.#endRelease(done, failure === undefined ? undefined : linkError(failure)),
        );
    });
  }

  #take(): boolean {
    const { pn532 } = this;
    if (pn532.owner === undefined) pn532.owner = this;
    return pn532.owner === this && !this.#isBusy();
  }

  #isBusy(): boolean {
    return this.#releasing || this.#onConnect !== undefined || this.#onResponse !== undefined;
  }

  #later(callback: () => void): void {
    this.pn532.clock.schedule(0, callback);
  }

  #left_ms(): number {
    const passed = (this.pn532.clock.ticks_ms() - this.#start_ms) & 0x7fffffff;
    return this.#limit_ms - passed;
  }

  #whyNot(command: Uint8Array): NfcError | undefined {
    if (this.#isBusy()) return new NfcError('busy', 'the front end has another call under way');
    if (this.pn532.owner !== this || this.#target === 0)
      return new NfcError('removed', 'no card is connected');
    if (command.length === 0 || command.length > NFC_APDU_BYTES_MAX) {
      return new NfcError(
        'protocol',
        `a command of ${command.length} bytes; 1 to ${NFC_APDU_BYTES_MAX} are allowed`,
      );
    }
    return undefined;
  }

  #begin(call: number): void {
    this.pn532.prepare((error) => {
      if (call !== this.#call) return;
      if (error !== undefined) this.#endConnect(linkError(error));
      else if (this.#target !== 0) this.#lookAfresh(call);
      else this.#lookSoon(call);
    });
  }

  /** A card is connected still: it would not answer a look, so the field makes it forget. */
  #lookAfresh(call: number): void {
    this.#target = 0;
    this.#fieldOff((error) => {
      if (error !== undefined) this.#endConnect(linkError(error));
      else this.#lookSoon(call);
    });
  }

  /** Looks for a card once the field has been off for long enough. */
  #lookSoon(call: number): void {
    const { clock } = this.pn532;
    const off_ms = (clock.ticks_ms() - this.#fieldOff_ms) & 0x7fffffff;
    if (off_ms >= FIELD_RESET_MS) {
      this.#look(call);
      return;
    }
    clock.schedule(FIELD_RESET_MS - off_ms, () => {
      if (call === this.#call) this.#look(call);
    });
  }

  #fieldOff(done: (error: Pn532Error | undefined) => void): void {
    const { pn532 } = this;
    pn532.parameters[0] = RfItem.field;
    pn532.parameters[1] = 0;
    pn532.run(Command.RFConfiguration, 2, COMMAND_MS, (error) => {
      this.#fieldOff_ms = pn532.clock.ticks_ms();
      done(error);
    });
  }

  #look(call: number): void {
    const { pn532 } = this;
    const left_ms = this.#left_ms();
    if (left_ms <= 0) {
      this.#endLooking();
      return;
    }
    pn532.parameters[0] = 1; // one card
    pn532.parameters[1] = 0; // 106 kbit/s type A
    pn532.run(Command.InListPassiveTarget, 2, left_ms, (error, length) => {
      if (error?.code === 'no-response') this.#endLooking();
      else if (error?.code === 'no-ack' && !this.#restarted) this.#restart(call);
      else if (error !== undefined) this.#endConnect(linkError(error));
      else this.#takeTarget(call, length);
    });
  }

  /**
   * The chip may have lost power since the last call, unseen: it has forgotten its start, and is given one
   * more.
   */
  #restart(call: number): void {
    this.#restarted = true;
    this.#begin(call);
  }

  /** Response: number of targets, then number, ATQA (2), SAK, length of UID, UID, ATS. */
  #takeTarget(call: number, length: number): void {
    const { response } = this.pn532;
    const uidBytes = response[5]!;
    if (response[0] === 1 && length >= 6 + uidBytes && (response[4]! & SAK_ISO_DEP) !== 0) {
      this.#target = response[1]!;
      this.uid = response.slice(6, 6 + uidBytes);
      this.#endConnect(undefined);
      return;
    }
    this.#fieldOff((error) => {
      if (error !== undefined) this.#endConnect(linkError(error));
      else this.pn532.clock.schedule(LOOK_AGAIN_MS, () => call === this.#call && this.#look(call));
    });
  }

  #endLooking(): void {
    this.#cleanUp(new NfcError('timeout', 'no card came'), (error) => this.#endConnect(error));
  }

  /**
   * Something failed beyond the chip. Switches the field off, so that the call ends with a front end free for
   * anything; and a chip that has died, which looks just like a card that is silent, is found out: then the
   * error is that.
   */
  #cleanUp(error: NfcError, done: (error: NfcError) => void): void {
    const call = this.#call;
    this.pn532.prepare((notReady) => {
      if (call !== this.#call) return;
      if (notReady !== undefined) {
        done(linkError(notReady));
        return;
      }
      this.#fieldOff((failure) => done(failure === undefined ? error : linkError(failure)));
    });
  }

  #endConnect(error: NfcError | undefined): void {
    const done = this.#onConnect;
    this.#onConnect = undefined;
    if (error !== undefined) this.#free();
    done?.(error);
  }

  /** Sends the next piece of the command, or asks for the next piece of the response. */
  #exchange(): void {
    const { pn532 } = this;
    const left_ms = this.#left_ms();
    if (left_ms <= 0) {
      this.#endExchange(new NfcError('timeout', `no whole answer in ${this.#limit_ms} ms`));
      return;
    }
    const { parameters } = pn532;
    const command = this.#command;
    const { length } = command;
    const from = this.#sentBytes;
    const more = length - from > EXCHANGE_BYTES_MAX;
    const bytes = more ? EXCHANGE_BYTES_MAX : length - from;
    parameters[0] = this.#target | (more ? TARGET_MORE : 0);
    parameters.set(bytes === length ? command : command.subarray(from, from + bytes), 1);
    this.#sentBytes = from + bytes;
    pn532.run(Command.InDataExchange, 1 + bytes, left_ms, this.#onExchange);
  }

  readonly #onExchange = (error: Pn532Error | undefined, length: number): void => {
    if (error?.code === 'no-response') {
      this.#endExchange(new NfcError('timeout', `no answer in ${this.#limit_ms} ms`));
      return;
    }
    if (error !== undefined) {
      this.#endExchange(linkError(error));
      return;
    }
    const { response } = this.pn532;
    const status = response[0]!;
    if (length === 0) {
      this.#endExchange(new NfcError('link', 'an answer without a status'));
    } else if ((status & STATUS_ERROR_MASK) !== 0) {
      this.#endExchange(statusError('InDataExchange', status));
    } else if (this.#sentBytes < this.#command.length) {
      this.#exchange();
    } else {
      this.#takePiece(response, length, (status & STATUS_MORE) !== 0);
    }
  };

  #takePiece(response: Uint8Array, length: number, more: boolean): void {
    const before = this.#receivedBytes;
    const bytes = length - 1;
    // Most answers come in one piece, and need not be moved.
    if (before === 0 && !more) {
      this.#finishExchange(undefined, response.subarray(1, length));
      return;
    }
    if (before + bytes > NFC_APDU_BYTES_MAX) {
      this.#endExchange(
        new NfcError('protocol', `the card's answer is longer than ${NFC_APDU_BYTES_MAX} bytes`),
      );
      return;
    }
    this.#received.set(response.subarray(1, length), before);
    this.#receivedBytes = before + bytes;
    if (more) {
      this.#limit_ms += Math.ceil(bytes / BYTES_A_MS);
      this.#exchange();
    } else {
      this.#finishExchange(undefined, this.#received.subarray(0, before + bytes));
    }
  }

  #endExchange(error: NfcError): void {
    if (error.code === 'link') this.#finishExchange(error, NOTHING);
    else this.#cleanUp(error, (cause) => this.#finishExchange(cause, NOTHING));
  }

  #finishExchange(error: NfcError | undefined, response: Uint8Array): void {
    const done = this.#onResponse;
    this.#onResponse = undefined;
    this.#command = NOTHING;
    if (error !== undefined) this.#free();
    done?.(error, response);
  }

  #endCalls(error: NfcError): void {
    const onConnect = this.#onConnect;
    const onResponse = this.#onResponse;
    this.#onConnect = undefined;
    this.#onResponse = undefined;
    this.#command = NOTHING;
    if (onConnect !== undefined) this.#later(() => onConnect(error));
    if (onResponse !== undefined) this.#later(() => onResponse(error, NOTHING));
  }

  #letGo(done: (error: Pn532Error | undefined) => void): void {
    if (this.#target === 0) {
      this.#fieldOff(done);
      return;
    }
    this.pn532.parameters[0] = 0; // all targets
    this.pn532.run(Command.InRelease, 1, RELEASE_MS, (error) => {
      if (error !== undefined) done(error);
      else this.#fieldOff(done);
    });
  }

  #endRelease(done: DoneCall, error: NfcError | undefined): void {
    this.#releasing = false;
    this.#free();
    done(error);
  }

  #free(): void {
    this.#target = 0;
    this.pn532.owner = undefined;
  }
}
