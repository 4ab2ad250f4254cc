import type { ByteLink } from '../byte-link.js';
import type { Clock } from '../clock.js';
import type { Entropy } from '../entropy.js';
import type { NfcCard, NfcReader } from '../nfc.js';
import { COMMAND_MS, CommandLayer } from './command-layer.js';
import { Command, RfItem } from './commands.js';
import type { Pn532Error } from './errors.js';
import type { FrameCodec } from './frame.js';
import { testLine } from './line-test.js';
import { startChip } from './start.js';

export interface Pn532CoreOptions {
  link: ByteLink;
  clock: Clock;
  entropy: Entropy;
  /** The serial rate to change to after start; unused on I2C and SPI. */
  baud?: number;
  /** Frames by C, from `hal/pn532-frames.ts`, where the engine has it. */
  frames?: FrameCodec;
}

type Done = (error: Pn532Error | undefined) => void;

/**
 * What both roles of the chip stand on: a chip that is started when it must be, its field, and whose turn it
 * is.
 */
export class Pn532Core extends CommandLayer {
  readonly entropy: Entropy;
  readonly baud: number;
  /** What the chip said it is: IC, version, revision, support. */
  readonly firmware = new Uint8Array(4);
  /** See `testLine`; undefined before the first start, and where nothing can be said of it. */
  line_us: number | undefined;
  /** The role that has the chip now. */
  owner: NfcReader | NfcCard | undefined;
  #opened = false;
  /** Counts starts and cancels: a start that was given up goes no further. */
  #start = 0;

  constructor(options: Pn532CoreOptions) {
    super(options.link, options.clock, options.frames);
    this.entropy = options.entropy;
    this.baud = options.link.baud === 0 ? 0 : (options.baud ?? options.link.baud);
  }

  /** Wakes and configures the chip, unless that has been done and nothing has failed since. */
  prepare(done: Done): void {
    if (!this.#opened) {
      this.#opened = true;
      this.link.open(this.receive);
    }
    if (this.ready) {
      done(undefined);
      return;
    }
    const start = ++this.#start;
    const { baud, firmware } = this;
    startChip({ chip: this, baud, firmware, isWanted: () => start === this.#start }, (error) => {
      if (error === undefined) this.#testLine(done);
      else this.#started(error, done);
    });
  }

  #started(error: Pn532Error | undefined, done: Done): void {
    this.ready = error === undefined;
    done(error);
  }

  #testLine(done: Done): void {
    if (this.isCollected) {
      this.#started(undefined, done);
      return;
    }
    testLine(this, (error, line_us) => {
      this.line_us = line_us;
      this.#started(error, done);
    });
  }

  /**
   * Gives up the command or the start under way; its `done` never runs. The chip is started again before the
   * next.
   */
  override cancel(): void {
    this.#start++;
    super.cancel();
  }

  /**
   * Switches the field off. It also ends target mode, when no command of the card's was under way to be
   * aborted.
   */
  fieldOff(done: Done): void {
    this.parameters[0] = RfItem.field;
    this.parameters[1] = 0;
    this.run(Command.RFConfiguration, 2, COMMAND_MS, done);
  }

  /** Closes the wires. The roles' pending calls are not told: release or stop them first. */
  close(): void {
    this.cancel();
    this.link.close();
    this.#opened = false;
    this.ready = false;
  }
}
