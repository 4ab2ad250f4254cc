import { ACCOUNT_SERIALS_MAX } from '../limits.js';

/** Serial numbers of one platform's certificates: a deny list of any kind, or a whitelist. */
export interface Serials {
  has(serial: number): boolean;
}

/** Serial numbers that are known one by one. Found by bisection. */
export class SerialSet implements Serials {
  /** Ascending; not for writing. */
  readonly sorted: Uint32Array;

  /** Throws RangeError for more than ACCOUNT_SERIALS_MAX. */
  constructor(serials: ArrayLike<number>) {
    if (serials.length > ACCOUNT_SERIALS_MAX)
      throw new RangeError(`${serials.length} serial numbers are more than ${ACCOUNT_SERIALS_MAX}`);
    this.sorted = Uint32Array.from(serials).sort();
  }

  has(serial: number): boolean {
    const { sorted } = this;
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < serial) low = middle + 1;
      else high = middle;
    }
    return low < sorted.length && sorted[low] === serial;
  }
}
