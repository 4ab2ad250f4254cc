import type { Flash } from '../../hal/flash.js';

const PAGE_BYTES = 256;

/** Flash in RAM that takes room only where something was programmed: for a wallet that lives for one measurement. */
export class SparseFlash implements Flash {
  readonly sectorBytes = 4_096;
  readonly programUnitBytes = 4;
  readonly #pages: (Uint8Array | undefined)[] = [];

  constructor(readonly sectorCount: number) {
    for (let i = 0; i < (sectorCount * this.sectorBytes) / PAGE_BYTES; i++) this.#pages.push(undefined);
  }

  read(address: number, target: Uint8Array): void {
    this.#each(address, target.length, (page, at, from, bytes) => {
      const source = this.#pages[page];
      if (source) target.set(source.subarray(at, at + bytes), from);
      else target.fill(0xff, from, from + bytes);
    });
  }

  program(address: number, data: Uint8Array): void {
    this.#each(address, data.length, (page, at, from, bytes) => {
      let target = this.#pages[page];
      if (!target) {
        target = new Uint8Array(PAGE_BYTES).fill(0xff);
        this.#pages[page] = target;
      }
      for (let i = 0; i < bytes; i++) target[at + i] &= data[from + i];
    });
  }

  erase(sector: number): void {
    const perSector = this.sectorBytes / PAGE_BYTES;
    this.#pages.fill(undefined, sector * perSector, (sector + 1) * perSector);
  }

  #each(
    address: number,
    length: number,
    take: (page: number, at: number, from: number, bytes: number) => void,
  ): void {
    for (let from = 0; from < length; ) {
      const at = (address + from) % PAGE_BYTES;
      const bytes = Math.min(PAGE_BYTES - at, length - from);
      take((address + from - at) / PAGE_BYTES, at, from, bytes);
      from += bytes;
    }
  }
}
