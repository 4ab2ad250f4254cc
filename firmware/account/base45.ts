/**
 * Base45 (RFC 9285), strict as its section 6 demands: each text decodes to bytes that encode to the same
 * text, or to nothing.
 */

/** The alphanumeric characters of a QR code (ISO/IEC 18004, table 5), each at its value. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const BASE = 45;
const NONE = -1;

/** By character code, the value of a character; NONE for those that have none. */
const VALUES = valuesOf(ALPHABET);

function valuesOf(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(NONE);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

/** Characters that so many bytes take. */
export const base45Length = (bytes: number): number => 3 * (bytes >> 1) + 2 * (bytes & 1);

export function base45Encode(bytes: Uint8Array): string {
  const { length } = bytes;
  let text = '';
  for (let at = 0; at + 1 < length; at += 2) text += digits((bytes[at] << 8) | bytes[at + 1], 3);
  return length & 1 ? text + digits(bytes[length - 1], 2) : text;
}

/** Of `value`, so many digits, the lowest first. */
function digits(value: number, count: number): string {
  let text = '';
  for (let left = value; count > 0; count--) {
    text += ALPHABET[left % BASE];
    left = (left / BASE) | 0;
  }
  return text;
}

/**
 * The bytes of `text`; undefined where RFC 9285 says to reject it: another character, one left over, three
 * that stand for more than two bytes, two for more than one. The caller bounds its length.
 */
export function base45Decode(text: string): Uint8Array | undefined {
  const { length } = text;
  const pairs = (length / 3) | 0;
  const isOdd = length % 3 === 2;
  if (length % 3 === 1) return undefined;
  const bytes = new Uint8Array(2 * pairs + (isOdd ? 1 : 0));
  for (let i = 0; i < pairs; i++) {
    const value = number(text, 3 * i, 3);
    if (value < 0 || value > 0xffff) return undefined;
    bytes[2 * i] = value >> 8;
    bytes[2 * i + 1] = value;
  }
  if (!isOdd) return bytes;
  const last = number(text, 3 * pairs, 2);
  if (last < 0 || last > 0xff) return undefined;
  bytes[2 * pairs] = last;
  return bytes;
}

/** The number whose digits stand at `at`, the lowest first; NONE where one of them is none. */
function number(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at + count - 1; i >= at; i--) {
    const code = text.charCodeAt(i);
    const digit = code < VALUES.length ? VALUES[code] : NONE;
    if (digit < 0) return NONE;
    value = value * BASE + digit;
  }
  return value;
}
