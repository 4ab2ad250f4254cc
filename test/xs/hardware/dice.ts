/** Random choices from a seed: the same in every engine. */
import { SimEntropy } from '../../../sim/chip/entropy.js';

export class Dice {
  readonly #entropy: SimEntropy;

  constructor(seed: number, name = 'dice') {
    this.#entropy = new SimEntropy(seed, name);
  }

  /** An unsigned 32-bit number. */
  readonly word = (): number => this.#entropy.uint32();

  /** A whole number from 0 to n - 1. */
  below(n: number): number {
    return this.word() % n;
  }

  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#entropy.fill(bytes);
    return bytes;
  }
}
