export interface Entropy {
  /** Fills `target` from the hardware's random source. Throws rather than give weak bytes. */
  fill(target: Uint8Array): void;
}
