import type { NfcChip } from '../../../firmware/app/device.js';
import type { OpenSerial } from '../../../hal/byte-link.js';
import type { Entropy } from '../../../hal/entropy.js';
import type { NfcCardHandler } from '../../../hal/nfc.js';
import { BAUD_AT_POWER_UP } from '../../../hal/pn532/commands.js';
import type { Pn532Error } from '../../../hal/pn532/errors.js';
import { HsuLink } from '../../../hal/pn532/link-hsu.js';
import { Pn532 } from '../../../hal/pn532/pn532.js';
import { nodeClock } from '../../../sim/host/node-clock.js';
import { CliError } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import { PortError } from '../serial/byte-port.js';
import { openPort, type RatedPort } from '../serial/port.js';
import type { CardSlot } from './front-end.js';

export interface PortFlags {
  readonly port: string;
  /** What the two are to talk at after the start. */
  readonly baud: number;
}

/** Beside a bridge's own 16 ms, this process is one of many: a frame may stop, or come later, by so much. */
const GAP_MS = 100;
const FOREVER_MS = 0x7fffffff;
/** What the link may hand over at once: the port keeps what the system does not take. */
const ROOM_BYTES = 4_096;

/** A PN532 on a serial port of this machine, over HSU, driven as a board drives its own. */
export class Pn532Port implements CardSlot {
  readonly #port: RatedPort;
  readonly #baud: number;
  #chip: Pn532 | undefined;
  #handler: NfcCardHandler | undefined;
  /** Bytes that have come. */
  #heard = 0;
  #gone: string | undefined;
  /** Without the port only this lets the driver come to its end: the clock's alarms hold up no program. */
  readonly #going: NodeJS.Timeout;

  /** `onGone` runs once, when the port has gone. Throws PortError. */
  constructor({ port, baud }: PortFlags, onGone: (error: Error) => void = () => {}) {
    this.#baud = baud;
    this.#port = openPort(port, BAUD_AT_POWER_UP);
    this.#going = setInterval(() => {}, FOREVER_MS);
    this.#port.onGone = (why) => {
      this.#gone = why;
      onGone(new PortError('device-gone', why));
    };
  }

  createChip(entropy: Entropy): NfcChip {
    const link = new HsuLink(this.#openSerial, BAUD_AT_POWER_UP, GAP_MS);
    const chip = new Pn532({ link, clock: nodeClock, entropy, baud: this.#baud });
    this.#chip = chip;
    const listen = (handler: NfcCardHandler): void => {
      this.#handler = handler;
      chip.card.listen(handler);
    };
    return { reader: chip.reader, card: { listen, stop: (done) => chip.card.stop(done) } };
  }

  ready(): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#chip!.prepare((error) => (error ? reject(this.#whyNot(error)) : resolve())),
    );
  }

  get whereabouts(): string {
    return `at the PN532 on ${this.#port.path}`;
  }

  get gone(): string | undefined {
    return this.#gone;
  }

  pullOut(): void {
    const { card } = this.#chip!;
    card.stop(() => card.listen(this.#handler!));
  }

  close(): void {
    clearInterval(this.#going);
    this.#chip?.close();
    this.#port.close();
  }

  #whyNot({ code, message }: Pn532Error): CliError {
    if (this.#gone !== undefined) return new PortError('device-gone', this.#gone);
    const { path } = this.#port;
    const what =
      this.#heard > 0
        ? `${path}: something talks (${this.#heard} bytes), but not as a PN532 does: ${message}`
        : `${path}: no PN532 answers (${code})`;
    return new CliError(Exit.absent, 'no-pn532', `${what}. ${ADVICE}`);
  }

  /** The port stays open when the rate changes: another program would get hold of it. */
  readonly #openSerial: OpenSerial = ({ baud, onReadable, onWritable }) => {
    const port = this.#port;
    let waiting: Uint8Array = new Uint8Array(0);
    port.setBaud(baud);
    port.onBytes = (bytes) => {
      this.#heard += bytes.length;
      waiting = Buffer.concat([waiting, bytes]);
      onReadable();
    };
    onWritable(ROOM_BYTES);
    return {
      read: (target) => {
        const piece = waiting.subarray(0, target.length);
        target.set(piece);
        waiting = waiting.subarray(piece.length);
        return piece.length;
      },
      write: (bytes) => {
        port.write(bytes.slice());
        onWritable(ROOM_BYTES);
      },
      close: () => {
        port.onBytes = () => {};
      },
    };
  };
}

const ADVICE =
  'Set both switches of the module to off (HSU), its TXD to the RX of the USB bridge and its RXD to TX, take ' +
  'its power away for a second, and try again';
