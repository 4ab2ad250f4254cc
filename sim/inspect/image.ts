import { decodePrepared, type Prepared, SectorHeader } from '../../firmware/store/format.js';
import { crc32 } from '../../hal/crc32.js';
import { type Flash, FlashError } from '../../hal/flash.js';

export interface Geometry {
  readonly unit: number;
  readonly sectorBytes: number;
}

const ORDINARY: Geometry = { unit: 4, sectorBytes: 4096 };
const SECTOR_BYTES_MIN = 256;

/** A flash that reads from a copy of an image; what firmware programs goes into the copy alone. */
export class ImageFlash implements Flash {
  readonly sectorBytes: number;
  readonly sectorCount: number;
  readonly programUnitBytes: number;
  readonly bytes: Uint8Array;
  readonly counters = { reads: 0, readBytes: 0, programs: 0, programBytes: 0 };

  constructor(image: Uint8Array, { unit, sectorBytes }: Geometry) {
    this.bytes = image.slice();
    this.sectorBytes = sectorBytes;
    this.sectorCount = Math.floor(image.length / sectorBytes);
    this.programUnitBytes = unit;
  }

  read(address: number, target: Uint8Array): void {
    this.#require(address, target.length);
    this.counters.reads++;
    this.counters.readBytes += target.length;
    target.set(this.bytes.subarray(address, address + target.length));
  }

  program(address: number, data: Uint8Array): void {
    this.#require(address, data.length);
    this.counters.programs++;
    this.counters.programBytes += data.length;
    for (let i = 0; i < data.length; i++) this.bytes[address + i] &= data[i];
  }

  erase(sector: number): void {
    throw new FlashError('erase', `an image is not erased: sector ${sector}`);
  }

  #require(address: number, length: number): void {
    if (!(address >= 0 && address + length <= this.bytes.length)) {
      throw new FlashError('range', `${length} bytes at ${address} of ${this.bytes.length}`);
    }
  }
}

/** What the first sector header in the image says of itself; the usual when there is none. */
export const geometryOf = (image: Uint8Array): Geometry => writtenGeometry(image) ?? ORDINARY;

/**
 * Undefined when there is no sector header in the image: it is blank, or no image of this firmware's store.
 */
export function writtenGeometry(image: Uint8Array): Geometry | undefined {
  const header = new SectorHeader();
  for (let at = 0; at + header.bytes.length <= image.length; at += SECTOR_BYTES_MIN) {
    header.bytes.set(image.subarray(at, at + header.bytes.length));
    const prepared = decodePrepared(header, crc32);
    if (prepared !== undefined && isPossible(prepared)) return prepared;
  }
  return undefined;
}

export const isPossible = ({ unit, sectorBytes }: Geometry): boolean =>
  (unit === 4 || unit === 16) && sectorBytes >= SECTOR_BYTES_MIN && (sectorBytes & (sectorBytes - 1)) === 0;

/** The prepared part of a sector's header, whatever its version. */
export function preparedOf(flash: ImageFlash, sector: number): Prepared | undefined {
  const header = new SectorHeader();
  header.bytes.set(
    flash.bytes.subarray(sector * flash.sectorBytes, sector * flash.sectorBytes + header.bytes.length),
  );
  return decodePrepared(header, crc32);
}
