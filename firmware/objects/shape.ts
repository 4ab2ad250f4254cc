import { putU16, putU32 } from '../bytes.js';
/**
 * The fixed-shape CBOR codec (RFC 8949): definite arrays, byte strings of one length, integers with
 * heads of one width. A field is a constant offset, and strictness is a comparison of the bytes between
 * the fields with a template. Any CBOR decoder reads these objects; only these exact shapes are accepted
 * back.
 */

/**
 * `tiny` 0..23 in the head byte; `u16`, `u32` with a head of their own; a number: a byte string of that
 * length.
 */
export type FieldKind = 'tiny' | 'u16' | 'u32' | number;

/** An array head that opens a nested array of `array` elements; takes no offset. */
export interface NestedArray {
  readonly array: number;
}

const HEAD_U16 = 0x19;
const HEAD_U32 = 0x1a;
const TINY_MAX = 23;

/** Bytes of the CBOR item `kind`, head included. */
function head(kind: FieldKind): number[] {
  if (kind === 'tiny') return [];
  if (kind === 'u16') return [HEAD_U16];
  if (kind === 'u32') return [HEAD_U32];
  if (kind <= TINY_MAX) return [0x40 | kind];
  return kind < 256 ? [0x58, kind] : [0x59, kind >> 8, kind & 255];
}

function width(kind: FieldKind): number {
  if (kind === 'tiny') return 1;
  if (kind === 'u16') return 2;
  return kind === 'u32' ? 4 : kind;
}

export class Shape {
  /** Whole length in bytes. */
  readonly length: number;
  /** Where the value of each field begins, in order of the fields. */
  readonly offsets: readonly number[];
  readonly #template: Uint8Array;
  /** Bytes that every object of this shape has: offset in the high bits, value in the low eight. */
  readonly #fixed: readonly number[];
  readonly #tinyAt: readonly number[];

  /**
   * `elements`: how many the outer array has; `type`: its first element, the number that tells objects apart.
   */
  constructor(elements: number, type: number, fields: readonly (FieldKind | NestedArray)[]) {
    const bytes: number[] = [0x80 | elements, type];
    const fixed: number[] = [0, 1];
    const tiny: number[] = [];
    const offsets: number[] = [];
    const fix = (heads: readonly number[]) => {
      for (const byte of heads) {
        fixed.push(bytes.length);
        bytes.push(byte);
      }
    };
    for (const field of fields) {
      if (typeof field === 'object') {
        fix([0x80 | field.array]);
        continue;
      }
      fix(head(field));
      if (field === 'tiny') tiny.push(bytes.length);
      offsets.push(bytes.length);
      for (let i = width(field); i > 0; i--) bytes.push(0);
    }
    this.length = bytes.length;
    this.offsets = offsets;
    this.#template = Uint8Array.from(bytes);
    this.#fixed = fixed.map((at) => (at << 8) | bytes[at]);
    this.#tinyAt = tiny;
  }

  /** An object of this shape with every field zero. */
  blank(): Uint8Array {
    return this.#template.slice();
  }

  /** Whether `bytes` is an object of this shape and nothing more. */
  fits(bytes: Uint8Array): boolean {
    if (bytes.length !== this.length) return false;
    const fixed = this.#fixed;
    let pair = 0;
    for (let i = fixed.length; i > 0; ) {
      pair = fixed[--i];
      if (bytes[pair >> 8] !== (pair & 0xff)) return false;
    }
    const tinyAt = this.#tinyAt;
    for (let i = tinyAt.length; i > 0; ) if (bytes[tinyAt[--i]] > TINY_MAX) return false;
    return true;
  }
}

/** The greatest number of a field of 4 bytes. */
export const U32_MAX = 0xffffffff;

/**
 * As `putU32`, for what a bank signs. Throws RangeError when the number does not fit: a time that wraps round
 * is money.
 */
export function fieldU32(bytes: Uint8Array, at: number, value: number): void {
  if (value !== value >>> 0) throw new RangeError(`${value} does not fit 32 bits`);
  putU32(bytes, at, value);
}

/** As `putU16`, for what a bank signs. Throws RangeError when the number does not fit. */
export function fieldU16(bytes: Uint8Array, at: number, value: number): void {
  if (value !== (value & 0xffff)) throw new RangeError(`${value} does not fit 16 bits`);
  putU16(bytes, at, value);
}

/** A number in the head byte, for what a bank signs. Throws RangeError when it does not fit. */
export function fieldTiny(bytes: Uint8Array, at: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > TINY_MAX) throw new RangeError(`${value} is above 23`);
  bytes[at] = value;
}
