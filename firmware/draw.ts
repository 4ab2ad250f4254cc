import type { Entropy } from '../hal/entropy.js';

/** The random source has given nothing. What needed it has not been done, and may be tried again. */
export class EntropyError extends Error {}

/** `bytes` random bytes. Throws EntropyError, whatever the source throws. */
export function draw(entropy: Entropy, bytes: number): Uint8Array {
  const random = new Uint8Array(bytes);
  try {
    entropy.fill(random);
  } catch {
    throw new EntropyError('the random source gives nothing');
  }
  return random;
}
