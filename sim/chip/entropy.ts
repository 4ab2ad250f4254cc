/**
 * Entropy of the simulator: none. Xoshiro128** (Blackman and Vigna, 2018) from a seed and a name, so that one
 * seed gives one run and each device has a stream of its own. Keys made from it are for play.
 */
import type { Entropy } from '../../hal/entropy.js';

export class SimEntropy implements Entropy {
  readonly #state = new Uint32Array(4);

  /** `seed`: an unsigned 32-bit number; `name` tells the streams of one seed apart. */
  constructor(seed: number, name = '') {
    // FNV-1a over the name, then splitmix32, which never leaves all four words zero.
    let mix = 0x811c9dc5;
    for (let i = 0; i < name.length; i++) mix = Math.imul(mix ^ name.charCodeAt(i), 0x01000193);
    mix ^= Math.imul(seed, 0x9e3779b1);
    for (let i = 0; i < 4; i++) {
      mix = (mix + 0x9e3779b9) | 0;
      let word = mix;
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      this.#state[i] = word ^ (word >>> 15);
    }
  }

  fill(target: Uint8Array): void {
    let word = 0;
    for (let i = 0; i < target.length; i++) {
      if (i % 4 === 0) word = this.uint32();
      target[i] = word >>> (8 * (i % 4));
    }
  }

  /** The next unsigned 32-bit number. */
  uint32(): number {
    const s = this.#state;
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }
}
