/**
 * An ESP32-C3 on a serial bridge, as far as esptool asks: the loader in its ROM, the stub that it is given,
 * and its flash. Source: Espressif, "Serial Protocol"
 * (docs.espressif.com/projects/esptool/en/latest/esp32c3/advanced-topics/serial-protocol.html) and "Boot Mode
 * Selection" beside it. It runs no code: a program that is loaded into RAM and begun is taken for the stub.
 */
import { constants, inflateSync } from 'node:zlib';
import type { Port } from '../../tools/cli/serial/byte-port.js';

const Op = {
  memBegin: 0x05,
  memEnd: 0x06,
  memData: 0x07,
  sync: 0x08,
  writeRegister: 0x09,
  readRegister: 0x0a,
  deflateBegin: 0x10,
  deflateData: 0x11,
  deflateEnd: 0x12,
  eraseFlash: 0xd0,
} as const;
/** What the answer says of a command; `invalid` is also that of one which the loader does not know. */
const Status = { ok: 0, invalid: 0x05, failed: 0x06, checksum: 0x07 } as const;
type Status = (typeof Status)[keyof typeof Status];

const REQUEST = 0;
const RESPONSE = 1;
const HEAD_BYTES = 8;
/** Of a block: its length, its number, and two words that are nothing. */
const BLOCK_HEAD_BYTES = 16;
const CHECKSUM_SEED = 0xef;
/** A sync is answered so often, and by the ROM with a value that is not 0. */
const SYNC_ANSWERS = 8;
const SYNC_VALUE = 0x20120707;

/** SLIP, RFC 1055. */
const [END, ESC, ESC_END, ESC_ESC] = [0xc0, 0xdb, 0xdc, 0xdd];

/** By this word in its ROM the chip is known (esptool, targets/esp32c3.py). */
const MAGIC_AT = 0x40001000;
const MAGIC = 0x1b31506f;
/** SPI1, which the flash is at: command, its second user word, the first word of its buffer. */
const [SPI_COMMAND, SPI_USER2, SPI_BUFFER] = [0x60002000, 0x60002020, 0x60002058];
const SPI_USER_GO = 1 << 18;
const READ_FLASH_ID = 0x9f;
/** 4 MB by GigaDevice. */
const FLASH_ID = 0x1640c8;
export const FLASH_BYTES = 0x40_0000;
const SECTOR_BYTES = 4096;

/** The lines of the bridge that reset the chip. */
export interface Lines {
  readonly dataTerminalReady?: boolean;
  readonly requestToSend?: boolean;
}

/** A program that comes compressed. */
interface Download {
  readonly offset: number;
  readonly size: number;
  readonly blocks: Buffer[];
  written: number;
}

export class Esp32C3 implements Port {
  readonly path = 'a simulated ESP32-C3';
  onBytes: (bytes: Uint8Array) => void = () => {};
  onGone: (why: string) => void = () => {};
  readonly flash = Buffer.alloc(FLASH_BYTES, 0xff);
  /** Runs after each block that it has written. */
  onBlock: (number: number) => void = () => {};
  #isPlugged = true;
  #runs: 'program' | 'rom' | 'stub' = 'program';
  #isStarting = false;
  #lines = { dataTerminalReady: false, requestToSend: false };
  #frame: number[] | undefined;
  #isEscaped = false;
  readonly #registers = new Map([[MAGIC_AT, MAGIC]]);
  readonly #ram: { from: number; to: number }[] = [];
  #download: Download | undefined;

  /** What runs now; the program in flash needs no part of the loader. */
  get runs(): 'program' | 'rom' | 'stub' {
    if (this.#isStarting) this.#boot('program');
    return this.#runs;
  }

  /** What the browser opens. Throws when it is not plugged in. */
  open(): this {
    if (!this.#isPlugged) throw new Error('there is no port');
    return this;
  }

  plug(): void {
    this.#isPlugged = true;
  }

  /** Somebody pulls the plug: it has no power, and no port. */
  pull(): void {
    this.#isPlugged = false;
    this.#boot('program');
    this.onGone('unplugged');
  }

  /**
   * RTS alone holds the chip in reset, DTR alone pulls GPIO9 down, both together do nothing. A capacitor
   * keeps it in reset for a moment longer, and what counts is how GPIO9 is then: low is the loader.
   */
  signal(lines: Lines): void {
    const wasReset = this.#isReset;
    Object.assign(this.#lines, lines);
    if (wasReset && !this.#isReset) this.#isStarting = true;
    const { dataTerminalReady, requestToSend } = this.#lines;
    if (this.#isStarting && dataTerminalReady && !requestToSend) this.#boot('rom');
  }

  get #isReset(): boolean {
    return this.#lines.requestToSend && !this.#lines.dataTerminalReady;
  }

  #boot(into: 'program' | 'rom'): void {
    this.#isStarting = false;
    this.#runs = into;
    this.#frame = undefined;
    this.#download = undefined;
    this.#ram.length = 0;
  }

  close(): void {}

  write(bytes: Uint8Array): void {
    if (this.runs === 'program' || this.#isReset) return;
    for (const byte of bytes) this.#take(byte);
  }

  #take(byte: number): void {
    if (byte === END) {
      const frame = Buffer.from(this.#frame ?? []);
      this.#frame = [];
      if (frame.length > 0) this.#command(frame);
    } else if (byte === ESC) {
      this.#isEscaped = true;
    } else {
      const unescaped = byte === ESC_END ? END : ESC;
      this.#frame?.push(this.#isEscaped ? unescaped : byte);
      this.#isEscaped = false;
    }
  }

  #send(frame: Uint8Array): void {
    if (!this.#isPlugged) return;
    const escaped = [...frame].flatMap((byte) => {
      if (byte === END) return [ESC, ESC_END];
      return byte === ESC ? [ESC, ESC_ESC] : [byte];
    });
    this.onBytes(Uint8Array.from([END, ...escaped, END]));
  }

  #command(frame: Buffer): void {
    if (frame.length < HEAD_BYTES || frame[0] !== REQUEST) return;
    const op = frame[1];
    const data = frame.subarray(HEAD_BYTES);
    const isWhole = frame.readUInt16LE(2) === data.length;
    const { status, value = 0 } = isWhole
      ? this.#carryOut(op, data, frame.readUInt32LE(4))
      : { status: Status.invalid };
    const times = op === Op.sync ? SYNC_ANSWERS : 1;
    for (let i = 0; i < times; i++) this.#answer(op, value, status);
    if (op !== Op.memEnd || status !== Status.ok) return;
    this.#runs = 'stub';
    this.#send(Buffer.from('OHAI'));
  }

  /** The ROM puts two bytes behind its status. */
  #answer(op: number, value: number, status: Status): void {
    const tail = Buffer.alloc(this.#runs === 'rom' ? 4 : 2);
    if (status !== Status.ok) tail.set([1, status]);
    const head = Buffer.alloc(HEAD_BYTES);
    head.set([RESPONSE, op, tail.length]);
    head.writeUInt32LE(value >>> 0, 4);
    this.#send(Buffer.concat([head, tail]));
  }

  #carryOut(op: number, data: Buffer, checksum: number): { status: Status; value?: number } {
    switch (op) {
      case Op.sync:
        return { status: Status.ok, value: this.#runs === 'rom' ? SYNC_VALUE : 0 };
      case Op.readRegister:
        return { status: Status.ok, value: this.#registers.get(data.readUInt32LE(0)) ?? 0 };
      case Op.writeRegister:
        this.#writeRegister(data.readUInt32LE(0), data.readUInt32LE(4));
        return { status: Status.ok };
      case Op.memBegin: {
        const from = data.readUInt32LE(12);
        this.#ram.push({ from, to: from + data.readUInt32LE(0) });
        return { status: Status.ok };
      }
      case Op.memData:
        return { status: checked(data, checksum) };
      case Op.memEnd: {
        const entry = data.readUInt32LE(4);
        const isLoaded = this.#ram.some(({ from, to }) => entry >= from && entry < to);
        return { status: isLoaded ? Status.ok : Status.failed };
      }
    }
    return { status: this.#runs === 'stub' ? this.#carryOutInStub(op, data, checksum) : Status.invalid };
  }

  /** What the ROM does slowly or not at all. */
  #carryOutInStub(op: number, data: Buffer, checksum: number): Status {
    switch (op) {
      case Op.eraseFlash:
        this.flash.fill(0xff);
        return Status.ok;
      case Op.deflateBegin:
        return this.#begin(data.readUInt32LE(0), data.readUInt32LE(12));
      case Op.deflateData:
        return this.#block(data, checksum);
      case Op.deflateEnd:
        return this.#download?.written === this.#download?.size ? Status.ok : Status.failed;
      default:
        return Status.invalid;
    }
  }

  /** Whole sectors are erased. */
  #begin(size: number, offset: number): Status {
    const from = offset - (offset % SECTOR_BYTES);
    const to = Math.ceil((offset + size) / SECTOR_BYTES) * SECTOR_BYTES;
    if (to > FLASH_BYTES) return Status.failed;
    this.flash.fill(0xff, from, to);
    this.#download = { offset, size, blocks: [], written: 0 };
    return Status.ok;
  }

  #block(data: Buffer, checksum: number): Status {
    const download = this.#download;
    const status = checked(data, checksum);
    if (status !== Status.ok) return status;
    if (data.readUInt32LE(4) !== download?.blocks.length) return Status.failed;
    download.blocks.push(data.subarray(BLOCK_HEAD_BYTES));
    const { offset, blocks, written } = download;
    const bytes = inflateSync(Buffer.concat(blocks), { finishFlush: constants.Z_SYNC_FLUSH });
    // A program takes bits away from what was erased.
    for (let at = written; at < bytes.length; at++) this.flash[offset + at] &= bytes[at];
    download.written = bytes.length;
    this.onBlock(blocks.length);
    return Status.ok;
  }

  #writeRegister(at: number, value: number): void {
    const isFlashCommand = at === SPI_COMMAND && (value & SPI_USER_GO) !== 0;
    if (!isFlashCommand) return void this.#registers.set(at, value);
    const isIdAsked = ((this.#registers.get(SPI_USER2) ?? 0) & 0xff) === READ_FLASH_ID;
    if (isIdAsked) this.#registers.set(SPI_BUFFER, FLASH_ID);
  }
}

/** Of a block: the exclusive or of its bytes, and its length. */
function checked(data: Buffer, checksum: number): Status {
  const block = data.subarray(BLOCK_HEAD_BYTES);
  if (data.length < BLOCK_HEAD_BYTES || data.readUInt32LE(0) !== block.length) return Status.invalid;
  const sum = block.reduce((before, byte) => before ^ byte, CHECKSUM_SEED);
  return sum === checksum ? Status.ok : Status.checksum;
}
