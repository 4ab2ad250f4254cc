import type { ByteLink } from '../byte-link.js';
import type { NfcCard, NfcReader } from '../nfc.js';
import { COMMAND_MS } from '../pn532/command-layer.js';
import { Command, RfItem } from '../pn532/commands.js';
import {
  BODY_OFFSET,
  Found,
  FRAME_BUFFER_BYTES,
  FrameParser,
  frameEnd,
  sealFrame,
  TFI_TO_CHIP,
  TFI_TO_HOST,
} from '../pn532/frame.js';
import type { Pn532 } from '../pn532/pn532.js';
import { type FrontEnd, PROBE_RAW_BYTES_MAX, type Probe, ProbeOutcome, type Way } from './front-end.js';

export interface Attempt extends Way {
  /** Wires that nobody has open. */
  createLink(): ByteLink;
}

export interface DiagnosisOptions {
  readonly pn532: Pn532;
  /** See `FrontEnd.levels`. */
  readonly levels: Uint8Array;
  /** Of the build's own link; without `createLink` the driver's is asked by a start. */
  readonly own: Way & { createLink?: () => ByteLink };
  readonly others: readonly Attempt[];
  isBusy(): boolean;
  /** Has the role let go of the chip. */
  pause(done: () => void): void;
  resume(): void;
}

const IC_PN532 = 0x32;
/** SAMConfiguration and GetFirmwareVersion are answered within a few milliseconds; a host may be slow. */
const ANSWER_MS = 60;
const NONE = new Uint8Array(0);
/** UM0701-02 section 7.2.1: what Diagnose is told to test. */
const DIAGNOSE_ROM = 0x01;
const DIAGNOSE_RAM = 0x02;

/** A PN532 and its wires under a diagnosis. */
export class Pn532FrontEnd implements FrontEnd {
  readonly levels: Uint8Array;
  readonly ways: readonly Way[];

  constructor(private readonly options: DiagnosisOptions) {
    this.levels = options.levels;
    this.ways = [options.own, ...options.others];
  }

  get card(): NfcCard {
    return this.options.pn532.card;
  }

  get reader(): NfcReader {
    return this.options.pn532.reader;
  }

  get isBusy(): boolean {
    return this.options.isBusy();
  }

  claim(done: () => void): void {
    this.options.pause(done);
  }

  release(): void {
    this.options.resume();
  }

  probe(way: number, done: (found: Probe) => void): void {
    const { own, others, pn532 } = this.options;
    const createLink = way === 0 ? own.createLink : others[way - 1].createLink;
    if (!createLink) return this.#probeByStart(done);
    pn532.close();
    new Asker(createLink(), pn532, done).begin();
  }

  /** Where the wires cannot be opened a second time. */
  #probeByStart(done: (found: Probe) => void): void {
    const { pn532 } = this.options;
    pn532.cancel();
    pn532.prepare((error) => {
      const version = error ? NONE : pn532.firmware.slice();
      const outcome =
        error === undefined
          ? ProbeOutcome.answered
          : error.code === 'wrong-chip'
            ? ProbeOutcome.otherChip
            : error.code === 'no-response'
              ? ProbeOutcome.ackOnly
              : error.code === 'no-ack'
                ? ProbeOutcome.silence
                : ProbeOutcome.noise;
      done({ outcome, version, count: 0, raw: NONE });
    });
  }

  start(done: (version: Uint8Array | undefined) => void): void {
    const { pn532 } = this.options;
    pn532.cancel();
    pn532.prepare((error) => done(error ? undefined : pn532.firmware.slice()));
  }

  pulse(duration_ms: number, done: (version: Uint8Array | undefined) => void): void {
    const { pn532 } = this.options;
    this.start((version) => {
      if (!version) return done(undefined);
      this.#field(1, (isOn) => {
        if (!isOn) return done(undefined);
        pn532.clock.schedule(duration_ms, () =>
          // A supply that broke down under the field shows here: the chip has forgotten its rate, or does not
          // answer.
          this.#field(0, (isOff) => (isOff ? this.start(done) : done(undefined))),
        );
      });
    });
  }

  #field(on: 0 | 1, done: (ok: boolean) => void): void {
    this.#command(Command.RFConfiguration, [RfItem.field, on], (response) => done(response !== undefined));
  }

  selfTest(done: (failed: number) => void): void {
    this.#command(Command.Diagnose, [DIAGNOSE_ROM], (rom) =>
      this.#command(Command.Diagnose, [DIAGNOSE_RAM], (ram) =>
        this.#field(1, (isOn) =>
          this.#field(0, (isOff) =>
            done(
              (rom?.[0] === 0 ? 0 : 0x01) |
                (ram?.[0] === 0 ? 0 : 0x02) |
                (isOn ? 0 : 0x04) |
                (isOff ? 0 : 0x08),
            ),
          ),
        ),
      ),
    );
  }

  #command(
    code: number,
    parameters: readonly number[],
    done: (response: Uint8Array | undefined) => void,
  ): void {
    const { pn532 } = this.options;
    pn532.parameters.set(parameters);
    pn532.run(code, parameters.length, COMMAND_MS, (error, length) =>
      done(error ? undefined : pn532.response.slice(0, length)),
    );
  }
}

/** Asks two questions over fresh wires, by hand: what comes back is told as it is. */
class Asker {
  readonly #frame = new Uint8Array(FRAME_BUFFER_BYTES);
  readonly #parser = new FrameParser();
  readonly #raw = new Uint8Array(PROBE_RAW_BYTES_MAX);
  #count = 0;
  #acknowledged = false;
  /** The code that is awaited, and what to do with its answer. */
  #awaited = 0;
  #onBody: (() => void) | undefined;

  constructor(
    private readonly link: ByteLink,
    private readonly pn532: Pn532,
    private readonly done: (found: Probe) => void,
  ) {}

  begin(): void {
    const { link, pn532 } = this;
    link.open((bytes, count) => this.#receive(bytes, count));
    pn532.clock.schedule(link.wake(), () =>
      // Normal mode, no timeout, the IRQ line driven.
      this.#ask(Command.SAMConfiguration, [0x01, 0x00, 0x01], (answered) => {
        if (answered) this.#ask(Command.GetFirmwareVersion, [], (told) => this.#end(told));
        else this.#end(false);
      }),
    );
  }

  #ask(code: number, parameters: readonly number[], done: (answered: boolean) => void): void {
    const { link, pn532 } = this;
    this.#frame[BODY_OFFSET] = TFI_TO_CHIP;
    this.#frame[BODY_OFFSET + 1] = code;
    this.#frame.set(parameters, BODY_OFFSET + 2);
    const bodyBytes = 2 + parameters.length;
    const start = sealFrame(this.#frame, bodyBytes);
    this.#awaited = code + 1;
    const alarm = pn532.clock.schedule(ANSWER_MS, () => {
      link.poll();
      const onBody = this.#onBody;
      this.#onBody = undefined;
      if (onBody) done(false);
    });
    this.#onBody = () => {
      alarm.cancel();
      this.#onBody = undefined;
      done(true);
    };
    link.watch?.(true);
    link.send(this.#frame, start, frameEnd(bodyBytes));
  }

  #receive(bytes: Uint8Array, count: number): void {
    for (let at = 0; at < count && this.#count + at < PROBE_RAW_BYTES_MAX; at++) {
      this.#raw[this.#count + at] = bytes[at];
    }
    this.#count += count;
    for (let at = 0; at < count; ) {
      at = this.#parser.feed(bytes, at, count);
      if (this.#parser.found === Found.ack) this.#acknowledged = true;
      if (this.#parser.found !== Found.body) continue;
      const { body } = this.#parser;
      if (body[0] === TFI_TO_HOST && body[1] === this.#awaited) this.#onBody?.();
    }
  }

  #end(told: boolean): void {
    const { link, pn532 } = this;
    link.watch?.(false);
    link.close();
    const version = told ? this.#parser.body.slice(2, 6) : NONE;
    const raw = this.#raw.slice(0, Math.min(this.#count, PROBE_RAW_BYTES_MAX));
    // Out of the link's own call, which is closed now.
    pn532.clock.schedule(0, () =>
      this.done({ outcome: this.#outcome(version), version, count: this.#count, raw }),
    );
  }

  #outcome(version: Uint8Array): number {
    if (version.length === 4) return version[0] === IC_PN532 ? ProbeOutcome.answered : ProbeOutcome.otherChip;
    if (this.#acknowledged) return ProbeOutcome.ackOnly;
    return this.#count > 0 ? ProbeOutcome.noise : ProbeOutcome.silence;
  }
}
