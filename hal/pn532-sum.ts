import type { SumOf } from './pn532/frame.js';

/** In C, for the chip: pn532-sum.c. It exists in the XS engine alone, where `native` is. */
export const sumOf = native('xs_pn532_sum') as SumOf;
