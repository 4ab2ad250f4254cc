/** The door: opens a store at boot, saying plainly what is on the flash, or makes an empty one. */
import type { Flash } from '../../hal/flash.js';
import { type DamageCode, StoreError } from './errors.js';
import {
  decodeEntry,
  decodeOpened,
  decodePrepared,
  ENTRIES_AT,
  encodeOpened,
  FORMAT_VERSION,
  isErased,
  type Layout,
  layoutOf,
  OPENED_AT,
  OPENED_BYTES,
  type Opened,
  type Prepared,
} from './format.js';
import { LIVE, PREPARED, prepareSector, SCRAP, Store } from './store.js';
import { isCommitted, isSectorErased, type Walk, walkSector } from './walk.js';

export type OpenResult =
  | { readonly status: 'ok'; readonly store: Store }
  /** Never held a record. Whether to `format` it is for the caller to decide. */
  | { readonly status: 'blank' }
  | { readonly status: 'version'; readonly version: number }
  /** `sector` is the one to look at, or -1. Nothing was written. */
  | { readonly status: 'damaged'; readonly code: DamageCode; readonly sector: number };

interface Sector {
  readonly prepared: Prepared | undefined;
  readonly opened: Opened | undefined;
  /** All of the opened part is erased. */
  readonly unopened: boolean;
}

/** Opens the store, and settles what a power cut left open. Writes at most one small entry, and never erases. */
export function openStore(flash: Flash): OpenResult {
  const layout = layoutOf(flash);
  const sectors = readSectors(flash);
  for (let i = 0; i < sectors.length; i++) {
    const prepared = sectors[i].prepared;
    if (prepared === undefined) continue;
    if (prepared.version !== FORMAT_VERSION) return { status: 'version', version: prepared.version };
    if (prepared.unit !== layout.unit || prepared.sectorBytes !== layout.sector)
      return damaged('geometry', i);
  }

  const newest = newestOf(sectors);
  if (newest < 0) return isBlank(flash) ? { status: 'blank' } : damaged('no-sector', -1);
  const { sectorSequence, oldestSector } = sectors[newest].opened!;

  const live: number[] = [];
  for (let i = 0; i < sectors.length; i++) {
    const opened = sectors[i].opened;
    if (opened === undefined || opened.sectorSequence < oldestSector) continue;
    const place = opened.sectorSequence - oldestSector;
    if (place >= sectors.length || live[place] !== undefined) return damaged('gap', i);
    live[place] = i;
  }
  for (let place = 0; place <= sectorSequence - oldestSector; place++) {
    if (live[place] === undefined) return damaged('gap', -1);
  }

  let walk: Walk | undefined;
  for (const sector of live) {
    const first = sectors[sector].opened!.firstEntry;
    if (walk !== undefined && walk.sequence !== first) return damaged('entry', sector);
    walk = walkSector(flash, layout, sector, first, () => {});
    if (walk.damaged) return damaged('entry', sector);
  }
  const { end, sequence, undecided, torn } = walk!;
  if (!isSectorErased(flash, newest, end)) return damaged('entry', newest);

  const states = new Uint8Array(sectors.length);
  for (let i = 0; i < sectors.length; i++) {
    if (live.includes(i)) states[i] = LIVE;
    else if (startsWithEntry(flash, layout, i, sequence)) return damaged('header', i);
    else states[i] = sectors[i].prepared !== undefined && sectors[i].unopened ? PREPARED : SCRAP;
  }

  const store = new Store(flash, {
    layout,
    states,
    eraseCounts: eraseCountsOf(sectors),
    live,
    newestSequence: sectorSequence,
    oldestSequence: oldestSector,
    end,
    sequence,
  });
  if (undecided !== undefined || torn) {
    const gone = undecided !== undefined && !isCommitted(flash, layout, undecided.address, undecided.length);
    store.settle(gone);
  }
  return { status: 'ok', store };
}

/**
 * Makes an empty store, whatever was there. Erase counts that can still be read go on. The sectors go in the order
 * in which they were filled: when power fails half way, what is left lacks its beginning and is not taken for a store.
 */
export function format(flash: Flash): Store {
  const layout = layoutOf(flash);
  const sectors = readSectors(flash);
  const eraseCounts = eraseCountsOf(sectors);
  // A sector that reads as erased is erased all the same: an erase that was cut may have left its cells weak.
  for (let i = 0; i < sectors.length; i++) prepareSector(flash, layout, i, eraseCounts[i] + 1);
  const opened = encodeOpened({ sectorSequence: 1, firstEntry: 1, oldestSector: 1, previousGone: false });
  flash.program(OPENED_AT, opened);
  const result = openStore(flash);
  if (result.status !== 'ok')
    throw new StoreError('corrupt', `format: the flash reads back as ${result.status}`);
  return result.store;
}

function damaged(code: DamageCode, sector: number): OpenResult {
  return { status: 'damaged', code, sector };
}

function readSectors(flash: Flash): Sector[] {
  const sectors: Sector[] = [];
  const bytes = new Uint8Array(ENTRIES_AT);
  for (let i = 0; i < flash.sectorCount; i++) {
    flash.read(i * flash.sectorBytes, bytes);
    sectors.push({
      prepared: decodePrepared(bytes),
      opened: decodeOpened(bytes, OPENED_AT),
      unopened: isErased(bytes, OPENED_AT, OPENED_AT + OPENED_BYTES),
    });
  }
  return sectors;
}

function newestOf(sectors: Sector[]): number {
  let newest = -1;
  for (let i = 0; i < sectors.length; i++) {
    const opened = sectors[i].opened;
    if (opened === undefined) continue;
    if (newest < 0 || opened.sectorSequence > sectors[newest].opened!.sectorSequence) newest = i;
  }
  return newest;
}

/** No sector was ever opened, nor is there anything where records stand: fresh, or a format that was cut. */
function isBlank(flash: Flash): boolean {
  for (let i = 0; i < flash.sectorCount; i++) if (!isSectorErased(flash, i, ENTRIES_AT)) return false;
  return true;
}

/** A sector without a header whose first entry is just what should come next: it held the newest records. */
function startsWithEntry(flash: Flash, layout: Layout, sector: number, sequence: number): boolean {
  const header = new Uint8Array(layout.header);
  flash.read(sector * layout.sector + ENTRIES_AT, header);
  return decodeEntry(header)?.sequence === sequence;
}

/** Where an erase was cut the count is lost; the highest of the others cannot flatter the sector. */
function eraseCountsOf(sectors: Sector[]): Uint32Array {
  let highest = 0;
  for (const { prepared } of sectors) highest = Math.max(highest, prepared?.eraseCount ?? 0);
  return Uint32Array.from(sectors, ({ prepared }) => prepared?.eraseCount ?? highest);
}
