import type { ByteLink } from '../byte-link.js';
import type { Alarm, Clock } from '../clock.js';
import type { Entropy } from '../entropy.js';
import { type CardOptions, Pn532Card } from './card.js';
import { Command, Parameter, RfItem } from './commands.js';
import { Pn532Error, type Pn532ErrorCode } from './errors.js';
import {
  ACK_FRAME,
  BODY_BYTES_MAX,
  BODY_OFFSET,
  Found,
  FRAME_BUFFER_BYTES,
  FrameParser,
  frameEnd,
  NACK_FRAME,
  sealFrame,
  TFI_TO_CHIP,
  TFI_TO_HOST,
  wordsOf,
} from './frame.js';
import { Pn532Reader, type ReaderOptions } from './reader.js';
import { startChip } from './start.js';

/** UM0701-02 section 6.2.1.3: the chip acknowledges within this, or did not hear. */
const ACK_MS = 15;
/** With start and stop bit. */
const BITS_A_BYTE = 10;
const SENDS_MAX = 3;
const NACKS_MAX = 3;
/** Any command that waits for nobody else is answered well within this. */
export const COMMAND_MS = 100;

export interface Pn532Options {
  link: ByteLink;
  clock: Clock;
  entropy: Entropy;
  /** The serial rate to change to after start; unused on I2C and SPI. */
  baud?: number;
  reader?: ReaderOptions;
  card?: CardOptions;
}

type Done = (error: Pn532Error | undefined, responseBytes: number) => void;

const IDLE = 0;
const AWAITING_ACK = 1;
const AWAITING_RESPONSE = 2;

/** One PN532: runs one command at a time, and is a reader or a card by turns. */
export class Pn532 {
  readonly reader: Pn532Reader;
  readonly card: Pn532Card;
  readonly link: ByteLink;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly baud: number;
  /** A command's parameters go here before `run`. */
  readonly parameters: Uint8Array;
  /** A response's bytes after its code; good until the next `run`. */
  readonly response: Uint8Array;
  /** What the chip said it is: IC, version, revision, support. */
  readonly firmware = new Uint8Array(4);
  /** The last failure between host and chip, for whoever looks for the cause. */
  lastError: Pn532Error | undefined;
  /** The role that has the chip now. */
  owner: Pn532Reader | Pn532Card | undefined;

  readonly #sent = new Uint8Array(FRAME_BUFFER_BYTES);
  readonly #sentWords = wordsOf(this.#sent);
  readonly #parser = new FrameParser();
  #state = IDLE;
  #code = 0;
  #bodyBytes = 0;
  #timeout_ms = 0;
  #sends = 0;
  #nacks = 0;
  #done: Done | undefined;
  #alarm: Alarm | undefined;
  #opened = false;
  #ready = false;
  /** Counts starts and cancels: a start that was given up goes no further. */
  #start = 0;
  readonly #onAlarm = (): void => this.#timedOut();

  constructor(options: Pn532Options) {
    this.link = options.link;
    this.clock = options.clock;
    this.entropy = options.entropy;
    this.baud = options.link.baud === 0 ? 0 : (options.baud ?? options.link.baud);
    this.#sent[BODY_OFFSET] = TFI_TO_CHIP;
    this.parameters = this.#sent.subarray(BODY_OFFSET + 2, BODY_OFFSET + BODY_BYTES_MAX);
    this.response = this.#parser.body.subarray(2);
    this.reader = new Pn532Reader(this, options.reader ?? {});
    this.card = new Pn532Card(this, options.card ?? {});
  }

  /** Wakes and configures the chip, unless that has been done and nothing has failed since. */
  prepare(done: (error: Pn532Error | undefined) => void): void {
    if (!this.#opened) {
      this.#opened = true;
      this.link.open(this.#receive);
    }
    if (this.#ready) {
      done(undefined);
      return;
    }
    const start = ++this.#start;
    startChip(
      this,
      () => start === this.#start,
      (error) => {
        this.#ready = error === undefined;
        done(error);
      },
    );
  }

  /**
   * Sends one command whose parameters are in `parameters[0..parameterBytes)`. `done` runs once, within the
   * bounds.
   */
  run(code: number, parameterBytes: number, timeout_ms: number, done: Done): void {
    if (this.#state !== IDLE) throw new Pn532Error('refused', 'a command is still under way');
    this.#code = code;
    this.#bodyBytes = 2 + parameterBytes;
    this.#timeout_ms = timeout_ms;
    this.#done = done;
    this.#sends = 0;
    this.#nacks = 0;
    this.#sent[BODY_OFFSET + 1] = code;
    this.#parser.reset();
    this.link.watch(true);
    this.#send();
  }

  /**
   * Gives up the command or the start under way; its `done` never runs. The chip is started again before the
   * next.
   */
  cancel(): void {
    this.#start++;
    if (this.#state !== IDLE) this.#abort();
  }

  /** An ACK: aborts a command, or confirms a change of rate. */
  acknowledge(): void {
    this.link.send(ACK_FRAME, 0, ACK_FRAME.length);
  }

  /** Closes the wires. The roles' pending calls are not told: release or stop them first. */
  close(): void {
    this.cancel();
    this.link.close();
    this.#opened = false;
    this.#ready = false;
  }

  /** Sets the chip's parameters and retries as this driver wants them. */
  configure(done: (error: Pn532Error | undefined) => void): void {
    // Automatic RATS for the reader, ISO 14443-4 for the card; each bit only matters in its own role.
    this.parameters[0] = Parameter.automaticRats | Parameter.isoDepCard;
    this.run(Command.SetParameters, 1, COMMAND_MS, (error) => {
      if (error !== undefined) {
        done(error);
        return;
      }
      // Look for a card until told to stop: MxRtyATR 2, MxRtyPSL 1, MxRtyPassiveActivation without end.
      this.parameters[0] = RfItem.maxRetries;
      this.parameters[1] = 0x02;
      this.parameters[2] = 0x01;
      this.parameters[3] = 0xff;
      this.run(Command.RFConfiguration, 4, COMMAND_MS, (failure) => done(failure));
    });
  }

  #send(): void {
    this.#sends++;
    this.#state = AWAITING_ACK;
    const start = sealFrame(this.#sent, this.#bodyBytes, this.#sentWords);
    const end = frameEnd(this.#bodyBytes);
    this.#arm(ACK_MS + this.#wire_ms(end - start));
    this.link.send(this.#sent, start, end);
  }

  /**
   * How long a frame is on its way: the chip has 15 ms from its last byte on. A long one takes longer than
   * that at 115,200 baud.
   */
  #wire_ms(bytes: number): number {
    const { baud } = this.link;
    return baud === 0 ? 0 : Math.ceil((bytes * BITS_A_BYTE * 1000) / baud);
  }

  #arm(delay_ms: number): void {
    this.#alarm?.cancel();
    this.#alarm = this.clock.schedule(delay_ms, this.#onAlarm);
  }

  #stop(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#state = IDLE;
    this.link.watch(false);
  }

  #timedOut(): void {
    this.#alarm = undefined;
    const state = this.#state;
    const sends = this.#sends;
    const code = this.#code;
    // The processor may have been busy for longer than the timeout, and the answer may be waiting.
    this.#arm(ACK_MS);
    this.link.poll();
    if (this.#state !== state || this.#sends !== sends || this.#code !== code || state === IDLE) return;
    if (state === AWAITING_RESPONSE) {
      this.#fail('no-response', `no response in ${this.#timeout_ms} ms`);
    } else if (this.#sends < SENDS_MAX) {
      this.#send();
    } else {
      this.#fail('no-ack', `no acknowledgement to ${SENDS_MAX} frames`);
    }
  }

  readonly #receive = (bytes: Uint8Array, count: number): void => {
    const parser = this.#parser;
    let at = 0;
    // With no command under way nothing is awaited, and `response` stays as it is.
    while (at < count && this.#state !== IDLE) {
      at = parser.feed(bytes, at, count);
      const { found } = parser;
      if (found !== Found.nothing) this.#take(found);
    }
  };

  #take(found: number): void {
    switch (found) {
      case Found.ack:
        if (this.#state === AWAITING_ACK) {
          this.#state = AWAITING_RESPONSE;
          this.#arm(this.#timeout_ms);
        }
        break;
      case Found.body:
        this.#takeBody();
        break;
      case Found.error:
        this.#fail('refused', `command ${this.#code.toString(16).padStart(2, '0')} was not understood`);
        break;
      case Found.badChecksum:
      case Found.badLength:
        this.#askAgain();
        break;
    }
  }

  #takeBody(): void {
    const parser = this.#parser;
    // The answer to a command that was given up may still come; a lost ACK before the right answer does no
    // harm.
    if (parser.length < 2 || parser.body[0] !== TFI_TO_HOST || parser.body[1] !== this.#code + 1) return;
    const done = this.#done;
    this.#stop();
    this.#done = undefined;
    done?.(undefined, parser.length - 2);
  }

  /**
   * A frame came damaged. Before the ACK it may have been the ACK: then the timeout sends the command again.
   */
  #askAgain(): void {
    if (this.#state !== AWAITING_RESPONSE) return;
    if (this.#nacks === NACKS_MAX) {
      this.#fail('bad-frame', `${NACKS_MAX + 1} damaged frames`);
      return;
    }
    this.#nacks++;
    this.link.send(NACK_FRAME, 0, NACK_FRAME.length);
  }

  #abort(): void {
    this.#stop();
    this.#done = undefined;
    this.#ready = false;
    this.acknowledge();
  }

  #fail(code: Pn532ErrorCode, message: string): void {
    const done = this.#done;
    const error = new Pn532Error(code, message);
    this.lastError = error;
    this.#abort();
    done?.(error, 0);
  }
}
