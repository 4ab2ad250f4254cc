/**
 * QR codes of codes of accounts (R28), as ISO/IEC 18004 has them: one alphanumeric segment, level M, and of
 * all versions that hold the text the smallest.
 */

/**
 * The generator of every engine takes this mask and tries no other: to weigh all eight costs a chip six times
 * as much as the code itself, and what is as good as random is read under any of them
 * (`npm run check:codes`).
 */
export const QR_MASK = 0;
/** Of a code with an amount, sealed to a site: the largest that there is. */
export const QR_VERSION_MAX = 12;
/** Light modules that a reader wants on each side of a code. */
export const QUIET_MODULES = 4;

/**
 * The side of the code of `text`, a byte a character, in modules (1 byte), then its modules row after row, a
 * bit each: 1 is dark, the lowest bit comes first. Throws RangeError for what is no alphanumeric text, or
 * fits no version up to QR_VERSION_MAX.
 */
export type QrEncoder = (text: Uint8Array) => Uint8Array;

export const sideOf = (modules: Uint8Array): number => modules[0];

/** Whether the module at column `x` and row `y` is dark. */
export function isDark(modules: Uint8Array, x: number, y: number): boolean {
  const at = y * modules[0] + x;
  return ((modules[1 + (at >> 3)] >> (at & 7)) & 1) === 1;
}

/** Where the modules of a code stand on a display, without the quiet zone around them. */
export interface CodePlace {
  /** Pixels a module. */
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** In the middle of `width` times `height` pixels, as large as it fits with its quiet zone. */
export function placeOfCode(modules: Uint8Array, width: number, height: number): CodePlace {
  const side = sideOf(modules);
  const scale = Math.max(1, Math.floor(Math.min(width, height) / (side + 2 * QUIET_MODULES)));
  return { scale, left: (width - scale * side) >> 1, top: (height - scale * side) >> 1 };
}
