import type { Crc32 } from './crc32.js';

/** In C, for the chip: crc32.c. It exists in the XS engine alone, where `native` is. */
export const crc32 = native('xs_crc32') as Crc32;
