/**
 * Base45 (RFC 9285), strict as its section 6 demands: each text decodes to bytes that encode to the same
 * text, or to nothing.
 */

/** The alphanumeric characters of a QR code (ISO/IEC 18004, table 5), each at its value. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const BASE = 45;
/** So far below zero that no other digits make up for it. */
const NONE = -100_000;

/** By its byte, the value of a character; NONE for those that have none. */
const VALUES = valuesOf(ALPHABET);

/** By value, the code of its character. */
const CODES: readonly number[] = Array.from(ALPHABET, (character) => character.charCodeAt(0));

function valuesOf(alphabet: string): readonly number[] {
  const values = new Array<number>(256).fill(NONE);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

/** 2 ** 16 / BASE, rounded up. */
const INVERSE = 1_457;

/** Characters that so many bytes take. */
export const base45Length = (bytes: number): number => 3 * (bytes >> 1) + 2 * (bytes & 1);

export function base45Encode(bytes: Uint8Array): string {
  const codes = new Uint8Array(base45Length(bytes.length));
  base45Into(codes, 0, bytes);
  return String.fromCharCode.apply(undefined, codes as unknown as number[]);
}

/**
 * The same into `codes` from `at` on, a byte a character: a chip makes no string of it that it can do
 * without.
 */
export function base45Into(codes: Uint8Array, at: number, bytes: Uint8Array): void {
  const { length } = bytes;
  let to = at;
  let value = 0;
  let quotient = 0;
  let high = 0;
  for (let i = 1; i < length; i += 2) {
    value = (bytes[i - 1] << 8) | bytes[i];
    // By a multiplication, since a division is one in floating point. It is right or one too large.
    quotient = (value * INVERSE) >> 16;
    value -= quotient * BASE;
    if (value < 0) {
      value += BASE;
      quotient--;
    }
    codes[to++] = CODES[value];
    high = (quotient * INVERSE) >> 16;
    codes[to++] = CODES[quotient - high * BASE];
    codes[to++] = CODES[high];
  }
  if (length & 1) {
    value = bytes[length - 1];
    codes[to++] = CODES[value % BASE];
    codes[to] = CODES[(value / BASE) | 0];
  }
}

/**
 * The bytes that `text` stands for, a byte a character, from byte `from` on; undefined where RFC 9285 says to
 * reject it: another character, one left over, three that stand for more than two bytes, two for more than
 * one. The caller bounds its length. It takes bytes, since XS walks a string anew for each of its characters.
 */
export function base45Decode(text: Uint8Array, from = 0): Uint8Array | undefined {
  const length = text.length - from;
  const rest = length % 3;
  if (length < 0 || rest === 1) return undefined;
  const end = from + length - rest;
  const bytes = new Uint8Array(2 * ((length - rest) / 3) + (rest >> 1));
  const values = VALUES;
  let to = 0;
  let value = 0;
  for (let at = from; at < end; ) {
    value = values[text[at++]] + BASE * values[text[at++]] + BASE * BASE * values[text[at++]];
    if (value < 0 || value > 0xffff) return undefined;
    bytes[to++] = value >> 8;
    bytes[to++] = value;
  }
  if (rest === 0) return bytes;
  value = values[text[end]] + BASE * values[text[end + 1]];
  if (value < 0 || value > 0xff) return undefined;
  bytes[to] = value;
  return bytes;
}
