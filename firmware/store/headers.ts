/** The headers of all sectors, read once at boot. */
import type { Crc32 } from '../../hal/crc32.js';
import type { Flash } from '../../hal/flash.js';
import {
  decodeOpened,
  decodePrepared,
  ENTRIES_AT,
  FORMAT_VERSION,
  type Layout,
  NONE,
  OPENED_AT,
  type Opened,
  SectorHeader,
  type Stream,
} from './format.js';
import { mendBit } from './mend.js';

const TORN = -2;
/** Beyond any order that an entry has. */
export const ORDER_MAX = 0x7fffffff;

/** Column by column, a row for each sector. */
export class Headers {
  /** NONE where the header does not say. */
  readonly eraseCount: Int32Array;
  /** The log of an opened sector; NONE for an unopened one, TORN for one that was being opened. */
  readonly stream: Int8Array;
  /** See `Opened`. */
  readonly first: Int32Array;
  readonly number: Int32Array;
  readonly root: Int32Array;
  readonly previous: Int32Array;
  readonly sequence: Int32Array;

  /** The sector that was opened last, 0 when there is none. */
  newest = 0;

  constructor(readonly count: number) {
    const column = () => new Int32Array(count).fill(NONE);
    this.eraseCount = column();
    this.stream = new Int8Array(count).fill(NONE);
    this.first = column();
    this.number = column();
    this.root = column();
    this.previous = column();
    this.sequence = column();
  }

  /** Whether nothing was written behind the prepared part of the header. */
  isUnopened(sector: number): boolean {
    return this.stream[sector] === NONE;
  }

  /**
   * The sectors of a log in the order in which they were opened, which is that of their entries. Where the
   * flash did not take the first entry of one, the next begins with the same order, so the orders alone would
   * not tell.
   */
  ofLog(stream: Stream): number[] {
    const found: number[] = [];
    const { sequence } = this;
    // Sectors are used in turn, so behind the newest they stand almost in order: this insertion hardly moves
    // one.
    const start = this.newest + 1;
    for (let i = 0; i < this.count; i++) {
      const sector = (start + i) % this.count;
      if (this.stream[sector] !== stream) continue;
      let at = found.length;
      while (at > 0 && sequence[found[at - 1]] > sequence[sector]) at--;
      found.splice(at, 0, sector);
    }
    return found;
  }

  /**
   * Without those of a log's sectors (in the order of `ofLog`) that a later one has taken the place of: one
   * that begins with the same order as they do, or with an earlier one. Those are told to `superseded`.
   */
  inForce(sectors: readonly number[], superseded: (sector: number) => void): number[] {
    const found: number[] = [];
    let first = ORDER_MAX;
    for (let i = sectors.length - 1; i >= 0; i--) {
      const sector = sectors[i];
      if (this.first[sector] >= first) superseded(sector);
      else {
        found.unshift(sector);
        first = this.first[sector];
      }
    }
    return found;
  }

  /** Those of a log's sectors that follow on one another, up to the newest. */
  chainOf(sectors: readonly number[]): readonly number[] {
    let start = sectors.length - 1;
    while (start > 0 && this.previous[sectors[start]] === this.first[sectors[start - 1]]) start--;
    return sectors.slice(start);
  }
}

export type HeadersResult =
  | { readonly status: 'ok'; readonly headers: Headers }
  | { readonly status: 'version'; readonly version: number }
  | { readonly status: 'geometry'; readonly sector: number };

export function readHeaders(flash: Flash, layout: Layout, crc32: Crc32): HeadersResult {
  const headers = new Headers(flash.sectorCount);
  const bytes = new SectorHeader();
  for (let sector = 0; sector < headers.count; sector++) {
    bytes.read(flash, sector);
    const prepared = decodePrepared(bytes, crc32);
    if (prepared !== undefined) {
      if (prepared.version !== FORMAT_VERSION) return { status: 'version', version: prepared.version };
      const fits = prepared.unit === layout.unit && prepared.sectorBytes === layout.sector;
      if (!fits) return { status: 'geometry', sector };
      headers.eraseCount[sector] = prepared.eraseCount;
    }
    // Most sectors of a young flash were never used: they are not looked at any closer.
    if (prepared === undefined ? bytes.words[OPENED_AT >> 2] === NONE : bytes.isOpenedErased) continue;
    headers.stream[sector] = TORN;
    const opened = decodeOpened(bytes, crc32) ?? mendOpened(bytes, crc32);
    if (opened !== undefined) {
      headers.stream[sector] = opened.stream;
      headers.first[sector] = opened.first;
      headers.number[sector] = opened.number;
      headers.root[sector] = opened.root;
      headers.previous[sector] = opened.previous;
      headers.sequence[sector] = opened.sequence;
      if (opened.sequence > headers.sequence[headers.newest]) headers.newest = sector;
    }
  }
  return { status: 'ok', headers };
}

/** One bad bit is put right. With more of them the sector does not count as opened, and its log has a gap. */
function mendOpened(header: SectorHeader, crc32: Crc32): Opened | undefined {
  let opened: Opened | undefined;
  mendBit(header.bytes, OPENED_AT, ENTRIES_AT, () => {
    opened = decodeOpened(header, crc32);
    return opened !== undefined;
  });
  return opened;
}
