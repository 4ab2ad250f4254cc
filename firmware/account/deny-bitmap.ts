import { getU32, putU32 } from '../bytes.js';
import type { Serials } from './serial-set.js';

const FIRST_BYTES = 4;

/** Body of a bitmap: the serial number of its first bit (4 bytes), then eight certificates a byte. */
export class DenyBitmap implements Serials {
  readonly #first: number;
  readonly #bits: Uint8Array;

  private constructor(body: Uint8Array) {
    this.#first = getU32(body, 0);
    this.#bits = body.subarray(FIRST_BYTES);
  }

  /** `serials`: the denied ones. Throws RangeError for one that is not among `first` to `last`. */
  static bodyOf(serials: ArrayLike<number>, first: number, last: number): Uint8Array {
    const body = new Uint8Array(FIRST_BYTES + Math.ceil((last - first + 1) / 8));
    putU32(body, 0, first);
    for (let i = 0; i < serials.length; i++) {
      const serial = serials[i];
      if (serial < first || serial > last) throw new RangeError(`${serial} is not among ${first} to ${last}`);
      body[FIRST_BYTES + ((serial - first) >>> 3)] |= 0x80 >> ((serial - first) & 7);
    }
    return body;
  }

  /** Undefined when it has no bits, or another number of them set than `count`. */
  static load(body: Uint8Array, count: number): DenyBitmap | undefined {
    if (body.length <= FIRST_BYTES) return undefined;
    const bitmap = new DenyBitmap(body);
    let set = 0;
    const bits = bitmap.#bits;
    for (let i = bits.length - 1; i >= 0; i--) for (let byte = bits[i]; byte > 0; byte &= byte - 1) set++;
    return set === count ? bitmap : undefined;
  }

  has(serial: number): boolean {
    const bit = serial - this.#first;
    const bits = this.#bits;
    return bit >= 0 && bit < 8 * bits.length && (bits[bit >>> 3] & (0x80 >> (bit & 7))) !== 0;
  }
}
