/** What each sector of the flash is good for, and where each part of a log begins. */
import {
  ENTRIES_AT,
  type Layout,
  NONE,
  PAGE_KEYS,
  recordBytes,
  rootBytes,
  STATE,
  type Stream,
} from './format.js';
import { PAGES } from './index.js';

/** Holds nothing that is needed; must be erased before use. */
export const FREE = 0;
/** Erased, and certainly so. */
const READY = 1;
/** Part of a log. */
export const LIVE = 2;
/** Does not erase: never used again. */
export const BAD = 3;

/** Pairs a sector with the low half of its new erase count: the key of an `erase` entry. */
export const eraseKey = (sector: number, eraseCount: number): number =>
  sector | ((eraseCount & 0x7fff) << 16);
export const erasedSector = (key: number): number => key & 0xffff;
/** An unreadable count, which is NONE, is not the one whose low half has all bits set. */
export const isEraseCount = (key: number, eraseCount: number): boolean =>
  eraseCount !== NONE && key >> 16 === (eraseCount & 0x7fff);

/**
 * Sectors that no record may take, erased or not, with an index of so many pages: room to empty a sector and
 * to write the index anew, and to begin with that once more after a cut (STORE.md, "Cuts"). The index may
 * grow by a page before it is asked for again.
 */
export function keptSectors(layout: Layout, pages: number): number {
  const room = layout.limits[STATE] - ENTRIES_AT;
  const page = recordBytes(layout, 4 * PAGE_KEYS);
  const perSector = Math.floor(room / page);
  const count = Math.min(pages + 1, PAGES);
  const isOver = (count % perSector) * page + recordBytes(layout, rootBytes(PAGES)) > room;
  return 2 + 2 * (Math.floor(count / perSector) + (isOver ? 2 : 1));
}

export class Sectors {
  readonly #state: Uint8Array;
  /** Order of the first entry of a live sector. */
  readonly first: Int32Array;
  /** Number of the first journal entry of a live journal sector. */
  readonly number: Int32Array;
  /** READY ones, in the order in which they are to be used. */
  readonly ready: number[] = [];
  /** Keys of `erase` entries, written or still to be, of sectors that have not been opened since. */
  erases: number[] = [];
  /** Keys of `erase` entries as the log has them from the root on, the newest last. */
  announced: number[] = [];
  /**
   * FREE ones that a later sector of their log has taken the place of. They are erased before any other: see
   * STORE.md, "Cuts".
   */
  superseded: number[] = [];
  readonly bad: number[] = [];
  free = 0;
  /** The sector that was used last: the next ones come behind it, around the end. */
  hand = 0;
  /** Of the sector opened last. */
  sequence = 0;
  /** The highest erase count seen: what a sector counts from whose own count is lost. */
  eraseCountMax = 0;

  constructor(readonly count: number) {
    this.#state = new Uint8Array(count);
    this.free = count;
    this.first = new Int32Array(count).fill(NONE);
    this.number = new Int32Array(count);
  }

  state(sector: number): number {
    return this.#state[sector];
  }

  setState(sector: number, state: number): void {
    if (this.#state[sector] === FREE) this.free--;
    if (state === FREE) this.free++;
    this.#state[sector] = state;
  }

  setBad(sector: number): void {
    this.setState(sector, BAD);
    if (!this.bad.includes(sector)) this.bad.push(sector);
    this.forgetErase(sector);
  }

  setReady(sector: number): void {
    this.setState(sector, READY);
    this.ready.push(sector);
  }

  setLive(sector: number, first: number, number: number): void {
    this.setState(sector, LIVE);
    this.first[sector] = first;
    this.number[sector] = number;
  }

  /** A later sector of its log has taken its place. */
  supersede(sector: number): void {
    this.setState(sector, FREE);
    this.superseded.push(sector);
  }

  /** The sector has been opened: its erase is not awaited any more. */
  forgetErase(sector: number): void {
    this.erases = this.erases.filter((key) => erasedSector(key) !== sector);
  }

  /** Whether the log has this key, and none for the same sector behind it. */
  isAnnounced(key: number): boolean {
    return this.announced.findLast((other) => erasedSector(other) === erasedSector(key)) === key;
  }

  /** Sectors that can still take something, after an erase at most. */
  get spare(): number {
    return this.free + this.ready.length;
  }
}

/** The end of a log, where it grows, and the sectors that it lies in, oldest first. */
export class Log {
  sectors: number[] = [];
  /** Offset of the first free byte in the last of them. */
  end: number;
  /** Of the entry that comes next. */
  order = 1;
  /**
   * Of the first entry behind the last that counts. What has this order or a later one waits for what makes
   * it count, or is dead.
   */
  counted = 1;
  /**
   * What does not count yet never will: the log's next sector takes its place, and begins with the order
   * `counted`.
   */
  isDead = false;

  constructor(
    readonly stream: Stream,
    layout: Layout,
  ) {
    this.end = layout.sector;
  }

  get sector(): number {
    return this.sectors.length === 0 ? NONE : this.sectors[this.sectors.length - 1];
  }
}
