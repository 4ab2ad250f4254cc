/**
 * CRC-32 as in IEEE 802.3 and zip (reflected polynomial 0xEDB88320), of `bytes` from `start` up to `end`;
 * `previous` is the CRC of what came before, or 0. An unsigned 32-bit number. The store asks for it; a chip
 * gives its own, in C.
 */
export type Crc32 = (bytes: Uint8Array, start: number, end: number, previous: number) => number;

const table = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  table[i] = value;
}

/** For every engine: the reference, and what the simulator runs. */
export const crc32: Crc32 = (bytes, start, end, previous) => {
  let crc = ~previous;
  for (let i = start; i < end; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
};
