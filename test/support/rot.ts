import { openStore } from '../../firmware/store/open.js';
import { crc32 } from '../../hal/crc32.js';
import type { NorFlash } from '../../sim/chip/nor-flash.js';

/**
 * Flips a bit in the value of `key` wherever it lies in flash, whole copies only. Returns how many were hit.
 */
export function rot(nor: NorFlash, key: number): number {
  const image = nor.exportImage();
  const opened = openStore(nor, crc32);
  if (opened.status !== 'ok') throw new Error(opened.status);
  const value = opened.store.get(key)?.slice() ?? new Uint8Array(0);
  let hits = 0;
  const at = Buffer.from(image).indexOf(value);
  for (let found = at; found >= 0; found = Buffer.from(image).indexOf(value, found + 1)) {
    // The key stands, inverted, in the last four bytes of the header before it.
    if (image[found - 4] !== (~key & 0xff)) continue;
    image[found] ^= 0x10;
    hits++;
  }
  nor.importImage(image);
  return hits;
}
