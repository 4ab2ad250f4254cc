import { encode } from 'fast-png';
import encodeQR from 'qr';
import { isDark, QUIET_MODULES, sideOf } from '../../../hal/qr.js';
import { QR_OPTIONS } from '../../../sim/account/qr.js';

/** A picture in shades of gray: a byte a pixel, 0 black, row after row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The code of `text`, `scale` pixels a module, with its quiet zone. */
export function pictureOf(text: string, scale: number): Picture {
  const pixels = encodeQR(text, 'raw', { ...QR_OPTIONS, scale });
  const { length: width } = pixels;
  return { width, height: width, data: Uint8Array.from(pixels.flat(), (isDark) => (isDark ? 0 : 255)) };
}

/** A code that a device has made, `scale` pixels a module, with its quiet zone. */
export function pictureOfModules(modules: Uint8Array, scale: number): Picture {
  const width = scale * (sideOf(modules) + 2 * QUIET_MODULES);
  const moduleAt = (pixel: number): number => Math.floor(pixel / scale) - QUIET_MODULES;
  const isInside = (module: number): boolean => module >= 0 && module < sideOf(modules);
  const data = Uint8Array.from({ length: width * width }, (_, i) => {
    const [x, y] = [moduleAt(i % width), moduleAt(Math.floor(i / width))];
    return isInside(x) && isInside(y) && isDark(modules, x, y) ? 0 : 255;
  });
  return { width, height: width, data };
}

export const pngOf = ({ width, height, data }: Picture): Uint8Array =>
  encode({ width, height, data, channels: 1, depth: 8 });

export const svgOf = (text: string): string => `${encodeQR(text, 'svg', QR_OPTIONS)}\n`;

/** Lines of block characters, two modules high; for light text on a dark ground. */
export const blocksOf = (text: string): string[] => encodeQR(text, 'ascii', QR_OPTIONS).trimEnd().split('\n');

/** Level of error correction: QR's own letters. */
export type Level = 'L' | 'M' | 'Q';
const LEVELS = { L: 'low', M: 'medium', Q: 'quartile' } as const;

/** The smallest version (1 to 40) that holds `text`. A code has 17 modules a side, and 4 more a version. */
export function qrVersion(text: string, level: Level): number {
  const { length } = encodeQR(text, 'raw', { ...QR_OPTIONS, ecc: LEVELS[level] });
  return (length - 2 * QUIET_MODULES - 17) / 4;
}
