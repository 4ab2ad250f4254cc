import { SimEntropy } from '../chip/entropy.js';

/** All that is left to chance in a life. */
export class Dice {
  readonly #random: SimEntropy;

  constructor(seed: number) {
    this.#random = new SimEntropy(seed, 'life');
  }

  uint32(): number {
    return this.#random.uint32();
  }

  /** From 0 to n - 1. */
  below(n: number): number {
    return this.#random.uint32() % n;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)];
  }

  /** Once in `n` throws. */
  isOnceIn(n: number): boolean {
    return this.below(n) === 0;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#random.fill(bytes);
    return bytes;
  }
}
