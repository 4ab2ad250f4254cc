import type { NfcError, NfcReader } from '../../hal/nfc.js';
import { concat, NOTHING } from '../bytes.js';
import { APDU_COMMAND_BYTES_MAX } from '../limits.js';
import { buildCommand, CLA, CLA_CHAINING, CLA_ISO, Ins } from '../protocol/apdu.js';
import { StatusWord } from '../protocol/status-word.js';

/** The longest short APDU: head, Lc, 255 bytes, Le (ISO 7816-4, 5.1). */
export const SHORT_APDU_BYTES_MAX = 261;
const SHORT_DATA_BYTES_MAX = 255;

export interface ApduCommand {
  readonly ins: number;
  readonly data: Uint8Array;
  readonly cla?: number;
  readonly p1?: number;
  /** The answer may exceed 256 bytes. */
  readonly long?: boolean;
  /** The answer comes in this one exchange: a card that keeps some of it back is refused, by its 61xx. */
  readonly atOnce?: boolean;
  /** So much of the data goes first, in an APDU of its own, however long one may be. */
  readonly first?: number;
  /** Work for the time in which the last of it is on its way. */
  readonly meanwhile?: () => unknown;
}

/** A status of 0: an answer that is none, or without end. */
export type ApduDone = (error: NfcError | undefined, status: number, data: Uint8Array) => void;

/**
 * Carries whole commands over a reader: in one APDU where it takes extended ones, else by command chaining;
 * and fetches what the card keeps back by GET RESPONSE (ISO 7816-4, 5.1.1.1 and 5.1.3).
 */
export class ApduLink {
  constructor(private readonly reader: NfcReader) {}

  /** `done` runs once. */
  exchange(command: ApduCommand, done: ApduDone): void {
    const isShort = (this.reader.apduBytesMax ?? Number.POSITIVE_INFINITY) <= SHORT_APDU_BYTES_MAX;
    if (command.atOnce) this.#transceive(buildCommand(command.ins, command.data, command), done);
    else if (isShort || command.first !== undefined) this.#sendPiece(command, 0, done);
    else {
      this.#send(buildCommand(command.ins, command.data, command), NOTHING, done);
      command.meanwhile?.();
    }
  }

  #sendPiece(command: ApduCommand, from: number, done: ApduDone): void {
    const { ins, data, cla = CLA, p1 = 0 } = command;
    const to = from + (from === 0 ? (command.first ?? SHORT_DATA_BYTES_MAX) : SHORT_DATA_BYTES_MAX);
    if (to >= data.length) {
      this.#send(buildCommand(ins, data.subarray(from), { cla, p1 }), NOTHING, done);
      command.meanwhile?.();
      return;
    }
    const piece = buildCommand(ins, data.subarray(from, to), { cla: cla | CLA_CHAINING, p1, isPart: true });
    this.#send(piece, NOTHING, (error, status, answer) => {
      if (error || status !== StatusWord.ok) done(error, status, answer);
      else this.#sendPiece(command, to, done);
    });
  }

  #send(apdu: Uint8Array, before: Uint8Array, done: ApduDone): void {
    this.#transceive(apdu, (error, status, piece) => {
      const data = before.length === 0 ? piece : concat(before, piece);
      if (error || (status & 0xff00) !== StatusWord.more) return void done(error, status, data);
      // No answer is longer than a command; one that brings nothing at all would go on for ever.
      const isEndless = data.length > APDU_COMMAND_BYTES_MAX || (piece.length === 0 && before !== NOTHING);
      if (isEndless) return void done(undefined, 0, NOTHING);
      this.#send(buildCommand(Ins.getResponse, NOTHING, { cla: CLA_ISO }), data, done);
    });
  }

  /** One APDU, and one back. */
  #transceive(apdu: Uint8Array, done: ApduDone): void {
    this.reader.transceive(apdu, (error, response) => {
      const end = response.length - 2;
      if (error || end < 0) done(error, 0, NOTHING);
      else done(undefined, (response[end] << 8) | response[end + 1], response.slice(0, end));
    });
  }
}
