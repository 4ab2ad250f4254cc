/**
 * Frames on the host link, seen from the chip (UM0701-02 section 6.2.1); its own reading of the manual, not
 * the driver's.
 */

const PREAMBLE = 0x00;
const START_CODE = [0x00, 0xff] as const;
const POSTAMBLE = 0x00;
/** LEN and LCS that announce an extended frame. */
const EXTENDED = 0xff;
const NORMAL_BYTES_MAX = 255;
/** Where the body begins. */
const NORMAL_OFFSET = 5;
const EXTENDED_OFFSET = 8;
/** Checksum and postamble. */
const TRAILER_BYTES = 2;
/** TFI, code, target or status, 262 bytes of data. */
const BODY_BYTES_MAX = 265;

export const TFI_HOST_TO_CHIP = 0xd4;
const TFI_CHIP_TO_HOST = 0xd5;
const ERROR_BODY = 0x7f;

export const ACK = Uint8Array.of(PREAMBLE, ...START_CODE, 0x00, 0xff, POSTAMBLE);
export const ERROR = Uint8Array.of(PREAMBLE, ...START_CODE, 0x01, 0xff, ERROR_BODY, 0x81, POSTAMBLE);

/** Preamble, start code, header, `body`, checksum, postamble. */
export function frameOf(body: Uint8Array): Uint8Array {
  const frame = frameFor(body.length);
  const start = bodyOffset(body.length);
  frame.set(body, start);
  return sealed(frame, start);
}

/** The frame with the answer to a command: TFI, its code + 1, `data`. */
export function answerFrame(code: number, data: Uint8Array): Uint8Array {
  const length = 2 + data.length;
  const frame = frameFor(length);
  const start = bodyOffset(length);
  frame[start] = TFI_CHIP_TO_HOST;
  frame[start + 1] = code + 1;
  frame.set(data, start + 2);
  return sealed(frame, start);
}

const bodyOffset = (length: number): number => (length > NORMAL_BYTES_MAX ? EXTENDED_OFFSET : NORMAL_OFFSET);

/** The header, and room for a body of `length` bytes and for what comes after it. */
function frameFor(length: number): Uint8Array {
  if (length > BODY_BYTES_MAX) throw new RangeError(`a body of ${length} bytes`);
  const frame = new Uint8Array(bodyOffset(length) + length + TRAILER_BYTES);
  frame[0] = PREAMBLE;
  frame[1] = START_CODE[0];
  frame[2] = START_CODE[1];
  if (length > NORMAL_BYTES_MAX) {
    frame[3] = EXTENDED;
    frame[4] = EXTENDED;
    frame[5] = length >> 8;
    frame[6] = length;
    frame[7] = -((length >> 8) + length);
  } else {
    frame[3] = length;
    frame[4] = -length;
  }
  return frame;
}

function sealed(frame: Uint8Array, start: number): Uint8Array {
  const end = frame.length - TRAILER_BYTES;
  frame[end] = -sumOf(frame, start, end);
  frame[end + 1] = POSTAMBLE;
  return frame;
}

function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at++) sum += bytes[at]!;
  return sum;
}

export type HostFrame =
  | { readonly kind: 'information'; readonly body: Uint8Array }
  | { readonly kind: 'ack' | 'nack' | 'error' | 'damaged' };

const ACK_FOUND: HostFrame = { kind: 'ack' };
const NACK_FOUND: HostFrame = { kind: 'nack' };
const ERROR_FOUND: HostFrame = { kind: 'error' };
const DAMAGED: HostFrame = { kind: 'damaged' };

type Place = 'start' | 'length' | 'extended' | 'body';

/** Finds frames in the bytes from the host. */
export class HostFrameReader {
  /** What `feed` has found. */
  found: HostFrame | undefined;
  #place: Place = 'start';
  #before = -1;
  readonly #header = new Uint8Array(3);
  /** With the checksum. */
  readonly #body = new Uint8Array(BODY_BYTES_MAX + 1);
  /** Bytes of header or body that have come, and the body's that are to come. */
  #filled = 0;
  #bodyBytes = 0;

  reset(): void {
    this.#place = 'start';
    this.#before = -1;
  }

  /**
   * Takes bytes from `start`, up to the end of the first frame. Returns where it stopped; `found` is that
   * frame, if one has ended, and good until the next call. Its postamble is passed over like anything between
   * frames.
   */
  feed(bytes: Uint8Array, start: number, end: number): number {
    this.found = undefined;
    let at = start;
    while (at < end && this.found === undefined) {
      if (this.#place === 'body') at = this.#takeBody(bytes, at, end);
      else if (this.#place === 'start') this.#lookForStart(bytes[at++]!);
      else this.#takeHeader(bytes[at++]!);
    }
    return at;
  }

  #lookForStart(byte: number): void {
    if (this.#before === START_CODE[0] && byte === START_CODE[1]) this.#goTo('length');
    this.#before = byte;
  }

  #goTo(place: Place): void {
    this.#place = place;
    this.#filled = 0;
  }

  #end(frame: HostFrame): void {
    this.reset();
    this.found = frame;
  }

  #takeHeader(byte: number): void {
    const header = this.#header;
    header[this.#filled++] = byte;
    if (this.#place === 'extended') {
      if (this.#filled === 3)
        this.#startBody((header[0]! << 8) | header[1]!, header[0]! + header[1]! + header[2]!);
      return;
    }
    if (this.#filled < 2) return;
    const length = header[0]!;
    const check = header[1]!;
    if (length === 0x00 && check === 0xff) this.#end(ACK_FOUND);
    else if (length === 0xff && check === 0x00) this.#end(NACK_FOUND);
    else if (length === EXTENDED && check === EXTENDED) this.#goTo('extended');
    else this.#startBody(length, length + check);
  }

  #startBody(length: number, sum: number): void {
    if ((sum & 0xff) !== 0 || length === 0 || length > BODY_BYTES_MAX) {
      this.#end(DAMAGED);
      return;
    }
    this.#goTo('body');
    this.#bodyBytes = length + 1;
  }

  #takeBody(bytes: Uint8Array, start: number, end: number): number {
    const body = this.#body;
    const stop = Math.min(end, start + this.#bodyBytes - this.#filled);
    for (let at = start; at < stop; at++) body[this.#filled++] = bytes[at]!;
    if (this.#filled < this.#bodyBytes) return stop;
    const length = this.#bodyBytes - 1;
    if ((sumOf(body, 0, length + 1) & 0xff) !== 0) this.#end(DAMAGED);
    else if (length === 1 && body[0] === ERROR_BODY) this.#end(ERROR_FOUND);
    else this.#end({ kind: 'information', body: body.subarray(0, length) });
    return stop;
  }
}

/**
 * Where in `bytes` whole frames end: what one write carries reaches the chip frame by frame. The last place
 * is the end.
 */
export function frameEnds(bytes: Uint8Array): number[] {
  const { length } = bytes;
  if (isOneFrame(bytes)) return [length];
  const reader = new HostFrameReader();
  const ends: number[] = [];
  let at = 0;
  while (at < length) {
    at = reader.feed(bytes, at, length);
    // A postamble belongs to its frame.
    if (reader.found !== undefined) ends.push(bytes[at] === POSTAMBLE ? at + 1 : at);
  }
  if (ends[ends.length - 1] !== length) ends.push(length);
  return ends;
}

/** Is it a normal frame and nothing else, as nearly all that is written is? */
function isOneFrame(bytes: Uint8Array): boolean {
  const length = bytes[3]!;
  return (
    bytes[0] === PREAMBLE &&
    bytes[1] === START_CODE[0] &&
    bytes[2] === START_CODE[1] &&
    length + bytes[4]! === 0x100 &&
    bytes.length === NORMAL_OFFSET + length + TRAILER_BYTES &&
    bytes[bytes.length - 1] === POSTAMBLE
  );
}
