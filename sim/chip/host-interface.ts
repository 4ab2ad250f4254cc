import { ACK, answerFrame, ERROR, type HostFrame, HostFrameReader, TFI_HOST_TO_CHIP } from './host-frames.js';
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
  readonly #frames = new HostFrameReader();
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
    this.#frames.reset();
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
      at = this.#frames.feed(bytes, at, end);
      if (this.#frames.found !== undefined) this.#take(this.#frames.found);
    }
  }

  /** Answers the command under way: code + 1, then `data`. */
  reply(data: Uint8Array): void {
    const frame = answerFrame(this.#code, data);
    this.#respond(this.withoutPreamble ? frame.subarray(1, -1) : frame);
  }

  /** Answers with the error frame: unknown command, or parameters that make no sense. */
  refuse(): void {
    this.#respond(ERROR);
  }

  #respond(frame: Uint8Array): void {
    const time_us = Math.max(this.clock.now_us, this.#acknowledged_us + CHIP.command_us);
    this.#alarm = this.clock.scheduleAt(time_us, () => {
      this.#busy = false;
      this.#lastFrame = frame;
      this.port?.send(frame);
    });
  }

  #take(frame: HostFrame): void {
    switch (frame.kind) {
      case 'information':
        this.#takeBody(frame.body);
        break;
      case 'ack':
        if (this.#busy) this.#abort();
        else this.events.onAcknowledged();
        break;
      case 'nack':
        if (!this.#busy && this.#lastFrame !== undefined) this.port?.send(this.#lastFrame);
        break;
      case 'damaged':
        // No ACK: the host will send it again (UM0701-02 section 6.2.2.2).
        this.events.warn('a damaged frame from the host');
        break;
      case 'error':
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

  #takeBody(body: Uint8Array): void {
    if (body[0] !== TFI_HOST_TO_CHIP || body.length < MIN_BODY_BYTES) {
      this.events.warn(`a frame that is no command: TFI ${body[0]!.toString(16)}, ${body.length} bytes`);
      return;
    }
    const code = body[1]!;
    if (!this.events.accepts(code)) return;
    if (this.#busy) {
      // Each command has its ACK, also when the next comes before that is out.
      if (this.clock.now_us < this.#acknowledged_us) this.port?.send(ACK);
      this.#busy = false;
      this.#alarm?.cancel();
      this.events.onAbort();
    }
    const parameters = body.slice(2);
    this.#code = code;
    this.#busy = true;
    this.#acknowledged_us = this.clock.now_us + CHIP.ack_us;
    this.#alarm = this.clock.scheduleAt(this.#acknowledged_us, () => {
      this.port?.send(ACK);
      this.events.onCommand(code, parameters);
    });
  }
}
