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
/** TFI, code, target or status, 262 bytes of data. */
const BODY_BYTES_MAX = 265;

export const TFI_HOST_TO_CHIP = 0xd4;
export const TFI_CHIP_TO_HOST = 0xd5;
const ERROR_BODY = 0x7f;

export const ACK = Uint8Array.of(PREAMBLE, ...START_CODE, 0x00, 0xff, POSTAMBLE);
export const ERROR = Uint8Array.of(PREAMBLE, ...START_CODE, 0x01, 0xff, ERROR_BODY, 0x81, POSTAMBLE);

/** Preamble, start code, header, `body`, checksum, postamble. */
export function frameOf(body: Uint8Array): Uint8Array {
  const { length } = body;
  if (length > BODY_BYTES_MAX) throw new RangeError(`a body of ${length} bytes`);
  const high = length >> 8;
  const low = length & 0xff;
  const header =
    length > NORMAL_BYTES_MAX
      ? [EXTENDED, EXTENDED, high, low, -(high + low) & 0xff]
      : [length, -length & 0xff];
  let sum = 0;
  for (const byte of body) sum += byte;
  return Uint8Array.of(PREAMBLE, ...START_CODE, ...header, ...body, -sum & 0xff, POSTAMBLE);
}

export type HostFrame =
  | { readonly kind: 'information'; readonly body: Uint8Array }
  | { readonly kind: 'ack' | 'nack' | 'error' | 'damaged' };

type Place = 'start' | 'length' | 'extended' | 'body';

/** Finds frames in the bytes from the host, one byte at a time. */
export class HostFrameReader {
  #place: Place = 'start';
  #before = -1;
  #header: number[] = [];
  #body = new Uint8Array(0);
  #filled = 0;

  reset(): void {
    this.#place = 'start';
    this.#before = -1;
  }

  /**
   * The frame that ends with this byte, if one does. Its postamble is passed over like anything between
   * frames.
   */
  take(byte: number): HostFrame | undefined {
    if (this.#place === 'start') {
      if (this.#before === START_CODE[0] && byte === START_CODE[1]) this.#goTo('length');
      this.#before = byte;
      return undefined;
    }
    return this.#place === 'body' ? this.#takeBody(byte) : this.#takeHeader(byte);
  }

  #goTo(place: Place): void {
    this.#place = place;
    this.#header = [];
    this.#filled = 0;
  }

  #end(kind: 'ack' | 'nack' | 'error' | 'damaged'): HostFrame {
    this.reset();
    return { kind };
  }

  #takeHeader(byte: number): HostFrame | undefined {
    this.#header.push(byte);
    const header = this.#header;
    if (this.#place === 'extended') {
      if (header.length < 3) return undefined;
      return this.#startBody((header[0]! << 8) | header[1]!, header[0]! + header[1]! + header[2]!);
    }
    if (header.length < 2) return undefined;
    const [length, check] = header as [number, number];
    if (length === 0x00 && check === 0xff) return this.#end('ack');
    if (length === 0xff && check === 0x00) return this.#end('nack');
    if (length === EXTENDED && check === EXTENDED) {
      this.#goTo('extended');
      return undefined;
    }
    return this.#startBody(length, length + check);
  }

  #startBody(length: number, sum: number): HostFrame | undefined {
    if ((sum & 0xff) !== 0 || length === 0 || length > BODY_BYTES_MAX) return this.#end('damaged');
    this.#goTo('body');
    this.#body = new Uint8Array(length + 1);
    return undefined;
  }

  #takeBody(byte: number): HostFrame | undefined {
    const bytes = this.#body;
    bytes[this.#filled++] = byte;
    if (this.#filled < bytes.length) return undefined;
    let sum = 0;
    for (const each of bytes) sum += each;
    if ((sum & 0xff) !== 0) return this.#end('damaged');
    this.reset();
    const body = bytes.subarray(0, -1);
    if (body.length === 1 && body[0] === ERROR_BODY) return { kind: 'error' };
    return { kind: 'information', body };
  }
}

/**
 * Where in `bytes` whole frames end: what one write carries reaches the chip frame by frame. The last place
 * is the end.
 */
export function frameEnds(bytes: Uint8Array): number[] {
  const reader = new HostFrameReader();
  const ends: number[] = [];
  bytes.forEach((byte, at) => {
    if (reader.take(byte) !== undefined) ends.push(at + 1);
  });
  // A postamble belongs to its frame.
  const whole = ends.map((end) => (bytes[end] === POSTAMBLE ? end + 1 : end));
  if (whole.at(-1) !== bytes.length) whole.push(bytes.length);
  return whole;
}
