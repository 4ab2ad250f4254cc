/**
 * The two health tests of NIST SP 800-90B section 4.4, on bytes that a noise source gives before they are
 * conditioned. On the chips' register, which conditions by itself what the ADC feeds it, they find a source
 * that is stuck or nearly so, and nothing finer: they cannot show that one is good.
 */

/** Min-entropy that is claimed for a byte, in bits: half of what it has room for. */
export const CLAIMED_BITS = 4;
/** A sound source is called bad once in 2^30 tests. */
export const ALPHA_BITS = 30;

/** Section 4.4.1: so many equal bytes in a row, 1 + ceil(30 / 4). */
export const REPETITION_MAX = 1 + Math.ceil(ALPHA_BITS / CLAIMED_BITS);
/**
 * Section 4.4.2: a window of bytes, and how often its first may be in it: the least with a binomial tail
 * (512, 1/16) below 2^-30.
 */
export const WINDOW_BYTES = 512;
export const PROPORTION_MAX = 71;

/** Whether no byte repeats REPETITION_MAX times. */
export function passesRepetition(bytes: Uint8Array): boolean {
  let run = 0;
  for (let i = 0; i < bytes.length; i++) {
    run = i > 0 && bytes[i] === bytes[i - 1] ? run + 1 : 1;
    if (run >= REPETITION_MAX) return false;
  }
  return true;
}

/** Whether in each whole window its first byte is seen fewer than PROPORTION_MAX times. */
export function passesProportion(bytes: Uint8Array): boolean {
  for (let from = 0; from + WINDOW_BYTES <= bytes.length; from += WINDOW_BYTES) {
    let seen = 0;
    for (let i = from; i < from + WINDOW_BYTES; i++) if (bytes[i] === bytes[from]) seen++;
    if (seen >= PROPORTION_MAX) return false;
  }
  return true;
}
