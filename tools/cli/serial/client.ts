import { ANSWER, CONSOLE_VERSION, ConsoleCommand, ConsoleStatus } from '../../../firmware/console/codes.js';
import { buildFrame, type ConsoleFrame, FrameReader } from '../../../firmware/console/frame.js';
import { type Identity, parseIdentity } from '../../../firmware/console/identity.js';
import { Lifecycle } from '../../../firmware/payment/lifecycle.js';
import { crc32 } from '../../../hal/crc32.js';
import { nameOf } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { type Port, PortError } from './byte-port.js';

/** A device that answers, but not with what was asked for. The code is that of the status. */
export class ConsoleError extends CliError {
  /** `data`: what came with the status. */
  constructor(
    readonly status: number,
    message: string,
    readonly data: Uint8Array = new Uint8Array(0),
  ) {
    super(Exit.violated, `device-${nameOf(ConsoleStatus, status)}`, message);
  }
}

/** No answer at all. */
export class SilenceError extends PortError {
  constructor(message: string) {
    super('device-silent', message);
  }
}

export interface Ask {
  readonly timeout_ms?: number;
  /** How often it is asked; more than once only for what may be asked twice. */
  readonly tries?: number;
}

const TIMEOUT_MS = 2_000;
const BUSY_MS = 100;
const BUSY_TRIES_MAX = 50;
const TAGS = 256;
/** ESP-IDF's messages, the engine's start, flash that is formatted: a board that has just been plugged in. */
const START_TRIES = 5;

const MEANING: Record<number, string> = {
  [ConsoleStatus.unknownCommand]:
    'the device does not know this command: its firmware is older than this tool',
  [ConsoleStatus.malformed]: 'the device finds the command malformed',
  [ConsoleStatus.lockedDown]:
    'the device is somebody’s wallet already, and is not given keys, certificates or notes over a cable any more',
  [ConsoleStatus.busy]:
    'the device is busy: a touch, an order of its owner or another command is under way. Try again later',
  [ConsoleStatus.noMore]: 'there is no more',
  [ConsoleStatus.absent]:
    'the device has not got what this needs: its flash holds no wallet that may be touched',
  [ConsoleStatus.version]: 'the device speaks another version of the console protocol',
  [ConsoleStatus.failed]: 'the device tried, and could not',
};

/** One question at a time over a port. */
export class ConsoleClient {
  #tag = Math.floor(Math.random() * TAGS);
  #onFrame: ((frame: ConsoleFrame) => void) | undefined;
  #gone: string | undefined;
  #onGone: ((error: Error) => void) | undefined;
  /** Bytes that were no frame of ours would be counted here as well: a device that talks, but not this. */
  bytes = 0;

  constructor(readonly port: Port) {
    const reader = new FrameReader(crc32, (frame) =>
      this.#onFrame?.({ ...frame, payload: frame.payload.slice() }),
    );
    port.onBytes = (bytes) => {
      this.bytes += bytes.length;
      reader.feed(bytes, bytes.length);
    };
    port.onGone = (why) => {
      this.#gone = why;
      this.#onGone?.(new PortError('device-gone', why));
    };
  }

  /** The answer's data; throws ConsoleError for every status but ok, SilenceError when nothing comes. */
  async ask(command: number, payload: Uint8Array, ask: Ask = {}): Promise<Uint8Array> {
    for (let turn = 0; ; turn++) {
      const answer = await this.#once(command, payload, ask);
      const status = answer[0] ?? ConsoleStatus.malformed;
      if (status === ConsoleStatus.ok) return answer.subarray(1);
      if (status !== ConsoleStatus.busy || turn === BUSY_TRIES_MAX) {
        const versions =
          status === ConsoleStatus.version ? ` (${answer[1]}, this tool ${CONSOLE_VERSION})` : '';
        throw new ConsoleError(
          status,
          `${MEANING[status] ?? `status ${status}`}${versions}`,
          answer.slice(1),
        );
      }
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    }
  }

  async #once(
    code: number,
    payload: Uint8Array,
    { timeout_ms = TIMEOUT_MS, tries = 1 }: Ask,
  ): Promise<Uint8Array> {
    for (let turn = 1; ; turn++) {
      try {
        return await this.#exchange(code, payload, timeout_ms);
      } catch (error) {
        if (!(error instanceof SilenceError) || turn >= tries) throw error;
      }
    }
  }

  #exchange(code: number, payload: Uint8Array, timeout_ms: number): Promise<Uint8Array> {
    if (this.#gone !== undefined) return Promise.reject(new PortError('device-gone', this.#gone));
    this.#tag = (this.#tag + 1) % TAGS;
    const tag = this.#tag;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.#onFrame = undefined;
        this.#onGone = undefined;
        settle();
      };
      const timer = setTimeout(
        () => end(() => reject(new SilenceError(`${this.port.path}: no answer in ${timeout_ms} ms`))),
        timeout_ms,
      );
      this.#onGone = (error) => end(() => reject(error));
      this.#onFrame = (frame) => {
        if (frame.tag === tag && frame.code === (code | ANSWER)) end(() => resolve(frame.payload));
      };
      this.port.write(buildFrame(crc32, { code, tag, payload }));
    });
  }

  /** Who is there. */
  async identify(ask: Ask = { timeout_ms: 800, tries: START_TRIES }): Promise<Identity> {
    const identity = parseIdentity(await this.ask(ConsoleCommand.identify, new Uint8Array(0), ask));
    if (!identity) throw new ConsoleError(ConsoleStatus.malformed, 'the device does not identify itself');
    return identity;
  }

  close(): void {
    this.port.close();
  }
}

/** The name of a lifecycle, for people. */
export function lifecycleName(lifecycle: number): string {
  return Object.values<number>(Lifecycle).includes(lifecycle)
    ? nameOf(Lifecycle, lifecycle)
    : 'no wallet that may be touched';
}
