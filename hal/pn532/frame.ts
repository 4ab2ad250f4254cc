/**
 * The PN532's frames on the host link (UM0701-02 section 6.2.1), built and taken apart in fixed buffers.
 *
 *     normal    00 00 FF LEN LCS TFI DATA.. DCS 00
 *     extended  00 00 FF FF FF LENM LENL LCS TFI DATA.. DCS 00
 *     ACK       00 00 FF 00 FF 00
 *     NACK      00 00 FF FF 00 00
 *
 * The body is TFI and data. LEN + LCS and the body's sum + DCS are 0 modulo 256.
 */
export const TFI_TO_CHIP = 0xd4;
export const TFI_TO_HOST = 0xd5;
/** The body of the error frame: the chip did not understand the frame before. */
export const TFI_ERROR = 0x7f;

/** TFI, code, one byte of status or target, and 262 of data. */
export const BODY_BYTES_MAX = 265;
const NORMAL_BODY_BYTES_MAX = 255;
/** A sender puts its body here in a buffer of FRAME_BUFFER_BYTES; room for the longer header is before it. */
export const BODY_OFFSET = 8;
export const FRAME_BUFFER_BYTES = BODY_OFFSET + BODY_BYTES_MAX + 2;

export const ACK_FRAME = Uint8Array.of(0x00, 0x00, 0xff, 0x00, 0xff, 0x00);
export const NACK_FRAME = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x00, 0x00);
export const ERROR_FRAME = Uint8Array.of(0x00, 0x00, 0xff, 0x01, 0xff, 0x7f, 0x81, 0x00);

/** Four at a time: on a chip the loop costs as much as the bytes. */
function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (const last = end - 3; at < last; at += 4) {
    sum += bytes[at]! + bytes[at + 1]! + bytes[at + 2]! + bytes[at + 3]!;
  }
  while (at < end) sum += bytes[at++]!;
  return sum;
}

/** Puts header and trailer around `buffer[BODY_OFFSET..+bodyBytes)`. Returns where the frame starts; it ends at `frameEnd`. */
export function sealFrame(buffer: Uint8Array, bodyBytes: number): number {
  if (bodyBytes < 1 || bodyBytes > BODY_BYTES_MAX)
    throw new RangeError(`a frame carries 1 to ${BODY_BYTES_MAX} bytes`);
  const end = BODY_OFFSET + bodyBytes;
  buffer[end] = -sumOf(buffer, BODY_OFFSET, end) & 0xff;
  buffer[end + 1] = 0x00;
  if (bodyBytes <= NORMAL_BODY_BYTES_MAX) {
    buffer[3] = 0x00;
    buffer[4] = 0x00;
    buffer[5] = 0xff;
    buffer[6] = bodyBytes;
    buffer[7] = -bodyBytes & 0xff;
    return 3;
  }
  buffer[0] = 0x00;
  buffer[1] = 0x00;
  buffer[2] = 0xff;
  buffer[3] = 0xff;
  buffer[4] = 0xff;
  buffer[5] = bodyBytes >> 8;
  buffer[6] = bodyBytes & 0xff;
  buffer[7] = -((bodyBytes >> 8) + bodyBytes) & 0xff;
  return 0;
}

export function frameEnd(bodyBytes: number): number {
  return BODY_OFFSET + bodyBytes + 2;
}

/** What the parser has found. */
export const Found = Object.freeze({
  nothing: 0,
  body: 1,
  ack: 2,
  nack: 3,
  error: 4,
  /** The header's length does not match its checksum, or is beyond the limit. */
  badLength: 5,
  badChecksum: 6,
});

const SYNC = 0;
const LENGTH = 1;
const LENGTH_CHECK = 2;
const EXTENDED_HIGH = 3;
const EXTENDED_LOW = 4;
const EXTENDED_CHECK = 5;
const BODY = 6;
const CHECKSUM = 7;

/** Finds frames in a stream that comes in pieces. Whatever is not a frame is passed over. */
export class FrameParser {
  /** TFI and data of the frame found last; good until the next `feed`. */
  readonly body = new Uint8Array(BODY_BYTES_MAX);
  length = 0;
  found: number = Found.nothing;
  #state = SYNC;
  #zeroBefore = false;
  #filled = 0;
  #sum = 0;

  reset(): void {
    this.#state = SYNC;
    this.#zeroBefore = false;
    this.found = Found.nothing;
  }

  /** Takes bytes from `start`, up to the end of the first frame. Returns where it stopped; `found` says what for. */
  feed(bytes: Uint8Array, start: number, end: number): number {
    this.found = Found.nothing;
    let at = start;
    while (at < end) {
      if (this.#state === BODY) {
        at = this.#takeBody(bytes, at, end);
        continue;
      }
      this.#take(bytes[at++]!);
      if (this.found !== Found.nothing) break;
    }
    return at;
  }

  #takeBody(bytes: Uint8Array, start: number, end: number): number {
    const filled = this.#filled;
    const stop = Math.min(end, start + this.length - filled);
    this.body.set(bytes.subarray(start, stop), filled);
    this.#sum += sumOf(bytes, start, stop);
    this.#filled = filled + stop - start;
    if (this.#filled === this.length) this.#state = CHECKSUM;
    return stop;
  }

  #take(byte: number): void {
    switch (this.#state) {
      case SYNC:
        if (byte === 0xff && this.#zeroBefore) this.#state = LENGTH;
        this.#zeroBefore = byte === 0x00;
        break;
      case LENGTH:
        this.length = byte;
        this.#state = LENGTH_CHECK;
        break;
      case LENGTH_CHECK:
        this.#checkLength(byte);
        break;
      case EXTENDED_HIGH:
        this.length = byte << 8;
        this.#sum = byte;
        this.#state = EXTENDED_LOW;
        break;
      case EXTENDED_LOW:
        this.length |= byte;
        this.#sum += byte;
        this.#state = EXTENDED_CHECK;
        break;
      case EXTENDED_CHECK:
        if (((this.#sum + byte) & 0xff) !== 0) this.#finish(Found.badLength);
        else this.#startBody();
        break;
      case CHECKSUM:
        if (((this.#sum + byte) & 0xff) !== 0) this.#finish(Found.badChecksum);
        else this.#finish(this.length === 1 && this.body[0] === TFI_ERROR ? Found.error : Found.body);
        break;
    }
  }

  #checkLength(check: number): void {
    const length = this.length;
    if (length === 0x00 && check === 0xff) this.#finish(Found.ack);
    else if (length === 0xff && check === 0x00) this.#finish(Found.nack);
    else if (length === 0xff && check === 0xff) this.#state = EXTENDED_HIGH;
    else if (((length + check) & 0xff) !== 0) this.#finish(Found.badLength);
    else this.#startBody();
  }

  #startBody(): void {
    if (this.length === 0 || this.length > BODY_BYTES_MAX) {
      this.#finish(Found.badLength);
      return;
    }
    this.#filled = 0;
    this.#sum = 0;
    this.#state = BODY;
  }

  #finish(found: number): void {
    this.#state = SYNC;
    this.#zeroBefore = false;
    this.found = found;
  }
}

/**
 * How many bytes the frame that starts somewhere in `bytes[0..count)` takes up to its DCS, counted from `bytes[0]`; 0 when
 * its header is not there. For wires on which the host must know before it reads.
 */
export function frameBytes(bytes: Uint8Array, count: number): number {
  let at = 0;
  while (at + 1 < count && !(bytes[at] === 0x00 && bytes[at + 1] === 0xff)) at++;
  at += 2;
  if (at + 2 > count) return 0;
  const length = bytes[at]!;
  const check = bytes[at + 1]!;
  if (length === 0xff && check === 0xff) {
    if (at + 5 > count) return 0;
    const extended = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    return extended >= 1 && extended <= BODY_BYTES_MAX ? at + 5 + extended + 1 : 0;
  }
  if (((length + check) & 0xff) !== 0) return length + check === 0xff ? at + 2 : 0;
  return at + 2 + length + 1;
}
