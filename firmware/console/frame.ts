import type { Crc32 } from '../../hal/crc32.js';
import { getU16, getU32, putU16, putU32 } from '../bytes.js';
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
const headerCheck = (crc32: Crc32, bytes: Uint8Array, start = 0): number =>
  crc32(bytes, start + COVERED_FROM, start + HEADER_BYTES - 1, 0) & 0xff;

const FRAME_BYTES_MAX = HEADER_BYTES + CONSOLE_PAYLOAD_BYTES_MAX + CRC_BYTES;
/** Most commands fit; it doubles when one does not. */
const BUFFER_BYTES = 256;
/** Twice the longest frame, so that no more bytes are moved than come. */
const BUFFER_BYTES_MAX = 2 * FRAME_BYTES_MAX;

/**
 * Finds frames in a stream that comes in pieces. Whatever is not a whole and sound frame is passed over.
 *
 * What a damaged frame has swallowed is looked through again, but once only: a frame that is damaged there is
 * passed over whole. So the work for each byte received is bounded, whatever lengths a hostile host claims: a
 * byte is in at most two checksums of whole frames, and two sync bytes cost at most one check of a header.
 */
export class FrameReader {
  /** What has come and is not passed over yet: from `#start`, where a frame may begin, up to `#end`. */
  #bytes = new Uint8Array(BUFFER_BYTES);
  #start = 0;
  #end = 0;
  /** So many bytes from `#start` are needed to say more; beyond HEADER_BYTES, the header is sound. */
  #needed = HEADER_BYTES;
  /** Where the damaged frame ends that is being looked through again. */
  #againUntil = 0;

  /** `onFrame` gets a payload of its own. */
  constructor(
    private readonly crc32: Crc32,
    private readonly onFrame: (frame: ConsoleFrame) => void,
  ) {}

  /** Whether a frame has begun. */
  get isInFrame(): boolean {
    return this.#end > this.#start;
  }

  /** Forgets a half frame: the line has been quiet for too long. */
  reset(): void {
    this.#end = 0;
    this.#againUntil = 0;
    this.#moveTo(0);
  }

  feed(bytes: Uint8Array, count: number): void {
    for (let at = 0; at < count; ) {
      if (this.#end === this.#bytes.length) this.#makeRoom();
      const taken = Math.min(count - at, this.#bytes.length - this.#end);
      this.#bytes.set(bytes.subarray(at, at + taken), this.#end);
      this.#end += taken;
      at += taken;
      while (this.#step());
    }
  }

  #makeRoom(): void {
    const kept = this.#bytes.subarray(this.#start, this.#end);
    if (2 * kept.length > this.#bytes.length)
      this.#bytes = new Uint8Array(Math.min(2 * this.#bytes.length, BUFFER_BYTES_MAX));
    this.#bytes.set(kept);
    this.#againUntil -= this.#start;
    this.#start = 0;
    this.#end = kept.length;
  }

  /** False when more bytes are needed. */
  #step(): boolean {
    if (this.#needed === HEADER_BYTES) this.#skipToSync();
    if (this.#end - this.#start < this.#needed) return false;
    if (this.#needed === HEADER_BYTES) this.#checkHeader();
    else this.#checkFrame();
    return true;
  }

  #skipToSync(): void {
    const bytes = this.#bytes;
    let start = this.#start;
    for (; start < this.#end; start++) {
      if (bytes[start] === SYNC_0 && (start + 1 === this.#end || bytes[start + 1] === SYNC_1)) break;
    }
    this.#start = start;
  }

  #checkHeader(): void {
    const bytes = this.#bytes;
    const start = this.#start;
    const length = getU16(bytes, start + 5);
    const isSound =
      length <= CONSOLE_PAYLOAD_BYTES_MAX &&
      bytes[start + HEADER_BYTES - 1] === headerCheck(this.crc32, bytes, start);
    if (isSound) this.#needed = HEADER_BYTES + length + CRC_BYTES;
    else this.#moveTo(start + 1);
  }

  #checkFrame(): void {
    const bytes = this.#bytes;
    const start = this.#start;
    const next = start + this.#needed;
    const end = next - CRC_BYTES;
    const isSound = (this.crc32(bytes, start + COVERED_FROM, end, 0) ^ getU32(bytes, end)) === 0;
    if (isSound || start < this.#againUntil) {
      this.#moveTo(next);
    } else {
      this.#againUntil = next;
      this.#moveTo(start + 1);
    }
    if (!isSound) return;
    this.onFrame({
      version: bytes[start + 2],
      code: bytes[start + 3],
      tag: bytes[start + 4],
      payload: bytes.slice(start + HEADER_BYTES, end),
    });
  }

  #moveTo(start: number): void {
    this.#start = start;
    this.#needed = HEADER_BYTES;
  }
}
