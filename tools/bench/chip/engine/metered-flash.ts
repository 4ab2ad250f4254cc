import type { Flash } from '../../../../hal/flash.js';
import { codeOf, Mark } from '../codes.js';
import { BLOCK_BYTES, type FlashImage, SECTOR_BYTES } from '../flash-image.js';
import type { Meter } from './meter.js';

/** XS has it in place of a way from hexadecimal digits to bytes; big-endian, with so many bytes at least. */
const { fromBigInt } = ArrayBuffer as unknown as {
  fromBigInt(value: bigint, bytesMin: number): ArrayBuffer;
};

/**
 * The flash of a wallet in the engine's own memory. Each operation is noted in the meter, for the time that a
 * real part takes.
 */
export class MeteredFlash implements Flash {
  readonly sectorBytes = SECTOR_BYTES;
  readonly programUnitBytes = 4;
  readonly sectorCount: number;
  readonly #cells: Uint8Array;

  constructor(
    image: FlashImage,
    private readonly meter?: Meter,
  ) {
    this.sectorCount = image.sectorCount;
    this.#cells = new Uint8Array(SECTOR_BYTES * image.sectorCount).fill(0xff);
    for (const [block, digits] of image.blocks) {
      this.#cells.set(new Uint8Array(fromBigInt(BigInt(`0x${digits}`), BLOCK_BYTES)), block * BLOCK_BYTES);
    }
  }

  read(address: number, target: Uint8Array): void {
    this.meter?.enter(codeOf('flash'));
    target.set(this.#cells.subarray(address, address + target.length));
    this.meter?.leave();
    this.meter?.mark(Mark.flashRead, target.length);
  }

  program(address: number, data: Uint8Array): void {
    this.meter?.enter(codeOf('flash'));
    this.#cells.set(data, address);
    this.meter?.leave();
    this.meter?.mark(Mark.flashProgram, data.length);
  }

  erase(sector: number): void {
    this.meter?.enter(codeOf('flash'));
    this.#cells.fill(0xff, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
    this.meter?.leave();
    this.meter?.mark(Mark.flashErase, sector);
  }
}
