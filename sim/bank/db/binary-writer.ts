/** In place of a length. */
export const NULL = -1;
/** Memory that grows begins with so many. */
export const FIRST_BYTES = 1 << 16;
export const TWO_32 = 0x1_0000_0000;

/** OIDs of types. */
export const Type = { bool: 16, bytea: 17, int8: 20, int4: 23, text: 25 } as const;
export const ArrayType = { bool: 1000, bytea: 1001, int4: 1007, text: 1009, int8: 1016 } as const;

/** Writes values as PostgreSQL's protocol has them in binary, one after another. */
export class BinaryWriter {
  #bytes = Buffer.alloc(FIRST_BYTES);
  #at = 0;

  /** Bytes since the last that were taken. */
  get length(): number {
    return this.#at;
  }

  /** Forgets what came after a place. */
  backTo(length: number): void {
    this.#at = length;
  }

  /** What was written; good until more is written. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#at);
    this.#at = 0;
    return taken;
  }

  /** A letter. */
  letter(letter: string): void {
    this.#byte(letter.charCodeAt(0));
  }

  int2(value: number): void {
    const at = this.#reserve(2);
    this.#bytes.writeUInt16BE(value, at);
  }

  int4(value: number): void {
    if (!Number.isInteger(value)) throw new RangeError(`${value} is no whole number`);
    const at = this.#reserve(4);
    this.#bytes.writeInt32BE(value, at);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  text(text: string): void {
    const at = this.#reserve(3 * text.length);
    this.#at = at + this.#bytes.write(text, at);
  }

  terminated(text: string): void {
    this.text(text);
    this.#byte(0);
  }

  null(): void {
    this.int4(NULL);
  }

  /** Where a length goes that is known later; see `measured`. */
  length4(): number {
    return this.#reserve(4);
  }

  /** Writes at `at`, which `length4` gave, how many bytes came after it; `more` are counted besides. */
  measured(at: number, more = 0): void {
    this.#bytes.writeInt32BE(this.#at - at - 4 + more, at);
  }

  /**
   * An array of one dimension: number of dimensions, whether there are nulls, type; length, first index.
   * `type`: of its elements. Throws RangeError when a value is none of it.
   */
  array(type: number, values: readonly unknown[]): void {
    this.int4(1);
    this.int4(values.some((value) => value === null) ? 1 : 0);
    this.int4(type);
    this.int4(values.length);
    this.int4(1);
    for (const value of values) {
      if (value === null) {
        this.null();
        continue;
      }
      const start = this.length4();
      this.#element(type, value);
      this.measured(start);
    }
  }

  #element(type: number, value: unknown): void {
    switch (type) {
      case Type.bool:
        this.#byte(value ? 1 : 0);
        return;
      case Type.bytea:
        this.raw(value as Uint8Array);
        return;
      case Type.int4:
        this.int4(value as number); // throws when it is beyond 32 bits
        return;
      case Type.int8:
        this.#int8(value as number);
        return;
      default:
        this.text(value as string);
    }
  }

  #int8(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number below 2^53`);
    const at = this.#reserve(8);
    this.#bytes.writeInt32BE(Math.floor(value / TWO_32), at);
    this.#bytes.writeUInt32BE(value >>> 0, at + 4);
  }

  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  /** Comes before `#bytes` is looked at, which may be other memory after it. */
  #reserve(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) {
      const larger = Buffer.alloc(2 * (at + bytes));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    this.#at += bytes;
    return at;
  }
}
