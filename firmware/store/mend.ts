import type { Crc32 } from '../../hal/crc32.js';
import type { Flash } from '../../hal/flash.js';
import { bodyBytes, type EntryHeader, isBodySound, isOwn, type Layout, recordBytes } from './format.js';

/** What it takes to read a record. */
export interface Ground {
  readonly flash: Flash;
  readonly layout: Layout;
  readonly crc32: Crc32;
}

/**
 * One bad bit in the header of the record at `address` is put right, in memory: the CRC behind its payload
 * covers the header too. False when that does not help: it is no record, or more of it has rotted, or a cut
 * left it without a body.
 */
export function mendHeader(ground: Ground, address: number, header: EntryHeader): boolean {
  const { bytes } = header;
  return mendBit(bytes, 0, bytes.length, () => header.decode() && isOfRecord(ground, address, header));
}

/**
 * Turns one bit of `bytes[from..to)` after another, and leaves the first that makes `isSound` true as it is
 * then. False when none does.
 */
export function mendBit(bytes: Uint8Array, from: number, to: number, isSound: () => boolean): boolean {
  for (let bit = 8 * from; bit < 8 * to; bit++) {
    const mask = 1 << (bit & 7);
    bytes[bit >> 3] ^= mask;
    if (isSound()) return true;
    bytes[bit >> 3] ^= mask;
  }
  return false;
}

function isOfRecord({ flash, layout, crc32 }: Ground, address: number, header: EntryHeader): boolean {
  const { kind, length, bytes } = header;
  const room = layout.sector - (address % layout.sector);
  if (isOwn(kind) || recordBytes(layout, length) > room) return false;
  const body = new Uint8Array(bodyBytes(layout, length));
  flash.read(address + layout.header, body);
  return isBodySound(bytes, body, length, crc32);
}
