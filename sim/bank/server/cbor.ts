/** A decoder that takes less than CBOR allows: see `decodeCbor`. */
export interface Bounds {
  readonly depth: number;
  readonly items: number;
}

const DEFAULT_BOUNDS: Bounds = { depth: 8, items: 20_000 };
const INDEFINITE = 31;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that are no item of the strict subset. */
class Malformed extends Error {}

/**
 * One item of a strict subset of CBOR (RFC 8949): definite lengths, heads in their shortest form, text as
 * keys and each key once, no tags, no simple values but false, true, null and undefined, 64-bit floats. Byte
 * strings are copied. Undefined when the bytes are anything else, or more than the bounds allow: what is
 * decoded is never larger than a fixed multiple of what came.
 */
export function decodeStrict(bytes: Uint8Array, bounds = DEFAULT_BOUNDS): unknown {
  try {
    return new Decoder(bytes, bounds).only();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Decoder {
  #at = 0;
  #items = 0;
  readonly #view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly bounds: Bounds,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  only(): unknown {
    const item = this.#item(this.bounds.depth);
    if (this.#at !== this.bytes.length) throw new Malformed();
    return item;
  }

  #item(depth: number): unknown {
    if (++this.#items > this.bounds.items || depth === 0) throw new Malformed();
    const [first] = this.#take(1);
    const info = first & 0x1f;
    if (first >> 5 === 7) return this.#simple(info);
    const value = this.#head(info);
    switch (first >> 5) {
      case 0:
        return value;
      case 1:
        return -1 - value;
      case 2:
        return this.#take(value).slice();
      case 3:
        return this.#text(value);
      case 4:
        return this.#array(value, depth);
      case 5:
        return this.#map(value, depth);
      default:
        throw new Malformed(); // a tag
    }
  }

  /** The argument of a head: a whole number below 2^53. */
  #head(info: number): number {
    if (info < 24) return info;
    if (info > 27) throw new Malformed();
    const width = 1 << (info - 24);
    let value = 0;
    for (const byte of this.#take(width)) value = value * 256 + byte;
    const least = width === 1 ? 24 : 256 ** (width / 2);
    if (value < least || value > Number.MAX_SAFE_INTEGER) throw new Malformed();
    return value;
  }

  #simple(info: number): unknown {
    if (info === 27) {
      this.#take(8);
      return this.#view.getFloat64(this.#at - 8);
    }
    if (info < 20 || info > 23 || info === INDEFINITE) throw new Malformed();
    return [false, true, null, undefined][info - 20];
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.bytes.length) throw new Malformed();
    const taken = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #text(length: number): string {
    try {
      return utf8.decode(this.#take(length));
    } catch {
      throw new Malformed();
    }
  }

  /** An item takes at least a byte, so no length can ask for more than what is there. */
  #array(length: number, depth: number): unknown[] {
    if (length > this.bytes.length - this.#at) throw new Malformed();
    const array: unknown[] = [];
    for (let i = 0; i < length; i++) array.push(this.#item(depth - 1));
    return array;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    if (length > this.bytes.length - this.#at) throw new Malformed();
    const entries = new Map<string, unknown>();
    for (let i = 0; i < length; i++) {
      const key = this.#item(depth - 1);
      if (typeof key !== 'string' || entries.has(key)) throw new Malformed();
      entries.set(key, this.#item(depth - 1));
    }
    return Object.fromEntries(entries);
  }
}
