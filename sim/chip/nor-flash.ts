/**
 * A serial NOR flash of the W25Q class: programming clears bits, erasing sets a sector's, power may fail in
 * the middle of either, cells wear out, and every operation takes its time.
 */
import { type Flash, FlashError } from '../../hal/flash.js';
import { PowerCut } from './power-cut.js';

/** Microseconds. */
export interface NorTimings {
  /** A read command, and each byte of it on the bus. */
  readonly readCommand_us: number;
  readonly readByte_us: number;
  /** The first byte of a page program, and each byte after it. */
  readonly programFirstByte_us: number;
  readonly programByte_us: number;
  readonly eraseSector_us: number;
}

/**
 * Typical times of Winbond's W25Q data sheets (AC electrical characteristics): a page of 256 bytes takes tPP
 * = 0.4 ms (W25Q32JV) to 0.7 ms (W25Q64FV, which gives it as tBP1 = 30 µs and tBP2 = 2.5 µs a byte); a sector
 * of 4 KB takes tSE = 45 ms. At the end of its life a part may take 3 ms and 400 ms. Reads: 80 MHz, four
 * lines, 6 bytes of command.
 */
export const W25Q_TYPICAL: NorTimings = Object.freeze({
  readCommand_us: 0.5,
  readByte_us: 0.025,
  programFirstByte_us: 30,
  programByte_us: 2.5,
  eraseSector_us: 45_000,
});

const PAGE_BYTES = 256;

export interface NorFlashOptions {
  readonly sectorBytes?: number;
  readonly sectorCount: number;
  /** 4, or 16 to stand for flash encryption. */
  readonly programUnitBytes?: number;
  /**
   * Lets a unit be programmed again without an erase, clearing more bits. Real parts do; firmware must not
   * need it.
   */
  readonly allowReprogram?: boolean;
  /** Lets a cut erase leave bits that read now so, now so, until an erase of that sector comes to its end. */
  readonly unstableErases?: boolean;
  readonly timings?: NorTimings;
  /** Hears of every operation how long it took: to move a virtual clock. */
  readonly onBusy?: (busy_us: number) => void;
}

/**
 * How a sector behaves that does not erase any more: it says so, or it keeps some of its bits and says
 * nothing.
 */
export type WornOut = 'throws' | 'stays-dirty';

export class NorFlash implements Flash {
  readonly sectorBytes: number;
  readonly sectorCount: number;
  readonly programUnitBytes: number;
  readonly counters = { reads: 0, readBytes: 0, programs: 0, programBytes: 0, erases: 0 };
  /** Erases of each sector since the part was made. */
  readonly eraseCounts: Uint32Array;
  /** Time that the part was busy. */
  busy_us = 0;

  readonly #cells: Uint8Array;
  /** 1 for each unit programmed since its erase. */
  readonly #programmed: Uint8Array;
  readonly #allowReprogram: boolean;
  readonly #unstableErases: boolean;
  /** Bits without a value of their own, in the sectors that #isUnstable names. */
  readonly #unstable: Uint8Array;
  readonly #isUnstable: Uint8Array;
  /** Bits that are 1, and 0, whatever is done to them; empty while there are none. */
  #stuckOnes = new Uint8Array(0);
  #stuckZeros = new Uint8Array(0);
  readonly #wornOut = new Map<number, WornOut>();
  readonly #timings: NorTimings;
  readonly #onBusy: (busy_us: number) => void;
  #off = false;
  #operationsUntilCut = 0;
  #random32: () => number = () => 0;

  constructor(options: NorFlashOptions) {
    this.sectorBytes = options.sectorBytes ?? 4096;
    this.sectorCount = options.sectorCount;
    this.programUnitBytes = options.programUnitBytes ?? 4;
    this.#allowReprogram = options.allowReprogram ?? false;
    this.#timings = options.timings ?? W25Q_TYPICAL;
    this.#onBusy = options.onBusy ?? (() => {});
    this.#cells = new Uint8Array(this.sectorBytes * this.sectorCount).fill(0xff);
    this.#programmed = new Uint8Array(this.#cells.length / this.programUnitBytes);
    this.eraseCounts = new Uint32Array(this.sectorCount);
    this.#unstableErases = options.unstableErases ?? false;
    this.#unstable = new Uint8Array(this.#unstableErases ? this.#cells.length : 0);
    this.#isUnstable = new Uint8Array(this.sectorCount);
  }

  read(address: number, target: Uint8Array): void {
    this.#requirePower();
    this.#requireRange(address, target.length);
    this.counters.reads++;
    this.counters.readBytes += target.length;
    this.#busy(this.#timings.readCommand_us + this.#timings.readByte_us * target.length);
    if (target.length > 64) target.set(this.#cells.subarray(address, address + target.length));
    else for (let i = 0; i < target.length; i++) target[i] = this.#cells[address + i];
    const first = Math.floor(address / this.sectorBytes);
    const last = Math.floor((address + target.length - 1) / this.sectorBytes);
    if (!this.#isUnstable[first] && !this.#isUnstable[last]) return;
    for (let i = 0; i < target.length; i++) target[i] ^= this.#unstable[address + i] & this.#random32();
  }

  program(address: number, data: Uint8Array): void {
    this.#requirePower();
    this.#requireRange(address, data.length);
    const unit = this.programUnitBytes;
    if (address % unit !== 0 || data.length % unit !== 0) {
      throw new FlashError('alignment', `program: ${data.length} bytes at ${address}, unit ${unit}`);
    }
    const units = this.#programmed.subarray(address / unit, (address + data.length) / unit);
    if (!this.#allowReprogram && units.includes(1)) {
      throw new FlashError('program', `program: a unit at ${address} + ${data.length} was programmed before`);
    }
    units.fill(1);
    this.counters.programs++;
    this.counters.programBytes += data.length;
    this.#busy(this.#programTime_us(address, data.length));
    const cut = this.#isCut();
    if (cut) {
      const survives = this.#cutMask();
      for (let i = 0; i < data.length; i++) this.#cells[address + i] &= data[i] | survives();
    } else for (let i = 0; i < data.length; i++) this.#cells[address + i] &= data[i];
    this.#stick(address, address + data.length);
    // A unit that the cut left as it was reads as erased, so nobody can know better than to use it.
    if (cut) for (let i = 0; i < units.length; i++) units[i] = this.#isUnitErased(address / unit + i) ? 0 : 1;
    if (cut) this.#powerOff('program');
  }

  erase(sector: number): void {
    this.#requirePower();
    this.#requireRange(sector * this.sectorBytes, this.sectorBytes);
    this.counters.erases++;
    this.eraseCounts[sector]++;
    this.#busy(this.#timings.eraseSector_us);
    const start = sector * this.sectorBytes;
    const cells = this.#cells.subarray(start, start + this.sectorBytes);
    const cut = this.#isCut();
    const wornOut = this.#wornOut.get(sector);
    if (cut) this.#eraseHalf(cells);
    else if (wornOut === undefined) cells.fill(0xff);
    else if (wornOut === 'stays-dirty')
      for (let i = 0; i < cells.length; i++) cells[i] |= i % 37 === 0 ? 0xf7 : 0xff;
    this.#stick(start, start + this.sectorBytes);
    this.#setUnstable(sector, cut && this.#unstableErases && this.#random32() % 2 === 0);
    if (wornOut === 'throws' && !cut) throw new FlashError('erase', `sector ${sector} does not erase`);
    const unit = this.programUnitBytes;
    // half erased is not erased
    this.#programmed.fill(cut ? 1 : 0, start / unit, (start + this.sectorBytes) / unit);
    if (cut) this.#powerOff('erase');
  }

  /**
   * Power fails in the n-th program or erase from now (1 is the next). A program then leaves any subset of
   * its bits, an erase leaves anything; `random32` gives unsigned 32-bit numbers and so decides what.
   */
  cutAtOperation(n: number, random32: () => number): void {
    this.#operationsUntilCut = n;
    this.#random32 = random32;
  }

  /** Power comes back, and a cut that has not happened yet is called off. */
  powerOn(): void {
    this.#off = false;
    this.#operationsUntilCut = 0;
  }

  /** From now on the sector does not erase. */
  wearOut(sector: number, how: WornOut): void {
    this.#wornOut.set(sector, how);
  }

  /** From now on the bits of `mask` at `address` are `value`, whatever is programmed or erased. */
  stick(address: number, mask: number, value: 0 | 1): void {
    this.#requireRange(address, 1);
    if (this.#stuckOnes.length === 0) {
      this.#stuckOnes = new Uint8Array(this.#cells.length);
      this.#stuckZeros = new Uint8Array(this.#cells.length);
    }
    const stuck = value === 1 ? this.#stuckOnes : this.#stuckZeros;
    stuck[address] |= mask;
    this.#stick(address, address + 1);
  }

  /** Turns the bits of `mask` over, as time does. They are as good as new after the next erase. */
  flip(address: number, mask: number): void {
    this.#requireRange(address, 1);
    this.#cells[address] ^= mask;
    this.#stick(address, address + 1);
  }

  /**
   * Becomes as `other`, of the same geometry and options, is: every cell, its faults, its wear. Power is on.
   */
  copyFrom(other: NorFlash): void {
    this.#cells.set(other.#cells);
    this.#programmed.set(other.#programmed);
    this.#unstable.set(other.#unstable);
    this.#isUnstable.set(other.#isUnstable);
    this.#stuckOnes = other.#stuckOnes.slice();
    this.#stuckZeros = other.#stuckZeros.slice();
    this.#wornOut.clear();
    for (const [sector, how] of other.#wornOut) this.#wornOut.set(sector, how);
    this.eraseCounts.set(other.eraseCounts);
    this.#random32 = other.#random32;
    this.powerOn();
  }

  /** A copy of every byte. */
  exportImage(): Uint8Array {
    return this.#cells.slice();
  }

  /** Every unit of the image that is not erased counts as programmed. */
  importImage(image: Uint8Array): void {
    if (image.length !== this.#cells.length) {
      throw new FlashError('range', `image of ${image.length} bytes for a flash of ${this.#cells.length}`);
    }
    this.#cells.set(image);
    this.#isUnstable.fill(0);
    this.#unstable.fill(0);
    this.#stick(0, image.length);
    for (let i = 0; i < this.#programmed.length; i++) {
      this.#programmed[i] = this.#isUnitErased(i) ? 0 : 1;
    }
  }

  #isUnitErased(index: number): boolean {
    const at = index * this.programUnitBytes;
    for (let i = 0; i < this.programUnitBytes; i++) if (this.#cells[at + i] !== 0xff) return false;
    return true;
  }

  #stick(start: number, end: number): void {
    if (this.#stuckOnes.length === 0) return;
    for (let i = start; i < end; i++) {
      this.#cells[i] = (this.#cells[i] | this.#stuckOnes[i]) & ~this.#stuckZeros[i];
    }
  }

  #setUnstable(sector: number, isUnstable: boolean): void {
    const start = sector * this.sectorBytes;
    if (this.#isUnstable[sector]) this.#unstable.fill(0, start, start + this.sectorBytes);
    this.#isUnstable[sector] = isUnstable ? 1 : 0;
    if (!isUnstable) return;
    const style = this.#random32() % 3;
    for (let i = start; i < start + this.sectorBytes; i += 4) {
      // Few cells, half of them, or a stretch.
      const random = this.#random32();
      const bits =
        style === 0 ? random & (random << 7) & (random << 13) : style === 1 ? random : -(random & 1);
      for (let j = 0; j < 4; j++) this.#unstable[i + j] = bits >>> (8 * j);
    }
  }

  #programTime_us(address: number, length: number): number {
    const pages = Math.floor((address + length - 1) / PAGE_BYTES) - Math.floor(address / PAGE_BYTES) + 1;
    const { programFirstByte_us, programByte_us } = this.#timings;
    return length === 0 ? 0 : pages * programFirstByte_us + (length - pages) * programByte_us;
  }

  #busy(busy_us: number): void {
    this.busy_us += busy_us;
    this.#onBusy(busy_us);
  }

  #isCut(): boolean {
    return this.#operationsUntilCut > 0 && --this.#operationsUntilCut === 0;
  }

  #powerOff(operation: string): never {
    this.#off = true;
    throw new PowerCut(`power failed during ${operation}`);
  }

  #requirePower(): void {
    if (this.#off) throw new PowerCut('no power');
  }

  #requireRange(address: number, length: number): void {
    if (!(address >= 0 && address + length <= this.#cells.length)) {
      throw new FlashError('range', `${length} bytes at ${address} of ${this.#cells.length}`);
    }
  }

  /**
   * For each byte, the bits that stay as they were. Even odds alone would hardly ever leave all or nothing.
   */
  #cutMask(): () => number {
    const random = this.#random32;
    const style = random() % 6;
    if (style === 0) return () => 0xff; // nothing was programmed
    if (style === 1) return () => 0x00; // everything was
    if (style === 2) return () => random() & random() & 0xff;
    if (style === 3) return () => (random() | random()) & 0xff;
    if (style === 4) return () => random() & 0xff;
    let bytes = random() % 64; // the first bytes only
    return () => (bytes-- > 0 ? 0x00 : 0xff);
  }

  #eraseHalf(cells: Uint8Array): void {
    const style = this.#random32() % 4;
    if (style === 0) return;
    for (let i = 0; i < cells.length; i++) {
      const random = this.#random32();
      if (style === 1 || random % 3 === 0) cells[i] = 0xff;
      else if (style === 2) cells[i] |= random >>> 8;
      else if (random % 3 === 1) cells[i] = random >>> 8;
    }
  }
}
