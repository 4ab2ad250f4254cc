import FlashStorage from 'embedded:storage/flash';
import type { Flash } from '../flash.js';
import { FlashError } from '../flash.js';

const programUnit = native('xs_esp32_program_unit') as (label: string) => number;

type Partition = ReturnType<typeof FlashStorage.open>;

/**
 * One data partition, found by its label in the partition table. The SDK reads into a buffer as it is, view
 * or not.
 */
export class PartitionFlash implements Flash {
  readonly #partition: Partition;
  readonly sectorBytes: number;
  readonly sectorCount: number;
  readonly programUnitBytes: number;

  constructor(label: string) {
    this.#partition = FlashStorage.open({ path: label });
    const { blockLength, blocks } = this.#partition.status();
    this.sectorBytes = blockLength;
    this.sectorCount = blocks;
    this.programUnitBytes = programUnit(label);
  }

  read(address: number, target: Uint8Array): void {
    this.#within(address, target.length);
    this.#partition.read(target, address);
  }

  program(address: number, data: Uint8Array): void {
    this.#within(address, data.length);
    if (address % this.programUnitBytes !== 0 || data.length % this.programUnitBytes !== 0) {
      throw new FlashError('alignment', `program ${data.length} bytes at ${address}`);
    }
    try {
      this.#partition.write(data, address);
    } catch {
      throw new FlashError('program', `program at ${address}`);
    }
  }

  erase(sector: number): void {
    this.#within(sector * this.sectorBytes, this.sectorBytes);
    try {
      // The SDK counts blocks here, the end excluded.
      this.#partition.eraseBlock(sector, sector + 1);
    } catch {
      throw new FlashError('erase', `erase sector ${sector}`);
    }
  }

  #within(address: number, bytes: number): void {
    if (address < 0 || address + bytes > this.sectorBytes * this.sectorCount) {
      throw new FlashError('range', `${bytes} bytes at ${address}`);
    }
  }
}
