/** A few lines of text, the first large; or a code. */
export interface Screen {
  show(lines: readonly string[]): void;
  /** A QR code alone, as `QrEncoder` of qr.ts gives it: dark on light, where `placeOfCode` has it. */
  drawModules(modules: Uint8Array): void;
  /** Dark, and without power where the board can do that. */
  off(): void;
}
