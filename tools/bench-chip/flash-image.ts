/** Sectors that hold anything, as 32-bit words up to the last that is not erased: JSON that the engine reads quickly. */
export interface FlashImage {
  readonly sectorCount: number;
  readonly sectors: readonly { readonly at: number; readonly words: readonly number[] }[];
}

export const SECTOR_BYTES = 4_096;
const WORDS = SECTOR_BYTES / 4;

export function flashImage(bytes: Uint8Array): FlashImage {
  const all = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const sectorCount = all.length / WORDS;
  const sectors = [];
  for (let at = 0; at < sectorCount; at++) {
    let end = (at + 1) * WORDS;
    while (end > at * WORDS && all[end - 1] === -1) end--;
    if (end > at * WORDS) sectors.push({ at, words: [...all.subarray(at * WORDS, end)] });
  }
  return { sectorCount, sectors };
}
