import { closeSync, existsSync, openSync, readSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import type { Flash } from '../../hal/flash.js';
import { takeLock } from './folder-lock.js';
import { PRIVATE_FILE } from './private-folder.js';

/**
 * Flash in a file, written through at once: what is in it survives the process, wherever that was stopped. It
 * is one process's: two devices on one flash would each spend what the other has.
 */
export class FileFlash implements Flash {
  readonly sectorBytes = 4_096;
  readonly programUnitBytes = 4;
  readonly #file: number;
  readonly #unlock: () => void;

  constructor(
    path: string,
    readonly sectorCount: number,
  ) {
    this.#unlock = takeLock(path, `${path}.lock`);
    try {
      if (!existsSync(path)) {
        const erased = new Uint8Array(sectorCount * this.sectorBytes).fill(0xff);
        // Aside first: a process that is stopped leaves a whole flash, or none.
        writeFileSync(`${path}.new`, erased, { mode: PRIVATE_FILE });
        renameSync(`${path}.new`, path);
      }
      this.#file = openSync(path, 'r+');
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  read(address: number, target: Uint8Array): void {
    readSync(this.#file, target, 0, target.length, address);
  }

  program(address: number, data: Uint8Array): void {
    const cells = new Uint8Array(data.length);
    this.read(address, cells);
    writeSync(
      this.#file,
      cells.map((cell, i) => cell & data[i]),
      0,
      data.length,
      address,
    );
  }

  erase(sector: number): void {
    writeSync(
      this.#file,
      new Uint8Array(this.sectorBytes).fill(0xff),
      0,
      this.sectorBytes,
      sector * this.sectorBytes,
    );
  }

  close(): void {
    closeSync(this.#file);
    this.#unlock();
  }
}
