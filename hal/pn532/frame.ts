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

/** What puts a frame together, and finds the next one in a stream. */
export interface FrameCodec {
  /**
   * Puts header and trailer around `buffer[BODY_OFFSET..+bodyBytes)`, in a buffer of FRAME_BUFFER_BYTES.
   * Returns where the frame starts; it ends at `frameEnd`. Throws RangeError for a body that no frame has.
   */
  seal(buffer: Uint8Array, bodyBytes: number): number;
  /**
   * Takes bytes from `start`, up to the end of the first frame and its postamble, where it stops: that is
   * returned. `state`: the PARSER_WORDS of a FrameParser; `body`: its body.
   */
  feed(state: Int32Array, body: Uint8Array, bytes: Uint8Array, start: number, end: number): number;
}

/** The sum of `bytes[start..end)`. */
export function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at++) sum += bytes[at]!;
  return sum;
}

/** See `FrameCodec.seal`. */
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

/** A header as one number: 00 FF LEN LCS. */
const START_CODE = 0x00ff;
const ACK_HEADER = 0x00ff00ff;
const NACK_HEADER = 0x00ffff00;
const EXTENDED_HEADER = 0x00ffffff;
/** LENM LENL LCS. */
const EXTENDED_BYTES = 3;
/** The last bytes when there were none, and after a postamble. */
const NO_BYTES = -1;
const POSTAMBLE = ~0xff;
const TWO_ZEROS = ~0xffff;
const THREE_ZEROS = ~0xffffff;

// The words of a parser's state.
/** The last four bytes, as one number. */
const LAST = 0;
/** Bytes that are still to come of an extended header. */
const EXTENDED = 1;
/** Bytes that are still to come of body and DCS. */
const MISSING = 2;
/** Of TFI and data of the frame found last. */
const LENGTH = 3;
/** See `Found`. */
export const FOUND = 4;
export const PARSER_WORDS = 5;

function feed(state: Int32Array, body: Uint8Array, bytes: Uint8Array, start: number, end: number): number {
  state[FOUND] = Found.nothing;
  let at = start;
  if (state[EXTENDED]! > 0) at = takeExtended(state, bytes, at, end);
  else if (state[MISSING] === 0) at = takeHeader(state, bytes, at, end);
  if (state[MISSING]! > 0 && at < end) at = takeBody(state, body, bytes, at, end);
  // Only a frame's end leaves any: the postamble is not worth another call.
  if (at === end || bytes[at] !== 0x00) return at;
  state[LAST] = POSTAMBLE;
  return at + 1;
}

function takeHeader(state: Int32Array, bytes: Uint8Array, start: number, end: number): number {
  let last = state[LAST]!;
  let at = start;
  while (last >> 16 !== START_CODE) {
    if (at === end) {
      state[LAST] = last;
      return end;
    }
    last = (last << 8) | bytes[at++]!;
  }
  state[LAST] = NO_BYTES;
  if (last === ACK_HEADER) state[FOUND] = Found.ack;
  else if (last === NACK_HEADER) state[FOUND] = Found.nack;
  else if (last !== EXTENDED_HEADER) startBody(state, (last >> 8) & 0xff, (last >> 8) + last);
  else {
    state[EXTENDED] = EXTENDED_BYTES;
    return takeExtended(state, bytes, at, end);
  }
  return at;
}

function takeExtended(state: Int32Array, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let last = state[LAST]!;
  let left = state[EXTENDED]!;
  for (; at < end && left > 0; left--) last = (last << 8) | bytes[at++]!;
  state[LAST] = last;
  state[EXTENDED] = left;
  if (left === 0) {
    state[LAST] = NO_BYTES;
    startBody(state, (last >> 8) & 0xffff, (last >> 16) + (last >> 8) + last);
  }
  return at;
}

/** The low byte of `check`, the sum of length and LCS, must be 0. */
function startBody(state: Int32Array, length: number, check: number): void {
  if ((check & 0xff) !== 0 || length === 0 || length > BODY_BYTES_MAX) {
    state[FOUND] = Found.badLength;
    return;
  }
  state[LENGTH] = length;
  state[MISSING] = length + 1;
}

function takeBody(
  state: Int32Array,
  body: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const length = state[LENGTH]!;
  const missing = state[MISSING]!;
  const stop = start + missing < end ? start + missing : end;
  const left = start + missing - stop;
  body.set(bytes.subarray(start, stop), length + 1 - missing);
  state[MISSING] = left;
  if (left > 0) return stop;
  // A body and its DCS sum to 0.
  if ((sumOf(body, 0, length + 1) & 0xff) !== 0) state[FOUND] = Found.badChecksum;
  else state[FOUND] = length === 1 && body[0] === TFI_ERROR ? Found.error : Found.body;
  return stop;
}

/** For every engine. A chip has the same in C: `hal/pn532-frames.ts`. */
export const plainFrames: FrameCodec = { seal: sealFrame, feed };

/**
 * Finds frames in a stream that comes in pieces. Whatever is not a frame is passed over. No byte is looked at
 * twice: what a damaged frame has swallowed is lost, and the driver asks for the frame again.
 */
export class FrameParser {
  /** TFI and data of the frame found last, and then its DCS; good until the next `feed`. */
  readonly body = new Uint8Array(BODY_BYTES_MAX + 1);
  /** Its words, of which FOUND is for others to read: a getter takes an interpreter five times as long. */
  readonly state = new Int32Array(PARSER_WORDS);

  constructor(private readonly codec: FrameCodec = plainFrames) {
    this.reset();
  }

  reset(): void {
    const state = this.state;
    state[LAST] = NO_BYTES;
    state[EXTENDED] = 0;
    state[MISSING] = 0;
  }

  /** See `Found`. */
  get found(): number {
    return this.state[FOUND]!;
  }

  /** Of TFI and data. */
  get length(): number {
    return this.state[LENGTH]!;
  }

  /** A frame's length is known, and its end has not come. */
  get isInBody(): boolean {
    return this.state[MISSING]! > 0;
  }

  /** Something has begun that is not whole: a frame, or what is left of one. Zeros alone are no beginning. */
  get isMidway(): boolean {
    const state = this.state;
    if (state[MISSING]! > 0 || state[EXTENDED]! > 0) return true;
    const last = state[LAST];
    return (
      last !== NO_BYTES && last !== POSTAMBLE && last !== TWO_ZEROS && last !== THREE_ZEROS && last !== 0
    );
  }

  /**
   * Takes bytes from `start`, up to the end of the first frame and its postamble. Returns where it stopped;
   * `found` says what for.
   */
  feed(bytes: Uint8Array, start: number, end: number): number {
    return this.codec.feed(this.state, this.body, bytes, start, end);
  }
}

/**
 * How many bytes the frame that starts somewhere in `bytes[0..count)` takes up to its DCS, counted from
 * `bytes[0]`; 0 when its header is not there. For wires on which the host must know before it reads.
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
