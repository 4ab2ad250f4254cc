/**
 * NOR flash in RAM: strict about what may be programmed, and power can fail in any program or erase. Small,
 * to run on the chip itself.
 */
import { type Flash, FlashError } from '../../../hal/flash.js';
import { PowerCut } from '../../../sim/chip/power-cut.js';
import type { Dice } from './dice.js';

export class StrictFlash implements Flash {
  readonly sectorBytes = 4096;
  /** Programs and erases so far. */
  operations = 0;
  erases = 0;
  readonly #cells: Uint8Array;
  #operationsUntilCut = 0;
  #dice: Dice | undefined;
  #isOff = false;

  constructor(
    readonly sectorCount: number,
    readonly programUnitBytes = 4,
  ) {
    this.#cells = new Uint8Array(sectorCount * this.sectorBytes).fill(0xff);
  }

  read(address: number, target: Uint8Array): void {
    this.#require(address, target.length);
    target.set(this.#cells.subarray(address, address + target.length));
  }

  program(address: number, data: Uint8Array): void {
    this.#require(address, data.length);
    const unit = this.programUnitBytes;
    if (address % unit !== 0 || data.length % unit !== 0) throw new FlashError('alignment', `at ${address}`);
    const cells = this.#cells.subarray(address, address + data.length);
    for (let i = 0; i < cells.length; i++) {
      if (cells[i] !== 0xff) throw new FlashError('program', `byte ${address + i} was programmed before`);
    }
    const dice = this.#cut();
    if (dice === undefined) cells.set(data);
    else this.#programSome(cells, data, dice);
  }

  erase(sector: number): void {
    const start = sector * this.sectorBytes;
    this.#require(start, this.sectorBytes);
    this.erases++;
    const cells = this.#cells.subarray(start, start + this.sectorBytes);
    const dice = this.#cut();
    if (dice === undefined) cells.fill(0xff);
    else this.#eraseSome(cells, dice);
  }

  /**
   * Power fails in the n-th program or erase from now, 1 being the next; `dice` say what that leaves. 0: it
   * does not.
   */
  cutAt(operation: number, dice: Dice): void {
    this.#operationsUntilCut = operation;
    this.#dice = dice;
  }

  powerOn(): void {
    this.#isOff = false;
    this.#operationsUntilCut = 0;
  }

  /** Becomes as `other`, of the same size, is. */
  copyFrom(other: StrictFlash): void {
    this.#cells.set(other.#cells);
    this.powerOn();
  }

  /** The dice, when power fails in this operation. */
  #cut(): Dice | undefined {
    this.operations++;
    return this.#operationsUntilCut > 0 && --this.#operationsUntilCut === 0 ? this.#dice : undefined;
  }

  /** Nothing, everything, the first bytes, or any of the bits. */
  #programSome(cells: Uint8Array, data: Uint8Array, dice: Dice): never {
    const style = dice.below(4);
    const end = style === 0 ? 0 : style === 1 ? data.length : dice.below(data.length + 1);
    cells.set(data.subarray(0, end));
    if (style === 3) for (let i = end; i < data.length; i++) cells[i] = data[i] | (dice.word() & 0xff);
    this.#die();
  }

  /** Nothing, everything, or a stretch that reads as anything. */
  #eraseSome(cells: Uint8Array, dice: Dice): never {
    const style = dice.below(3);
    if (style > 0) cells.fill(0xff);
    if (style > 1) this.#spoil(cells, dice);
    this.#die();
  }

  #spoil(cells: Uint8Array, dice: Dice): void {
    const at = dice.below(cells.length - 64);
    cells.fill(dice.below(256), at, at + dice.below(cells.length - at));
    cells.set(dice.bytes(16), at);
  }

  #die(): never {
    this.#isOff = true;
    throw new PowerCut('power failed');
  }

  #require(address: number, length: number): void {
    if (this.#isOff) throw new PowerCut('no power');
    if (!(address >= 0 && address + length <= this.#cells.length)) {
      throw new FlashError('range', `${length} bytes at ${address}`);
    }
  }
}
