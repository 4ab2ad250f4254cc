export interface Entropy {
  /** Fills `target` from the hardware's random source. Throws rather than give weak bytes. */
  fill(target: Uint8Array): void;
  /**
   * Fills `target` with what the source gives before it is conditioned, where that can be had: for health
   * tests, never for keys.
   */
  readonly sample?: (target: Uint8Array) => void;
}
