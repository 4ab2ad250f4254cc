import type { Flash } from '../../hal/flash.js';
import { NOTHING } from '../bytes.js';

const GRAIN_BYTES = 64;

/**
 * Flash in RAM that takes room for as much of a sector as was programmed, from its beginning: for a wallet
 * that lives for one measurement.
 */
export class SparseFlash implements Flash {
  readonly sectorBytes = 4_096;
  readonly programUnitBytes = 4;
  readonly #sectors: Uint8Array[] = [];

  constructor(readonly sectorCount: number) {
    for (let i = 0; i < sectorCount; i++) this.#sectors.push(NOTHING);
  }

  read(address: number, target: Uint8Array): void {
    this.#each(address, target.length, (sector, at, from, bytes) => {
      const kept = this.#sectors[sector].subarray(at, at + bytes);
      target.set(kept, from);
      target.fill(0xff, from + kept.length, from + bytes);
    });
  }

  program(address: number, data: Uint8Array): void {
    this.#each(address, data.length, (sector, at, from, bytes) => {
      const target = this.#grown(sector, at + bytes);
      for (let i = 0; i < bytes; i++) target[at + i] &= data[from + i];
    });
  }

  erase(sector: number): void {
    this.#sectors[sector] = NOTHING;
  }

  #grown(sector: number, bytes: number): Uint8Array {
    const content = this.#sectors[sector];
    if (content.length >= bytes) return content;
    const grown = new Uint8Array(Math.ceil(bytes / GRAIN_BYTES) * GRAIN_BYTES).fill(0xff);
    grown.set(content);
    this.#sectors[sector] = grown;
    return grown;
  }

  #each(
    address: number,
    length: number,
    take: (sector: number, at: number, from: number, bytes: number) => void,
  ): void {
    for (let from = 0; from < length; ) {
      const at = (address + from) % this.sectorBytes;
      const bytes = Math.min(this.sectorBytes - at, length - from);
      take((address + from - at) / this.sectorBytes, at, from, bytes);
      from += bytes;
    }
  }
}
