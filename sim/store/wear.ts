/** What happens to a flash with the years: sectors stop erasing, cells stick. */
import type { SimEntropy } from '../chip/entropy.js';
import type { NorFlash } from '../chip/nor-flash.js';

/** Faults of one flash. */
const FAULTS_MAX = 8;

export class Wear {
  #faults = 0;

  constructor(
    private readonly flash: NorFlash,
    private readonly random: SimEntropy,
  ) {}

  /** Says what happened. */
  anywhere(): string {
    if (++this.#faults > FAULTS_MAX) return 'wear: none';
    const { flash } = this;
    const sector = this.#below(flash.sectorCount);
    const style = this.#below(3);
    if (style === 0) flash.wearOut(sector, 'throws');
    else if (style === 1) flash.wearOut(sector, 'stays-dirty');
    else return this.#stick(sector * flash.sectorBytes + this.#below(flash.sectorBytes));
    return `wear: sector ${sector}`;
  }

  /**
   * Behind what a log has for sure, its sector takes nothing any more: not even the verdict of the next boot.
   */
  behind(sector: number, end: number): string {
    if (sector < 0 || ++this.#faults > FAULTS_MAX) return 'wear: none';
    const { sectorBytes } = this.flash;
    const image = this.flash.exportImage();
    for (let at = sector * sectorBytes + end; at < (sector + 1) * sectorBytes; at += 4) {
      if (image[at] === 0xff) this.flash.stick(at, 0x10, 1);
    }
    return `wear: sector ${sector} from ${end} on`;
  }

  /** A cell that is as it should be, and from now on is nothing else. */
  #stick(address: number): string {
    const byte = new Uint8Array(1);
    this.flash.read(address, byte);
    const bit = this.#below(8);
    this.flash.stick(address, 1 << bit, ((byte[0] >> bit) & 1) as 0 | 1);
    return `wear: a cell at ${address}`;
  }

  #below(n: number): number {
    return this.random.uint32() % n;
  }
}
