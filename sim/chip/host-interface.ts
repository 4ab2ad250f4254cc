import {
  ACK_FRAME,
  BODY_OFFSET,
  ERROR_FRAME,
  Found,
  FRAME_BUFFER_BYTES,
  FrameParser,
  frameEnd,
  sealFrame,
  TFI_TO_CHIP,
  TFI_TO_HOST,
} from '../../hal/pn532/frame.js';
import { CHIP } from './timing.js';
import type { VirtualAlarm, VirtualClock } from './virtual-clock.js';

/** The wires, seen from the chip. */
export interface HostPort {
  /** Sends a frame to the host. */
  send(frame: Uint8Array): void;
  /** Drops what has not been sent. */
  flush(): void;
  /** Bits a second from now on. No effect where the host gives the clock. */
  setBaud(baud: number): void;
}

export interface HostInterfaceEvents {
  /** Does the chip listen to this command now? If not, not even an ACK comes. */
  accepts(code: number): boolean;
  /** A command; `reply` or `refuse` follows, at once or later. */
  onCommand(code: number, parameters: Uint8Array): void;
  /** An ACK from the host, or a new command before the last was answered. */
  onAbort(): void;
  /** An ACK from the host when no command is under way. */
  onAcknowledged(): void;
  warn(message: string): void;
}

const MIN_BODY_BYTES = 2;

/** The chip's side of the host link: frames, ACK, NACK, the error frame (UM0701-02 section 6.2.2). */
export class HostInterface {
  port: HostPort | undefined;
  withoutPreamble = false;
  readonly #parser = new FrameParser();
  readonly #frame = new Uint8Array(FRAME_BUFFER_BYTES);
  #lastFrame: Uint8Array | undefined;
  #code = 0;
  #busy = false;
  #alarm: VirtualAlarm | undefined;
  /** The ACK goes out before any response. */
  #acknowledged_us = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly events: HostInterfaceEvents,
  ) {}

  reset(): void {
    this.#parser.reset();
    this.#lastFrame = undefined;
    this.#busy = false;
    this.#alarm?.cancel();
    this.withoutPreamble = false;
    this.port?.flush();
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Bytes from the host. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      at = this.#parser.feed(bytes, at, end);
      this.#take(this.#parser.found);
    }
  }

  /** Answers the command under way: code + 1, then `data`. */
  reply(data: Uint8Array): void {
    const { length } = data;
    this.#frame[BODY_OFFSET] = TFI_TO_HOST;
    this.#frame[BODY_OFFSET + 1] = this.#code + 1;
    this.#frame.set(data, BODY_OFFSET + 2);
    let start = sealFrame(this.#frame, 2 + length);
    let end = frameEnd(2 + length);
    if (this.withoutPreamble) {
      start += 1;
      end -= 1;
    }
    this.#respond(this.#frame.slice(start, end));
  }

  /** Answers with the error frame: unknown command, or parameters that make no sense. */
  refuse(): void {
    this.#respond(ERROR_FRAME);
  }

  #respond(frame: Uint8Array): void {
    const time_us = Math.max(this.clock.now_us, this.#acknowledged_us + CHIP.command_us);
    this.#alarm = this.clock.scheduleAt(time_us, () => {
      this.#busy = false;
      this.#lastFrame = frame;
      this.port?.send(frame);
    });
  }

  #take(found: number): void {
    switch (found) {
      case Found.body:
        this.#takeBody();
        break;
      case Found.ack:
        if (this.#busy) this.#abort();
        else this.events.onAcknowledged();
        break;
      case Found.nack:
        if (!this.#busy && this.#lastFrame !== undefined) this.port?.send(this.#lastFrame);
        break;
      case Found.badLength:
      case Found.badChecksum:
        // No ACK: the host will send it again (UM0701-02 section 6.2.2.2).
        this.events.warn('a damaged frame from the host');
        break;
      case Found.error:
        this.events.warn('an error frame from the host');
        break;
    }
  }

  #abort(): void {
    this.#busy = false;
    this.#alarm?.cancel();
    this.port?.flush();
    this.events.onAbort();
  }

  #takeBody(): void {
    const { body, length } = this.#parser;
    if (body[0] !== TFI_TO_CHIP || length < MIN_BODY_BYTES) {
      this.events.warn(`a frame that is no command: TFI ${body[0]!.toString(16)}, ${length} bytes`);
      return;
    }
    const code = body[1]!;
    if (!this.events.accepts(code)) return;
    if (this.#busy) this.#abort();
    const parameters = body.slice(2, length);
    this.#code = code;
    this.#busy = true;
    this.#acknowledged_us = this.clock.now_us + CHIP.ack_us;
    this.#alarm = this.clock.scheduleAt(this.#acknowledged_us, () => {
      this.port?.send(ACK_FRAME);
      this.events.onCommand(code, parameters);
    });
  }
}
