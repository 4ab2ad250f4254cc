import type { QrEncoder } from './qr.js';

const encode = native('xs_qr_encode') as (text: Uint8Array) => ArrayBuffer;

/** In C, for the chip: qr.c. It exists in the XS engine alone, where `native` is. */
export const nativeQr: QrEncoder = (text) => new Uint8Array(encode(text));
