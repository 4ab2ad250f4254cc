import type { Entropy } from '../entropy.js';

const fillRandom = native('xs_esp32_fill_random') as (target: Uint8Array) => boolean;
const sampleRandom = native('xs_esp32_sample_random') as (target: Uint8Array) => void;

/**
 * The chip's own generator. The SDK's `rng` module is seeded once, and its Math.random is no source of keys.
 */
export const hardwareEntropy: Entropy = {
  fill(target) {
    if (!fillRandom(target)) throw new Error('the random number generator is stuck');
  },
  sample: (target) => sampleRandom(target),
};
