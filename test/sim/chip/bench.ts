import type { NfcCardHandler, NfcError, NfcErrorCode } from '../../../hal/nfc.js';
import { Pn532, type Pn532Options } from '../../../hal/pn532/pn532.js';
import {
  createPn532Module,
  type Pn532Module,
  type Pn532ModuleOptions,
} from '../../../sim/chip/pn532-module.js';
import { RfField } from '../../../sim/chip/rf-field.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';

export const FAST_BAUD = 921_600;

/** Bytes that look random and are not. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export interface Board {
  module: Pn532Module;
  driver: Pn532;
}

const TFI_HOST_TO_CHIP = 0xd4;

/** Tells of each short command that the chip gets from its host; over HSU and SPI, each comes at once. */
export function watchCommands({ module }: Board, tell: (code: number, parameters: Uint8Array) => void): void {
  const { host } = module.chip;
  const receive = host.receive.bind(host);
  host.receive = (bytes, start, end) => {
    const frame = bytes.subarray(start, end);
    const at = frame.indexOf(TFI_HOST_TO_CHIP);
    if (at >= 0) tell(frame[at + 1]!, frame.subarray(at + 2, -2));
    receive(bytes, start, end);
  };
}

/** What a card saw, in order. */
export interface CardLog {
  activations: number;
  deactivations: NfcErrorCode[];
  commands: Uint8Array[];
}

/** A world with a field, boards, and calls that run the clock until they are done. */
export class Bench {
  readonly clock = new VirtualClock();
  readonly field = new RfField(this.clock);
  #seed = 1;

  board(name: string, module: Partial<Pn532ModuleOptions> = {}, driver: Partial<Pn532Options> = {}): Board {
    const made = createPn532Module({ clock: this.clock, field: this.field, name, ...module });
    return { module: made, driver: this.driver(made, driver) };
  }

  /** A driver that has just booted. */
  driver(module: Pn532Module, options: Partial<Pn532Options> = {}): Pn532 {
    const entropy = { fill: (target: Uint8Array) => void target.set(pattern(target.length, this.#seed++)) };
    return new Pn532({ link: module.createLink(), clock: module.host, entropy, baud: FAST_BAUD, ...options });
  }

  /** Runs until `isDone`, and fails when a second of simulated time times `limit_s` is not enough. */
  until(isDone: () => boolean, limit_s = 10): void {
    if (!this.clock.runUntil(isDone, limit_s * 1e6))
      throw new Error(`not done in ${limit_s} s of simulated time`);
  }

  connect(board: Board, timeout_ms = 500): NfcError | undefined {
    return this.#await((done) => board.driver.reader.connect(timeout_ms, (error) => done(error)));
  }

  transceive(board: Board, command: Uint8Array): NfcError | Uint8Array {
    return this.#await((done) =>
      board.driver.reader.transceive(command, (error, response) => done(error ?? response.slice())),
    );
  }

  release(board: Board): NfcError | undefined {
    return this.#await((done) => board.driver.reader.release(done));
  }

  stop(board: Board): void {
    this.#await<undefined>((done) => board.driver.card.stop(() => done(undefined)));
  }

  /** Listens with a card that answers each command by `answer`. */
  listen(
    board: Board,
    answer: (command: Uint8Array) => Uint8Array,
    handler: Partial<NfcCardHandler> = {},
  ): CardLog {
    const log: CardLog = { activations: 0, deactivations: [], commands: [] };
    board.driver.card.listen({
      onActivated: () => void log.activations++,
      onCommand: (command, respond) => {
        log.commands.push(command.slice());
        respond(answer(command));
      },
      onDeactivated: (reason) => void log.deactivations.push(reason),
      ...handler,
    });
    return log;
  }

  #await<T>(call: (done: (value: T) => void) => void): T {
    let result: { value: T } | undefined;
    call((value) => {
      if (result !== undefined) throw new Error('done ran twice');
      result = { value };
    });
    if (result !== undefined) throw new Error('done ran within the call');
    this.until(() => result !== undefined);
    return result!.value;
  }
}
