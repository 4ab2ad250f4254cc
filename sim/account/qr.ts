import encodeQR from 'qr';

/** As ISO/IEC 18004 asks for: light modules around a code. */
export const QUIET_MODULES = 4;
/** One alphanumeric segment; level M: a code with a blot on it still reads. */
export const QR_OPTIONS = { ecc: 'medium', encoding: 'alphanumeric', border: QUIET_MODULES } as const;

/** The code of `text`, row after row, with its quiet zone: which modules are dark. */
export const modulesOf = (text: string): boolean[][] => encodeQR(text, 'raw', QR_OPTIONS);
