/**
 * What is done between touches: sectors erased ahead, the oldest sector of the state emptied, a root written.
 */
import type { Flash } from '../../hal/flash.js';
import { StoreError } from './errors.js';
import {
  BAD_MAX,
  decodePrepared,
  ERASES_MAX,
  encodePrepared,
  encodeRoot,
  KIND,
  NONE,
  PAGE_KEYS,
  recordBytes,
  rootBytes,
  SectorHeader,
  STATE,
} from './format.js';
import { type Index, PAGES } from './index.js';
import type { Journal } from './journal.js';
import { type Medium, programAndProve, READY_RESERVE } from './medium.js';
import { eraseKey, FREE, keptSectors, LIVE } from './sectors.js';
import { isSectorErased } from './walk.js';

/**
 * Sectors kept erased ahead: one for each log, so that a touch never waits for an erase, and one to empty
 * another into.
 */
const READY_MIN = 3 + READY_RESERVE;
/** Sectors that may be used before room is made where nothing is free as it is; half of a small flash. */
const SPARE_WANTED = 32;
/** State entries that a boot goes through behind the root, about; then a new root is written. */
const ROOT_EVERY = 48;

export class Housekeeping {
  /** Bytes of the state's records that are needed; counted when first asked for, and kept up from then on. */
  #liveBytes: number | undefined;
  /**
   * Since the caller last changed something: how few sectors the state came down to, and how many were
   * emptied since without a gain.
   */
  #stateSectorsMin: number;
  #inVain = 0;

  constructor(
    private readonly medium: Medium,
    private readonly index: Index,
    private readonly journal: Journal,
    private floor: number,
    public entriesSinceRoot: number,
  ) {
    this.#stateSectorsMin = medium.sectors.count;
    medium.kept = keptSectors(medium.layout, index.pageCount);
  }

  /** The caller's value of `key` lies at `address` now (or nowhere: NONE). */
  placed(key: number, address: number): void {
    this.#stateSectorsMin = this.medium.sectors.count;
    this.#inVain = 0;
    this.#place(key, address);
    this.medium.kept = keptSectors(this.medium.layout, this.index.pageCount);
  }

  #place(key: number, address: number): void {
    this.#count(address, this.index.address(key));
    this.index.set(key, address);
  }

  #count(address: number, instead: number): void {
    if (this.#liveBytes !== undefined) this.#liveBytes += this.#bytesAt(address) - this.#bytesAt(instead);
  }

  /** Written down when it frees a sector, and with every root. */
  truncate(number: number): void {
    if (number <= this.floor) return;
    if (this.journal.hasBelow(number)) this.#own(KIND.floor, number);
    this.floor = number;
    this.journal.release(number);
  }

  /** One step, or false. */
  step(): boolean {
    this.medium.requireWhole();
    const isStep = this.#step();
    while (this.#announceLate());
    return isStep;
  }

  #step(): boolean {
    const { sectors, root, kept } = this.medium;
    if ((this.entriesSinceRoot >= ROOT_EVERY || root === NONE) && this.#writeRoot()) return true;
    if (sectors.ready.length < READY_MIN && this.#makeReady()) return true;
    const wanted = Math.max(Math.min(SPARE_WANTED, sectors.count >> 1), kept + READY_MIN + 1);
    return sectors.spare < wanted && this.#gainSpace();
  }

  /** After a round in which each sector was emptied and none gained, there is nothing more to gain. */
  #gainSpace(): boolean {
    const { sectors } = this.medium.logs[STATE];
    if (this.#inVain > sectors.length || !this.#emptyOldest()) return false;
    this.#inVain = sectors.length < this.#stateSectorsMin ? 0 : this.#inVain + 1;
    this.#stateSectorsMin = Math.min(this.#stateSectorsMin, sectors.length);
    return true;
  }

  makeRoom(values: readonly number[]): boolean {
    const { sectors } = this.medium;
    if (this.medium.fits([], values) || sectors.ready.length >= ERASES_MAX - 1) return false;
    return this.step() || this.#makeReady();
  }

  /**
   * Goes on around the flash from the sector that was used last, so that all wear alike: a free sector is
   * erased; where one of the state is met, the oldest is emptied first, even when there are free ones behind
   * it, until it is this one's turn; one of the journal is left, since it becomes free as a whole. False when
   * none is free: moving what lives from sector to sector makes none, and would go on for ever. What a later
   * sector has taken the place of comes first, so that it is gone before that one is.
   */
  #makeReady(): boolean {
    const { sectors, logs } = this.medium;
    if (sectors.free === 0) return false;
    const superseded = sectors.superseded.pop();
    if (superseded !== undefined) return this.#erase(superseded);
    for (let i = 1; i <= sectors.count; i++) {
      const sector = (sectors.hand + i) % sectors.count;
      const state = sectors.state(sector);
      if (state === FREE) return this.#erase(sector);
      if (state === LIVE && logs[STATE].sectors.includes(sector) && this.#emptyOldest()) return true;
    }
    return false;
  }

  #erase(sector: number): boolean {
    const { flash, sectors, crc32 } = this.medium;
    const known = decodePrepared(new SectorHeader().read(flash, sector), crc32)?.eraseCount;
    // One that was never used has no header at all; where one is lost, the highest count of the others cannot
    // flatter the sector.
    const count = 1 + (known ?? (isSectorErased(flash, sector, 0) ? 0 : sectors.eraseCountMax));
    const key = eraseKey(sector, count);
    // A boot that was cut in this erase has announced it already. Where there is no room for it, the sector
    // is ready all the same, but for this boot only.
    if (!sectors.isAnnounced(key) && this.#hasRoomForOwn) this.#own(KIND.erase, key);
    sectors.erases.push(key);
    sectors.hand = sector;
    sectors.eraseCountMax = Math.max(sectors.eraseCountMax, count);
    if (prepareSector(this.medium, sector, count)) sectors.setReady(sector);
    else if (sectors.bad.length < BAD_MAX) {
      if (this.#hasRoomForOwn) this.#own(KIND.bad, sector);
      sectors.setBad(sector);
    } else throw new StoreError('worn', `more than ${BAD_MAX} sectors do not erase`);
    return true;
  }

  /** What stands erased and was not announced, because there was no room for it then. */
  #announceLate(): boolean {
    const { sectors } = this.medium;
    const key = sectors.erases.find((each) => !sectors.isAnnounced(each));
    if (key === undefined || !this.#hasRoomForOwn) return false;
    this.#own(KIND.erase, key);
    return true;
  }

  /**
   * Whether an entry that no boot needs finds a place that nothing else does: behind what counts, or where
   * there is more than is kept.
   */
  get #hasRoomForOwn(): boolean {
    const { medium } = this;
    const { spare, ready } = medium.sectors;
    if (medium.hasRoomForOwn(STATE)) return spare > medium.kept || medium.barren(STATE) === 0;
    return spare > medium.kept && ready.length > 0;
  }

  #own(kind: number, key: number): void {
    this.medium.appendOwn(STATE, kind, key);
    if (kind === KIND.erase) this.medium.sectors.announced.push(key);
    this.entriesSinceRoot++;
  }

  /**
   * Whether so much of the state is dead that moving what lives frees sectors. A quarter is put down to the
   * ends of sectors, where the next record did not fit.
   */
  #isWorthwhile(): boolean {
    const { medium } = this;
    const sectors = medium.logs[STATE].sectors.length;
    this.#liveBytes ??= this.#countLiveBytes();
    return sectors - (sectors >> 2) - this.#liveBytes / medium.roomOfSector(STATE) >= 1;
  }

  /**
   * Moves what is alive in the oldest sector of the state to the end of the log, all of it or nothing: the
   * same values under the same keys. False when there is no room, or no point.
   */
  #emptyOldest(): boolean {
    const [sector] = this.medium.logs[STATE].sectors;
    if (sector === this.medium.logs[STATE].sector) return false;
    const { medium, index } = this;
    const start = sector * medium.layout.sector;
    const isHere = (address: number) => address >= start && address < start + medium.layout.sector;
    const keys: number[] = [];
    index.forEach((address, key) => {
      if (isHere(address)) keys.push(key);
    });
    const isRooted = isHere(medium.root) || index.pages.some(isHere);
    const lengths = keys.map((key) => this.#lengthAt(index.address(key)));
    if (keys.length > 0 || isRooted) {
      const isSpacious = medium.sectors.free > 0 && medium.sectors.ready.length < READY_MIN;
      if (!(isSpacious || this.#isWorthwhile())) return false;
      const sizes = isRooted ? [...lengths, ...indexSizes(index.pageCount)] : lengths;
      if (!medium.fits([], sizes, true)) return medium.beginAnew(STATE);
    }
    this.#moveAll(keys, lengths);
    // All of them, so that they lie together from now on, and no two sectors ask for them in turn.
    if (isRooted) index.soil();
    if (isRooted && !this.#writeRoot(true)) return false;
    medium.logs[STATE].sectors.shift();
    medium.sectors.setState(sector, FREE);
    return true;
  }

  #moveAll(keys: readonly number[], lengths: readonly number[]): void {
    const last = keys.length - 1;
    const addresses = this.medium.together(STATE, lengths, () =>
      keys.map((key, i) => this.#move(key, i === last ? KIND.put : KIND.putMore)),
    );
    addresses.forEach((address, i) => void this.#place(keys[i], address));
  }

  /** What has rotted moves too, and stays known as rotten. Returns where it lies then. */
  #move(key: number, kind: number): number {
    const { medium, index } = this;
    let sound = true;
    let payload: Uint8Array = new Uint8Array(0);
    try {
      payload = medium
        .readRecord(index.address(key), () => {
          sound = false;
        })
        .slice();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      sound = false;
    }
    this.entriesSinceRoot++;
    return medium.appendRecord(STATE, kind, key, payload, sound);
  }

  /**
   * The pages of the index that have changed, then the root that makes them count. False when there is no
   * room.
   */
  #writeRoot(isEmptying = false): boolean {
    const { medium, index } = this;
    const pages: number[] = [];
    for (let page = 0; page < PAGES; page++) if (index.dirty[page] === 1) pages.push(page);
    const sizes = indexSizes(pages.length);
    if (!medium.fits([], sizes, isEmptying)) return false;
    medium.together(STATE, sizes, () => this.#appendRoot(pages));
    return true;
  }

  #appendRoot(pages: readonly number[]): void {
    const { medium, index } = this;
    const { sectors } = medium;
    const places = index.pages.slice();
    for (const page of pages) places[page] = medium.appendRecord(STATE, KIND.index, page, index.page(page));
    const { erases, bad } = sectors;
    const root = encodeRoot({ floor: this.floor, erases, bad }, places);
    const address = medium.appendRecord(STATE, KIND.root, 0, root);
    for (const page of pages) this.#count(places[page], index.pages[page]);
    this.#count(address, medium.root);
    index.pages = places;
    medium.root = address;
    sectors.announced = erases.slice();
    index.dirty.fill(0);
    this.entriesSinceRoot = 0;
  }

  #countLiveBytes(): number {
    let bytes = this.#bytesAt(this.medium.root);
    this.index.forEach((address) => {
      bytes += this.#bytesAt(address);
    });
    for (const address of this.index.pages) bytes += this.#bytesAt(address);
    return bytes;
  }

  #bytesAt(address: number): number {
    return address === NONE ? 0 : recordBytes(this.medium.layout, this.#lengthAt(address));
  }

  /** Payload bytes of the record at `address`; none when its header has rotted. */
  #lengthAt(address: number): number {
    try {
      return this.medium.readHeader(address).length;
    } catch (error) {
      if (error instanceof StoreError) return 0;
      throw error;
    }
  }
}

/** Payload bytes of so many pages and a root. */
const indexSizes = (pages: number): number[] => [
  ...new Array<number>(pages).fill(4 * PAGE_KEYS),
  rootBytes(PAGES),
];

/**
 * Erases the sector and writes at once how often that was done. False when it does not come out clean, or
 * does not take that.
 */
export function prepareSector(
  medium: Pick<Medium, 'flash' | 'layout' | 'crc32'>,
  sector: number,
  eraseCount: number,
): boolean {
  const { flash, layout, crc32 } = medium;
  if (!eraseSector(flash, sector)) return false;
  const prepared = encodePrepared(layout, eraseCount, crc32);
  return programAndProve(medium, sector * layout.sector, prepared, new Uint8Array(prepared.length));
}

function eraseSector(flash: Flash, sector: number): boolean {
  try {
    flash.erase(sector);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'erase') return false;
    throw error;
  }
  return isSectorErased(flash, sector, 0);
}
