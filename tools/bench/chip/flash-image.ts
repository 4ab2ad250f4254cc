/**
 * A flash as JSON that the engine reads quickly: of each sector the blocks that hold anything, as hexadecimal
 * digits behind their place. There is no faster way in than the engine's own parser of large integers.
 */
export interface FlashImage {
  readonly sectorCount: number;
  /** Number of the block in the flash, then its bytes. */
  readonly blocks: readonly (readonly [number, string])[];
}

export const SECTOR_BYTES = 4_096;
export const BLOCK_BYTES = 64;

export function flashImage(bytes: Uint8Array): FlashImage {
  const blocks: [number, string][] = [];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    if (block.some((byte) => byte !== 0xff))
      blocks.push([at / BLOCK_BYTES, Buffer.from(block).toString('hex')]);
  }
  return { sectorCount: bytes.length / SECTOR_BYTES, blocks };
}
