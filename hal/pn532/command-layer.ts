import type { ByteLink } from '../byte-link.js';
import type { Alarm, Clock } from '../clock.js';
import { Pn532Error, type Pn532ErrorCode } from './errors.js';
import {
  ACK_FRAME,
  BODY_BYTES_MAX,
  BODY_OFFSET,
  FOUND,
  Found,
  FRAME_BUFFER_BYTES,
  type FrameCodec,
  FrameParser,
  frameEnd,
  NACK_FRAME,
  plainFrames,
  TFI_TO_CHIP,
  TFI_TO_HOST,
} from './frame.js';

/** UM0701-02 section 6.2.1.3: the chip acknowledges within this, or did not hear. */
const ACK_MS = 15;
/** Of a byte, with start and stop bit, for a time in milliseconds. */
const BITS_A_SECOND = 10 * 1000;
const SENDS_MAX = 3;
const NACKS_MAX = 3;
/**
 * Wires whose pieces come further apart go through something that collects them, as a USB bridge does: a
 * whole frame comes so much later then, too, and nothing can be timed.
 */
const DIRECT_GAP_MS_MAX = 10;
/** Any command that waits for nobody else is answered well within this. */
export const COMMAND_MS = 100;

type Done = (error: Pn532Error | undefined, responseBytes: number) => void;

const IDLE = 0;
const AWAITING_ACK = 1;
const AWAITING_RESPONSE = 2;

/**
 * One command at a time, and what makes it arrive: ACK, sending again, NACK, abort (UM0701-02 section 6.2.1).
 * Frames that a serial line damages or cuts short are asked for again; only one that never comes is found out
 * by the command's own timeout.
 */
export class CommandLayer {
  /** A command's parameters go here before `run`. */
  readonly parameters: Uint8Array;
  /** A response's bytes after its code; good until the next `run`. */
  readonly response: Uint8Array;
  /** The last failure between host and chip, for whoever looks for the cause. */
  lastError: Pn532Error | undefined;
  /** The chip has been started, and nothing has failed since that it could be to blame for. */
  protected ready = false;
  /** Something between the chip and this host collects bytes. */
  protected readonly isCollected: boolean;
  /** An ACK, or the answer to a NACK, is here within this, beside the time that its bytes take. */
  readonly #ack_ms: number;

  readonly #sent = new Uint8Array(FRAME_BUFFER_BYTES);
  readonly #parser: FrameParser;
  #state = IDLE;
  #code = 0;
  #bodyBytes = 0;
  #timeout_ms = 0;
  #sends = 0;
  #nacks = 0;
  /** The response did not come in time, and has been asked for once more. */
  #overdue = false;
  #done: Done | undefined;
  #alarm: Alarm | undefined;
  /** Runs while a frame is under way, and after a NACK. */
  #gapAlarm: Alarm | undefined;
  /** Counts pieces of what has come. */
  #pieces = 0;
  readonly #onAlarm = (): void => this.#timedOut();
  readonly #onGap = (): void => this.#gapEnded();

  constructor(
    readonly link: ByteLink,
    readonly clock: Clock,
    private readonly frames: FrameCodec = plainFrames,
  ) {
    this.isCollected = link.gap_ms > DIRECT_GAP_MS_MAX;
    this.#ack_ms = this.isCollected ? ACK_MS + link.gap_ms : ACK_MS;
    this.#parser = new FrameParser(frames);
    this.#sent[BODY_OFFSET] = TFI_TO_CHIP;
    this.parameters = this.#sent.subarray(BODY_OFFSET + 2, BODY_OFFSET + BODY_BYTES_MAX);
    this.response = this.#parser.body.subarray(2);
  }

  /**
   * Sends one command whose parameters are in `parameters[0..parameterBytes)`. `done` runs once, within the
   * bounds. With a timeout above COMMAND_MS the command waits for somebody else: that nobody came is not the
   * chip's fault.
   */
  run(code: number, parameterBytes: number, timeout_ms: number, done: Done): void {
    if (this.#state !== IDLE) throw new Pn532Error('refused', 'a command is still under way');
    this.#code = code;
    this.#bodyBytes = 2 + parameterBytes;
    this.#timeout_ms = timeout_ms;
    this.#done = done;
    this.#sends = 0;
    this.#nacks = 0;
    this.#overdue = false;
    this.#sent[BODY_OFFSET + 1] = code;
    this.#parser.reset();
    this.link.watch?.(true);
    this.#send();
  }

  /** Gives up the command under way; its `done` never runs. The chip is started again before the next. */
  cancel(): void {
    if (this.#state === IDLE) return;
    this.ready = false;
    this.#abort();
  }

  /** An ACK: aborts a command, or confirms a change of rate. */
  acknowledge(): void {
    this.link.send(ACK_FRAME, 0, ACK_FRAME.length);
  }

  #send(): void {
    // What the chip has heard of a frame that lost bytes takes the next one for its end: the wake-up bytes go
    // there instead.
    if (this.#sends > 0) this.link.wake();
    this.#sends++;
    this.#state = AWAITING_ACK;
    const start = this.frames.seal(this.#sent, this.#bodyBytes);
    const end = frameEnd(this.#bodyBytes);
    this.#arm(this.#ack_ms + this.#wire_ms(end - start));
    this.link.send(this.#sent, start, end);
  }

  /**
   * How long a frame is on its way: the chip has 15 ms from its last byte on. A long one takes longer than
   * that at 115,200 baud.
   */
  #wire_ms(bytes: number): number {
    const { baud } = this.link;
    // In integers: floating point is C too, where there is no unit for it.
    return baud === 0 ? 0 : ((bytes * BITS_A_SECOND) / baud + 1) | 0;
  }

  #arm(delay_ms: number): void {
    this.#alarm?.cancel();
    this.#alarm = this.clock.schedule(delay_ms, this.#onAlarm);
  }

  #stop(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#stopGap();
    this.#state = IDLE;
    this.link.watch?.(false);
  }

  #stopGap(): void {
    this.#gapAlarm?.cancel();
    this.#gapAlarm = undefined;
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
    if (state === AWAITING_ACK) {
      if (this.#sends < SENDS_MAX) this.#send();
      else this.#fail('no-ack', `no acknowledgement to ${SENDS_MAX} frames`);
    } else if (this.link.gap_ms > 0 && !this.#overdue) {
      // A whole frame may have been lost.
      this.#overdue = true;
      this.#arm(this.#ack_ms + this.#wire_ms(FRAME_BUFFER_BYTES));
      this.link.send(NACK_FRAME, 0, NACK_FRAME.length);
    } else {
      this.#fail('no-response', `no response in ${this.#timeout_ms} ms`);
    }
  }

  protected readonly receive = (bytes: Uint8Array, count: number): void => {
    const parser = this.#parser;
    let at = 0;
    this.#pieces++;
    if (this.#gapAlarm !== undefined) this.#stopGap();
    // With no command under way nothing is awaited, and `response` stays as it is.
    let found: number = Found.nothing;
    while (at < count && this.#state !== IDLE) {
      at = parser.feed(bytes, at, count);
      found = parser.state[FOUND]!;
      if (found !== Found.nothing) this.#take(found);
    }
    // Behind a frame's end nothing has begun.
    if (found === Found.nothing && this.#state !== IDLE && parser.isMidway) this.#watchGap(this.link.gap_ms);
  };

  #watchGap(gap_ms: number): void {
    this.#stopGap();
    if (this.link.gap_ms > 0) this.#gapAlarm = this.clock.schedule(gap_ms, this.#onGap);
  }

  /** The rest of a frame has not come, nor the answer to a NACK. */
  #gapEnded(): void {
    this.#gapAlarm = undefined;
    const pieces = this.#pieces;
    this.link.poll();
    if (this.#pieces !== pieces || this.#state === IDLE) return;
    const isAnswer = this.#parser.isInBody || this.#state === AWAITING_RESPONSE;
    this.#parser.reset();
    if (!isAnswer) this.#acknowledged();
    else if (this.#nacks < NACKS_MAX) this.#askAgain();
    // Else it was noise, to which a chip that has nothing to say stays silent: the command's own timeout
    // counts.
  }

  #take(found: number): void {
    switch (found) {
      case Found.ack:
        if (this.#state === AWAITING_ACK) this.#acknowledged();
        break;
      case Found.body:
        this.#takeBody();
        break;
      case Found.error:
        this.#fail('refused', `command ${this.#code.toString(16).padStart(2, '0')} was not understood`);
        break;
      case Found.badLength:
        // A header that comes before the ACK is the ACK's own: only a chip that has heard the command sends
        // anything.
        if (this.#state === AWAITING_ACK) this.#acknowledged();
        else this.#askAgain();
        break;
      case Found.badChecksum:
        this.#askAgain();
        break;
    }
  }

  #acknowledged(): void {
    this.#state = AWAITING_RESPONSE;
    this.#arm(this.#timeout_ms);
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

  /** A frame came damaged. */
  #askAgain(): void {
    if (this.#state === AWAITING_ACK) this.#acknowledged();
    if (this.#nacks === NACKS_MAX) {
      this.#fail('bad-frame', `${NACKS_MAX + 1} damaged frames`);
      return;
    }
    this.#nacks++;
    this.link.send(NACK_FRAME, 0, NACK_FRAME.length);
    this.#watchGap(this.#ack_ms + this.#wire_ms(FRAME_BUFFER_BYTES));
  }

  #abort(): void {
    this.#stop();
    this.#done = undefined;
    this.acknowledge();
  }

  #fail(code: Pn532ErrorCode, message: string): void {
    const done = this.#done;
    const error = new Pn532Error(code, message);
    this.lastError = error;
    if (code !== 'no-response' || this.#timeout_ms <= COMMAND_MS) this.ready = false;
    this.#abort();
    done?.(error, 0);
  }
}
