/** A few lines of text; the first is large. */
export interface Screen {
  show(lines: readonly string[]): void;
  /** Dark, and without power where the board can do that. */
  off(): void;
}
