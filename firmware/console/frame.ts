import type { Crc32 } from '../../hal/crc32.js';
import { concat, putU16, putU32 } from '../bytes.js';
import { CONSOLE_VERSION } from './codes.js';

/** The longest APDU (hal/nfc.ts), a status, and some room. */
export const CONSOLE_PAYLOAD_BYTES_MAX = 2_112;

const SYNC_0 = 0xc5;
const SYNC_1 = 0x74;
/** sync (2), version (1), code (1), tag (1), length (2), check (1) */
const HEADER_BYTES = 8;
const CRC_BYTES = 4;
/** The CRCs leave out the sync bytes. */
const COVERED_FROM = 2;
const NOTHING = new Uint8Array(0);

export interface ConsoleFrame {
  readonly version: number;
  readonly code: number;
  /** Of the host's choice; the answer has the same. */
  readonly tag: number;
  readonly payload: Uint8Array;
}

/** Throws RangeError when the payload is longer than CONSOLE_PAYLOAD_BYTES_MAX. */
export function buildFrame(
  crc32: Crc32,
  { code, tag, payload, version = CONSOLE_VERSION }: Omit<ConsoleFrame, 'version'> & { version?: number },
): Uint8Array {
  const { length } = payload;
  if (length > CONSOLE_PAYLOAD_BYTES_MAX)
    throw new RangeError(`a frame carries ${CONSOLE_PAYLOAD_BYTES_MAX} bytes`);
  const bytes = new Uint8Array(HEADER_BYTES + length + CRC_BYTES);
  bytes[0] = SYNC_0;
  bytes[1] = SYNC_1;
  bytes[2] = version;
  bytes[3] = code;
  bytes[4] = tag;
  putU16(bytes, 5, length);
  bytes[7] = headerCheck(crc32, bytes);
  bytes.set(payload, HEADER_BYTES);
  const end = HEADER_BYTES + length;
  putU32(bytes, end, crc32(bytes, COVERED_FROM, end, 0));
  return bytes;
}

/**
 * A length that noise has made must not swallow the frames that follow: so the header has a check of its own.
 */
const headerCheck = (crc32: Crc32, header: Uint8Array): number =>
  crc32(header, COVERED_FROM, HEADER_BYTES - 1, 0) & 0xff;

/**
 * Finds frames in a stream that comes in pieces. Whatever is not a whole and sound frame is passed over, and
 * what a damaged frame had swallowed is looked through again.
 */
export class FrameReader {
  /** Of the frame under way; as long as its header says, once that is here. */
  #bytes = new Uint8Array(HEADER_BYTES);
  #filled = 0;

  constructor(
    private readonly crc32: Crc32,
    private readonly onFrame: (frame: ConsoleFrame) => void,
  ) {}

  /** Whether a frame has begun. */
  get isInFrame(): boolean {
    return this.#filled > 0;
  }

  /** Forgets a half frame: the line has been quiet for too long. */
  reset(): void {
    this.#bytes = new Uint8Array(HEADER_BYTES);
    this.#filled = 0;
  }

  feed(bytes: Uint8Array, count: number): void {
    let input = bytes;
    let end = count;
    let at = 0;
    while (at < end) {
      at = this.#take(input, at, end);
      const rejected = this.#check();
      if (!rejected) continue;
      input = concat(rejected, input.subarray(at, end));
      end = input.length;
      at = 0;
    }
  }

  #take(input: Uint8Array, start: number, end: number): number {
    if (this.#filled < 2) {
      const byte = input[start];
      const isSecond = this.#filled === 1 && byte === SYNC_1;
      this.#bytes[isSecond ? 1 : 0] = byte;
      this.#filled = isSecond ? 2 : byte === SYNC_0 ? 1 : 0;
      return start + 1;
    }
    const stop = Math.min(end, start + this.#bytes.length - this.#filled);
    this.#bytes.set(input.subarray(start, stop), this.#filled);
    this.#filled += stop - start;
    return stop;
  }

  /** What has to be looked through again, when what is here turns out to be no frame. */
  #check(): Uint8Array | undefined {
    const bytes = this.#bytes;
    if (this.#filled < bytes.length) return undefined;
    const length = (bytes[5] << 8) | bytes[6];
    if (bytes.length === HEADER_BYTES) {
      if (length > CONSOLE_PAYLOAD_BYTES_MAX || bytes[7] !== headerCheck(this.crc32, bytes))
        return this.#reject();
      this.#bytes = new Uint8Array(HEADER_BYTES + length + CRC_BYTES);
      this.#bytes.set(bytes);
      return undefined;
    }
    const end = HEADER_BYTES + length;
    const crc = this.crc32(bytes, COVERED_FROM, end, 0);
    for (let i = 0; i < CRC_BYTES; i++) {
      if (bytes[end + i] !== ((crc >>> (24 - 8 * i)) & 0xff)) return this.#reject();
    }
    this.reset();
    this.onFrame({
      version: bytes[2],
      code: bytes[3],
      tag: bytes[4],
      payload: bytes.subarray(HEADER_BYTES, end),
    });
    return undefined;
  }

  #reject(): Uint8Array {
    const rest = this.#filled > 1 ? this.#bytes.subarray(1, this.#filled) : NOTHING;
    this.reset();
    return rest;
  }
}
