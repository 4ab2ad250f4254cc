/** Payloads that a flash finds hard: all ones, all zeros, and pieces of the store itself. */
import type { SimEntropy } from '../chip/entropy.js';
import type { NorFlash } from '../chip/nor-flash.js';

export class Payloads {
  constructor(
    private readonly random: SimEntropy,
    private readonly flash: NorFlash,
  ) {}

  /** Mostly short, so that much happens in one sector. */
  next(lengthMax: number): Uint8Array {
    const { random } = this;
    const roll = random.uint32();
    const usual = roll % 16 < 10 ? 48 : roll % 16 < 15 ? 300 : 1000;
    const payload = new Uint8Array((roll >>> 8) % (Math.min(usual, lengthMax) + 1));
    const style = (roll >>> 24) % 8;
    if (style === 0) this.#copyFlash(payload);
    else random.fill(payload);
    if (style === 1 || style === 2)
      payload.fill(style === 1 ? 0xff : 0, payload.length >> 2, payload.length >> 1);
    if (style === 3) payload.fill(0);
    return payload;
  }

  /** Whole headers and marks in a payload must not be taken for the store's own. */
  #copyFlash(payload: Uint8Array): void {
    const { random, flash } = this;
    const sector = random.uint32() % flash.sectorCount;
    const at = (random.uint32() % (flash.sectorBytes - payload.length)) & ~(flash.programUnitBytes - 1);
    flash.read(sector * flash.sectorBytes + at, payload);
  }
}
