import encodeQR from 'qr';
import { QR_MASK, QR_VERSION_MAX, type QrEncoder, QUIET_MODULES } from '../../hal/qr.js';

/** One alphanumeric segment; level M: a code with a blot on it still reads. */
export const QR_OPTIONS = { ecc: 'medium', encoding: 'alphanumeric', border: QUIET_MODULES } as const;

/** The code of `text`, row after row, with its quiet zone: which modules are dark. */
export const modulesOf = (text: string): boolean[][] => encodeQR(text, 'raw', QR_OPTIONS);

/** As a chip draws it, module by module: test/xs/suites/qr.ts holds the two to it. */
export const plainQr: QrEncoder = (text) => {
  const rows = rowsOf(String.fromCharCode(...text));
  const side = rows.length;
  if (side > 4 * QR_VERSION_MAX + 17)
    throw new RangeError(`version ${QR_VERSION_MAX} does not hold the text`);
  const modules = new Uint8Array(1 + Math.ceil((side * side) / 8));
  modules[0] = side;
  rows.flat().forEach((isDark, i) => {
    if (isDark) modules[1 + (i >> 3)] |= 1 << (i & 7);
  });
  return modules;
};

/** Without a quiet zone, under the mask of chips. */
function rowsOf(text: string): boolean[][] {
  if (text === '') throw new RangeError('no text');
  try {
    const bordered = encodeQR(text, 'raw', { ...QR_OPTIONS, border: 1, mask: QR_MASK });
    return bordered.slice(1, -1).map((row) => row.slice(1, -1));
  } catch (error) {
    throw new RangeError(`no QR code: ${(error as Error).message}`);
  }
}
