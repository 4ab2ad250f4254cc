import { SimEntropy } from '../chip/entropy.js';

/** Random choices, the same for the same seed. */
export class Chance {
  readonly #entropy: SimEntropy;

  constructor(seed: number, name: string) {
    this.#entropy = new SimEntropy(seed, name);
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return this.#entropy.uint32() % count;
  }

  /** `min` to `max`. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** True once in so many times; never for 0. */
  once(inSo: number): boolean {
    return inSo > 0 && this.below(inSo) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    this.#entropy.fill(bytes);
    return bytes;
  }
}
