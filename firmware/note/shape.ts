/**
 * The fixed-shape CBOR codec (RFC 8949): definite arrays, byte strings of one length, integers with
 * heads of one width. A field is a constant offset, and strictness is a comparison of the bytes between
 * the fields with a template. Any CBOR decoder reads these objects; only these exact shapes are accepted back.
 */

/** `tiny` 0..23 in the head byte; `u16`, `u32` with a head of their own; a number: a byte string of that length. */
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

  /** `elements`: how many the outer array has; `type`: its first element, the number that tells objects apart. */
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

export const getU16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];

export const getU32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

/** Equality of public bytes; secrets are compared by `Crypto.equal`. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}

/** The bytes of `parts`, one after another. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const count = parts.length;
  let length = 0;
  for (let i = 0; i < count; i++) length += parts[i].length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const part = parts[i];
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
