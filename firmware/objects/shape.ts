import { putU16, putU32 } from '../bytes.js';
/**
 * The fixed-shape CBOR codec (RFC 8949): definite arrays, byte strings of one length, integers with
 * heads of one width. A field is a constant offset, and strictness is a comparison of the bytes between
 * the fields with a template. Any CBOR decoder reads these objects; only these exact shapes are accepted
 * back.
 */

/**
 * How a field travels in a touch, where an object goes in its compact form. Nothing: as it is. `known`: not
 * at all, since the other side has it. `asked`: not at all where both have the invoice at hand. `rare`:
 * unless it is zero.
 */
export type Travel = '' | 'known' | 'asked' | 'rare';
const TRAVELS: readonly Travel[] = ['', 'known', 'asked', 'rare'];
const [, KNOWN, ASKED, RARE] = TRAVELS.keys();

export interface Field {
  readonly name: string;
  /** Where its value begins. */
  readonly at: number;
  /** Of the value, without its head. */
  readonly bytes: number;
  readonly travel: Travel;
}

const HEAD_U16 = 0x19;
const HEAD_U32 = 0x1a;
export const TINY_MAX = 23;

/** Bytes of the head of an item: `kind` as in the table of a shape. */
function head(kind: string): number[] {
  if (kind === 'tiny') return [];
  if (kind === 'u16') return [HEAD_U16];
  if (kind === 'u32') return [HEAD_U32];
  const length = Number(kind);
  if (length <= TINY_MAX) return [0x40 | length];
  return length < 256 ? [0x58, length] : [0x59, length >> 8, length & 255];
}

function width(kind: string): number {
  if (kind === 'tiny') return 1;
  if (kind === 'u16') return 2;
  return kind === 'u32' ? 4 : Number(kind);
}

/** The lines of a table that say something, each as its words. */
const linesOf = (table: string): string[][] =>
  table
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter(([word]) => word !== '');

// A field in one number, so that a shape takes little memory: where its value begins, its bytes, how it
// travels.
const AT_SHIFT = 14;
const BYTES_SHIFT = 3;
const BYTES = 0x7ff;
const TRAVEL = 7;
const pack = (at: number, bytes: number, travel: number): number =>
  (at << AT_SHIFT) | (bytes << BYTES_SHIFT) | travel;
const atOf = (field: number): number => field >> AT_SHIFT;
const bytesOf = (field: number): number => (field >> BYTES_SHIFT) & BYTES;
const travelOf = (field: number): number => field & TRAVEL;

export class Shape {
  /** Whole length in bytes. */
  readonly length: number;
  /** Where the value of each field begins, in order of the fields. */
  readonly offsets: readonly number[];
  readonly #template: Uint8Array;
  /** Bytes that every object of this shape has: offset in the high bits, value in the low eight. */
  readonly #fixed: readonly number[];
  readonly #tinyAt: readonly number[];
  readonly #fields: readonly number[];
  /** Those that are not known to the other side. */
  readonly #travelling: readonly number[];
  readonly #hasRare: boolean;

  /**
   * `elements`: how many the outer array has; `type`: its first element, the number that tells objects apart.
   * `table`: a line a field: its name, its kind, how it travels. A kind is `tiny`, 0 to 23 in the head byte;
   * `u16` and `u32`, with a head of their own; a number: a byte string of that length. A line `array n` opens
   * a nested array of n elements.
   */
  constructor(
    elements: number,
    type: number,
    private readonly table: string,
  ) {
    const bytes: number[] = [0x80 | elements, type];
    const fixed: number[] = [0, 1];
    const tiny: number[] = [];
    const fields: number[] = [];
    const fix = (heads: readonly number[]) => {
      for (const byte of heads) {
        fixed.push(bytes.length);
        bytes.push(byte);
      }
    };
    for (const [name, kind, travels = ''] of linesOf(table)) {
      if (name === 'array') {
        fix([0x80 | Number(kind)]);
        continue;
      }
      const travel = TRAVELS.indexOf(travels as Travel);
      fix(head(kind));
      if (kind === 'tiny') tiny.push(bytes.length);
      fields.push(pack(bytes.length, width(kind), travel));
      for (let i = width(kind); i > 0; i--) bytes.push(0);
    }
    this.length = bytes.length;
    this.offsets = fields.map(atOf);
    this.#fields = fields;
    this.#template = Uint8Array.from(bytes);
    this.#fixed = fixed.map((at) => (at << 8) | bytes[at]);
    this.#tinyAt = tiny;
    this.#travelling = fields.filter((field) => travelOf(field) !== KNOWN);
    this.#hasRare = fields.some((field) => travelOf(field) === RARE);
  }

  /** The fields, for whoever shows bytes to people. */
  get fields(): readonly Field[] {
    const lines = linesOf(this.table).filter(([name]) => name !== 'array');
    return this.#fields.map((field, i) => ({
      name: lines[i][0],
      at: atOf(field),
      bytes: bytesOf(field),
      travel: TRAVELS[travelOf(field)],
    }));
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

  /** Of a compact form without rare fields: where a shape has none, of each. */
  get compactBytes(): number {
    return this.compact(this.blank()).length;
  }

  /**
   * The compact form of an object of this shape: where it has rare fields, one byte that says which of them
   * are there (the first is bit 0), then the fields that travel, in order. `isAsked`: see Travel.
   */
  compact(bytes: Uint8Array, isAsked = false): Uint8Array {
    const fields = this.#travelling;
    const hasRare = this.#hasRare;
    // Every field goes forward in one array: in an interpreter that is a fraction of what a view of each
    // takes.
    const compact = new Uint8Array(this.length);
    compact.set(bytes);
    let at = hasRare ? 1 : 0;
    let there = 0;
    let bit = 1;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const travel = field & TRAVEL;
      const from = field >> AT_SHIFT;
      const end = from + ((field >> BYTES_SHIFT) & BYTES);
      if (travel === RARE) {
        const isThere = isAnySet(bytes, from, end);
        if (isThere) there |= bit;
        bit <<= 1;
        if (!isThere) continue;
      } else if (isAsked && travel === ASKED) continue;
      compact.copyWithin(at, from, end);
      at += end - from;
    }
    if (hasRare) compact[0] = there;
    return compact.subarray(0, at);
  }

  /**
   * Reads a compact form that begins at `at`: the whole object goes into `target`, which is a `blank` with
   * the fields set that do not travel. Returns the position behind the compact form; -1 when it is none: cut
   * short, a rare field that is there and zero, one that does not exist, a number above 23 in a head byte. So
   * what is expanded fits the shape, and is not compared with it again.
   */
  expand(compact: Uint8Array, at: number, target: Uint8Array, isAsked = false): number {
    const fields = this.#travelling;
    const { length } = this;
    // The object, and behind it the compact form, which has one byte more at the most: see `compact`.
    const form = compact.subarray(at, at + length + 1);
    const all = new Uint8Array(length + form.length);
    all.set(target);
    all.set(form, length);
    let from = length;
    let there = this.#hasRare ? all[from++] : 0;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const travel = field & TRAVEL;
      if (travel === RARE) {
        const isThere = (there & 1) !== 0;
        there >>= 1;
        if (!isThere) continue;
      } else if (isAsked && travel === ASKED) continue;
      const to = field >> AT_SHIFT;
      const width = (field >> BYTES_SHIFT) & BYTES;
      const end = from + width;
      if (end > all.length) return -1;
      all.copyWithin(to, from, end);
      if (travel === RARE && !isAnySet(all, to, to + width)) return -1;
      from = end;
    }
    if (there !== 0 || from > all.length) return -1;
    const tinyAt = this.#tinyAt;
    for (let i = tinyAt.length; i > 0; ) if (all[tinyAt[--i]] > TINY_MAX) return -1;
    target.set(all.subarray(0, length));
    return at + from - length;
  }
}

function isAnySet(bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = end; i > from; ) if (bytes[--i] !== 0) return true;
  return false;
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
