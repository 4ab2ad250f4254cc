/** The journal: entries numbered from 1, of which the oldest go when they are not needed any more. */
import { StoreError } from './errors.js';
import { JOURNAL, KIND, NONE } from './format.js';
import type { Medium } from './medium.js';
import { FREE } from './sectors.js';
import { walkSector } from './walk.js';

export class Journal {
  /** The sector that was looked into last: the addresses of its entries, from number `#firstHere` on. */
  #sector = NONE;
  #firstHere = 0;
  #addresses: number[] = [];

  constructor(private readonly medium: Medium) {}

  /** The number of the entry that comes next, from 1. */
  get nextNumber(): number {
    return this.medium.nextNumber;
  }

  /** The number of the oldest entry that is still here; `nextNumber` when there is none. */
  get firstNumber(): number {
    const { logs, sectors, nextNumber } = this.medium;
    const [oldest] = logs[JOURNAL].sectors;
    return oldest === undefined ? nextNumber : sectors.number[oldest];
  }

  /**
   * Appends an entry of at most RECORD_BYTES_MAX bytes and returns its number. When it returns, the entry is
   * there for good; when power fails before, the next boot finds it wholly there or wholly gone. Never
   * erases. Throws StoreError 'full' when there is no erased space.
   */
  append(payload: Uint8Array): number {
    const { medium } = this;
    medium.requireRoom(medium.fitsOne(JOURNAL, payload.length));
    const number = medium.nextNumber;
    const address = medium.appendRecord(JOURNAL, KIND.entry, number, payload);
    medium.nextNumber++;
    if (medium.logs[JOURNAL].sector === this.#sector) this.#addresses.push(address);
    return number;
  }

  /** Whether an entry of so many bytes can be appended before `tidy` runs again. */
  fits(payloadBytes: number): boolean {
    return this.medium.fitsOne(JOURNAL, payloadBytes);
  }

  /**
   * The entry of that number, valid until the next call to the store; undefined when it is not here (any
   * more). Throws StoreError 'corrupt'.
   */
  entry(number: number): Uint8Array | undefined {
    const address = this.#locate(number);
    return address === NONE ? undefined : this.medium.readRecord(address);
  }

  /**
   * Goes through the entries from number `from` on, the newest last, with `target.length` bytes from `offset`
   * of each in `target` (0xFF beyond the end of the entry), until `visit` returns true. Checks no CRC: for
   * searches, whose find is then read with `entry`.
   */
  search(from: number, offset: number, target: Uint8Array, visit: (number: number) => boolean): void {
    const { flash, layout } = this.medium;
    for (let number = Math.max(from, this.firstNumber); number < this.nextNumber; number++) {
      const address = this.#locate(number);
      const bytes = Math.min(target.length, this.medium.readHeader(address).length - offset);
      target.fill(0xff);
      if (bytes > 0) flash.read(address + layout.header + offset, target.subarray(0, bytes));
      if (visit(number)) return;
    }
  }

  /** Whether a sector holds only entries below `number`. */
  hasBelow(number: number): boolean {
    const { sectors, logs } = this.medium;
    const journal = logs[JOURNAL].sectors;
    return journal.length > 1 && sectors.number[journal[1]] <= number;
  }

  /**
   * Gives back the sectors that hold only entries below `number`. For Housekeeping, which has written that
   * down.
   */
  release(number: number): void {
    const { sectors, logs } = this.medium;
    while (this.hasBelow(number)) {
      const [sector] = logs[JOURNAL].sectors.splice(0, 1);
      sectors.setState(sector, FREE);
      if (sector === this.#sector) this.#sector = NONE;
    }
  }

  /** The address of an entry; NONE when it is not here. */
  #locate(number: number): number {
    if (number < this.firstNumber || number >= this.nextNumber) return NONE;
    const { sectors, logs } = this.medium;
    const journal = logs[JOURNAL].sectors;
    const isHere =
      this.#sector !== NONE && number >= this.#firstHere && number < this.#firstHere + this.#addresses.length;
    if (!isHere) {
      let i = journal.length - 1;
      while (sectors.number[journal[i]] > number) i--;
      this.#lookInto(journal[i], journal[i + 1]);
    }
    const address = this.#addresses[number - this.#firstHere];
    if (address === undefined) throw new StoreError('corrupt', `journal entry ${number} is missing`);
    return address;
  }

  #lookInto(sector: number, next: number | undefined): void {
    const { medium } = this;
    const { sectors, logs } = medium;
    const addresses: number[] = [];
    const until = next === undefined ? logs[JOURNAL].order : sectors.first[next];
    const { undecided, order, damaged } = walkSector(
      medium,
      sector,
      sectors.first[sector],
      until,
      (kind, _, address) => {
        if (kind === KIND.entry) addresses.push(address);
      },
    );
    // What has a sector behind it is decided; in the last one, what this boot has appended is.
    // Where the walk did not get to the end, what decides may be what has rotted.
    if (undecided !== undefined && order === until && !damaged) addresses.push(undecided.address);
    this.#sector = sector;
    this.#firstHere = sectors.number[sector];
    this.#addresses = addresses;
  }
}
