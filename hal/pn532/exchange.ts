import { NFC_APDU_BYTES_MAX, NfcError } from '../nfc.js';
import { Command, EXCHANGE_BYTES_MAX, STATUS_ERROR_MASK, STATUS_MORE, TARGET_MORE } from './commands.js';
import type { Pn532Core } from './core.js';
import { linkError, type Pn532Error, statusError } from './errors.js';
import { TimeLimit } from './time-limit.js';

/** Of a byte half a millisecond: it takes 85 us on the air, and up to 87 us twice on slow host links. */
const timeOf_ms = (bytes: number): number => (bytes + 1) >> 1;

export type ExchangeDone = (error: NfcError | undefined, response: Uint8Array) => void;

const NOTHING = new Uint8Array(0);

/**
 * One command APDU to a target, and its response, in as many pieces as they need (InDataExchange, UM0701-02
 * section 7.3.8).
 */
export class Exchange {
  readonly #limit: TimeLimit;
  readonly #received = new Uint8Array(NFC_APDU_BYTES_MAX);
  #receivedBytes = 0;
  #command: Uint8Array = NOTHING;
  #sentBytes = 0;
  #target = 0;
  #done: ExchangeDone | undefined;

  constructor(private readonly chip: Pn532Core) {
    this.#limit = new TimeLimit(chip.clock);
  }

  /**
   * `command` stays unchanged until `done`, which runs once; the card may take `answer_ms` beside the time
   * for the bytes. One that goes on asking for time, or sends without end, is given up then by 'timeout'.
   */
  start(target: number, command: Uint8Array, answer_ms: number, done: ExchangeDone): void {
    this.#target = target;
    this.#command = command;
    this.#sentBytes = 0;
    this.#receivedBytes = 0;
    this.#done = done;
    const limit_ms = answer_ms + timeOf_ms(command.length);
    this.#limit.start(limit_ms);
    this.#step(limit_ms);
  }

  /** Gives up: `done` will not run any more. */
  drop(): void {
    this.#done = undefined;
    this.#command = NOTHING;
  }

  /** Sends the next piece of the command, or asks for the next piece of the response. */
  #step(left_ms: number): void {
    const { chip } = this;
    if (left_ms <= 0) {
      this.#fail(this.#tooLate());
      return;
    }
    const { parameters } = chip;
    const command = this.#command;
    const { length } = command;
    const from = this.#sentBytes;
    const more = length - from > EXCHANGE_BYTES_MAX;
    const bytes = more ? EXCHANGE_BYTES_MAX : length - from;
    parameters[0] = this.#target | (more ? TARGET_MORE : 0);
    parameters.set(bytes === length ? command : command.subarray(from, from + bytes), 1);
    this.#sentBytes = from + bytes;
    chip.run(Command.InDataExchange, 1 + bytes, left_ms, this.#onAnswer);
  }

  readonly #onAnswer = (error: Pn532Error | undefined, length: number): void => {
    if (error !== undefined) {
      this.#fail(error.code === 'no-response' ? this.#tooLate() : linkError(error));
      return;
    }
    const { response } = this.chip;
    const status = response[0]!;
    if (length === 0) {
      this.#fail(new NfcError('link', 'an answer without a status'));
    } else if ((status & STATUS_ERROR_MASK) !== 0) {
      this.#fail(statusError('InDataExchange', status));
    } else if (this.#sentBytes < this.#command.length) {
      this.#step(this.#limit.left_ms);
    } else {
      this.#takePiece(response, length, (status & STATUS_MORE) !== 0);
    }
  };

  #takePiece(response: Uint8Array, length: number, more: boolean): void {
    const before = this.#receivedBytes;
    const bytes = length - 1;
    // Most answers come in one piece, and need not be moved.
    if (before === 0 && !more) {
      this.#end(undefined, response.subarray(1, length));
      return;
    }
    if (before + bytes > NFC_APDU_BYTES_MAX) {
      this.#fail(new NfcError('protocol', `the card's answer is longer than ${NFC_APDU_BYTES_MAX} bytes`));
      return;
    }
    this.#received.set(response.subarray(1, length), before);
    this.#receivedBytes = before + bytes;
    if (more) {
      this.#limit.extend(timeOf_ms(bytes));
      this.#step(this.#limit.left_ms);
    } else {
      this.#end(undefined, this.#received.subarray(0, before + bytes));
    }
  }

  #tooLate(): NfcError {
    return new NfcError('timeout', `no whole answer in ${this.#limit.limit_ms} ms`);
  }

  #fail(error: NfcError): void {
    this.#end(error, NOTHING);
  }

  #end(error: NfcError | undefined, response: Uint8Array): void {
    const done = this.#done;
    this.drop();
    done?.(error, response);
  }
}
