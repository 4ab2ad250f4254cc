/**
 * What the firmware asks of its NFC front end: to be a reader, or to be a card. Both work in whole
 * APDUs; frames, blocks and chaining are the driver's business.
 *
 * All calls return at once; `done` runs exactly once, later. Every wait is bounded.
 */

/** The longest command or response: what a driver's buffers hold, far above what a touch needs. */
export const NFC_APDU_BYTES_MAX = 2048;

/** Why a touch ended. The codes are stable: users meet them in logs. */
export type NfcErrorCode =
  | 'timeout' // nobody in the field, or no answer in time
  | 'foreign' // only cards that are not the one wanted
  | 'crowd' // more than one card of the kind that is wanted, or too many cards
  | 'removed' // the other side left the field, or released us
  | 'protocol' // the other side broke ISO 14443-4 or sent more than NFC_APDU_BYTES_MAX
  | 'busy' // a call is still under way
  | 'link' // the front end does not answer, or answers nonsense
  | 'closed'; // close() was called

export class NfcError extends Error {
  constructor(
    readonly code: NfcErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** What a front end knows of its own speed: without it nothing can be said of how near a card is. */
export interface ExchangeTiming {
  /** How long the last exchange took, from the call to the answer, in microseconds. */
  readonly last_us: number;
  /**
   * How long an exchange of one frame each way takes here at least, the card's answer being ready: the front
   * end's own link, and the air at the rate that is in use. Bytes of the APDUs; microseconds.
   */
  least_us(commandBytes: number, answerBytes: number): number;
}

export interface NfcReader {
  /**
   * The longest APDU either way. A front end for 261 bytes carries short ones only (ISO 7816-4): longer data
   * goes by command chaining, and longer answers come by GET RESPONSE. Without it, NFC_APDU_BYTES_MAX.
   */
  readonly apduBytesMax?: number;
  /** Undefined where the front end's timing is not known. Asked for when a card is connected. */
  readonly timing?: ExchangeTiming | undefined;
  /**
   * The highest bit rate on the air that a card is asked for, kbit/s: 106, 212 or 424, others throw
   * RangeError. Who sets it has it tried anew, whatever has failed before. Without it there is 106 alone.
   */
  bitRateMax_kbps?: number;
  /** That of the card that is connected; 106 when there is none. */
  readonly bitRate_kbps?: number;
  /**
   * Field on; waits up to `timeout_ms` for one ISO 14443-4 card and activates it. Among several cards the
   * wanted one is that which answers the command APDU `select` with 9000; a single one is taken as it is.
   * Called again while a card is connected, that one was not wanted: then a single one has to answer `select`
   * too.
   */
  connect(timeout_ms: number, done: (error: NfcError | undefined) => void, select?: Uint8Array): void;
  /**
   * As `connect`, for one passive tag, alone in the field. `takesApdus`: it speaks ISO 14443-4, as a Type 4
   * tag does; if not, `transceive` carries commands of ISO 14443-3, as a Type 2 tag takes them, without their
   * CRC. A front end without it knows wallets alone.
   */
  connectTag?(timeout_ms: number, done: (error: NfcError | undefined, takesApdus: boolean) => void): void;
  /**
   * Sends one command APDU, unchanged until `done`, and hands over the response APDU (valid until the next
   * call).
   */
  transceive(command: Uint8Array, done: (error: NfcError | undefined, response: Uint8Array) => void): void;
  /** Lets the card go and switches the field off. A call still under way ends with 'closed'. */
  release(done: (error: NfcError | undefined) => void): void;
}

export interface NfcCardHandler {
  /**
   * A reader has activated us. `answer_us`: how long this front end takes at least to hand a short command up
   * and a short answer down, in microseconds; undefined where that is not known.
   */
  onActivated(answer_us?: number): void;
  /**
   * A whole command APDU (valid during the call). The handler calls `respond` exactly once, in this call
   * or later, and may go on computing after it: the answer is on its way, and its bytes stay as they are
   * until the next call.
   */
  onCommand(command: Uint8Array, respond: (response: Uint8Array) => void): void;
  /** The answer is with the reader, as far as the front end can know. */
  onSent?(): void;
  /** The reader is gone (field off, DESELECT, error). The front end listens again by itself. */
  onDeactivated(reason: NfcErrorCode): void;
}

export interface NfcCard {
  /** Listens as an ISO 14443-4 card until `stop`. */
  listen(handler: NfcCardHandler): void;
  stop(done: () => void): void;
}
