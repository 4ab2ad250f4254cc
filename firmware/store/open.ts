/** The door: opens a store at boot, saying plainly what is on the flash, or makes an empty one. */
import type { Crc32 } from '../../hal/crc32.js';
import type { Flash } from '../../hal/flash.js';
import { applyTail, type End, loadRoot, orderOfRoot, settle, Tail, walkJournal, walkState } from './boot.js';
import { type DamageCode, StoreError } from './errors.js';
import {
  decodePrepared,
  ENTRIES_AT,
  encodeRoot,
  JOURNAL,
  KIND,
  layoutOf,
  NONE,
  type RootFields,
  recordBytes,
  rootBytes,
  SectorHeader,
  STATE,
  type Stream,
} from './format.js';
import { Headers, ORDER_MAX, readHeaders } from './headers.js';
import { prepareSector } from './housekeeping.js';
import { Index, PAGES } from './index.js';
import { Medium, READY_RESERVE } from './medium.js';
import { BAD, erasedSector, eraseKey, FREE, isEraseCount, LIVE, Sectors } from './sectors.js';
import { Store } from './store.js';
import { isSectorErased, walkSector } from './walk.js';

export type OpenResult =
  | { readonly status: 'ok'; readonly store: Store }
  /** Never held a record. Whether to `format` it is for the caller to decide. */
  | { readonly status: 'blank' }
  | { readonly status: 'version'; readonly version: number }
  /** `sector` is the one to look at, or -1. Nothing was written. */
  | { readonly status: 'damaged'; readonly code: DamageCode; readonly sector: number };

const damaged = (code: DamageCode, sector = NONE): OpenResult => ({ status: 'damaged', code, sector });

/**
 * Opens the store, and settles what a power cut left open. Writes at most one small entry to each log, and
 * never erases.
 */
export function openStore(flash: Flash, crc32: Crc32): OpenResult {
  const sectors = new Sectors(flash.sectorCount);
  const medium = new Medium(flash, crc32, sectors);
  const read = readHeaders(flash, medium.layout, crc32);
  if (read.status === 'version') return read;
  if (read.status === 'geometry') return damaged('geometry', read.sector);
  const { headers } = read;

  const superseded: number[] = [];
  const inForce = (stream: Stream) =>
    headers.inForce(
      headers.ofLog(stream).filter((sector) => sectors.state(sector) !== BAD),
      (sector) => void superseded.push(sector),
    );
  const state = inForce(STATE);
  if (state.length === 0) return isBlank(flash, headers) ? { status: 'blank' } : damaged('no-sector');
  for (const sector of state) sectors.setLive(sector, headers.first[sector], 0);
  medium.logs[STATE].sectors = state;
  for (let i = 0; i < headers.count; i++) {
    if (headers.eraseCount[i] > sectors.eraseCountMax) sectors.eraseCountMax = headers.eraseCount[i];
  }

  const index = new Index();
  const found = findState(medium, headers, index, state);
  if (typeof found === 'string') {
    return isFormatCut(flash, headers, state) ? { status: 'blank' } : damaged(found, state[state.length - 1]);
  }
  const { tail, fields } = found;
  applyTail(index, fields, tail);
  takeErases(sectors, headers, fields);
  freeEmptied(medium, index);

  const journal = journalFrom(headers, inForce(JOURNAL), fields.floor);
  if (journal === undefined) return damaged('gap');
  for (const sector of journal) sectors.setLive(sector, headers.first[sector], headers.number[sector]);
  medium.logs[JOURNAL].sectors = journal;
  let journalEnd: End | undefined;
  if (journal.length > 0) {
    const end = walkJournal(medium, headers, journal);
    if (typeof end === 'string') return damaged(end, journal[journal.length - 1]);
    journalEnd = end;
  }

  sectors.superseded = superseded.filter((sector) => sectors.state(sector) === FREE);

  settle(medium, medium.logs[STATE], found.end);
  if (journalEnd !== undefined) settle(medium, medium.logs[JOURNAL], journalEnd);
  return { status: 'ok', store: new Store(medium, index, fields.floor, tail.kinds.length) };
}

interface FoundState {
  readonly tail: Tail;
  readonly end: End;
  readonly fields: RootFields;
}

/**
 * The newest root and what follows it; or, when that does not read, all that the sectors of the state still
 * hold.
 */
function findState(
  medium: Medium,
  headers: Headers,
  index: Index,
  state: readonly number[],
): FoundState | DamageCode {
  const tail = new Tail(true);
  const start = startOf(medium, headers, state);
  if (start !== undefined) {
    const { at, offset, order } = start;
    const end = walkState(medium, headers, state, at, offset, order, tail);
    if (typeof end === 'string') return end;
    const fields = tail.root === NONE ? undefined : loadRoot(medium, index, tail.root);
    if (fields !== undefined) return { tail, end, fields };
    if (tail.root === NONE && state.length === 1) return 'root';
  }
  const whole = new Tail(false);
  const chain = headers.chainOf(state);
  // Before a gap lie sectors that were emptied; where the root is missing too, perhaps others.
  if (start === undefined && chain.length < state.length) return 'gap';
  const end = walkState(medium, headers, chain, 0, ENTRIES_AT, headers.first[chain[0]], whole);
  if (typeof end === 'string') return end;
  index.clear();
  return { tail: whole, end, fields: { floor: 0, erases: [], bad: [] } };
}

/**
 * Where the newest root is: in the newest sector, or else where that sector's header says. Looked for in that
 * order, since what held the other one may be erased already when a new one was written. Undefined when there
 * is none.
 */
function startOf(medium: Medium, headers: Headers, state: readonly number[]) {
  const { flash, layout } = medium;
  const i = state.length - 1;
  const first = headers.first[state[i]];
  const start = { at: i, offset: ENTRIES_AT, order: first };
  let isHere = i === 0;
  walkSector(medium, state[i], first, ORDER_MAX, (kind) => {
    isHere ||= kind === KIND.root;
  });
  if (isHere) return start;
  const root = headers.root[state[i]];
  const at = state.indexOf(Math.floor(root / layout.sector));
  const order = at < 0 ? undefined : orderOfRoot(flash, layout, root);
  return order === undefined ? undefined : { at, offset: root % layout.sector, order };
}

/**
 * A sector is ready when its header has the erase count that was announced: that header was written when the
 * erase had ended. Whatever else an erase that was cut may look like, from one look to the next, it has not
 * got that count.
 */
function takeErases(sectors: Sectors, headers: Headers, { erases, bad }: RootFields): void {
  sectors.hand = headers.newest;
  sectors.sequence = headers.sequence[headers.newest];
  sectors.announced = erases.slice();
  for (const sector of bad) sectors.setBad(sector);
  erases.forEach((key, i) => {
    const sector = erasedSector(key);
    const isLatest = erases.findLastIndex((other) => erasedSector(other) === sector) === i;
    const isErased = headers.isUnopened(sector) && isEraseCount(key, headers.eraseCount[sector]);
    if (!isLatest || !isErased || sectors.state(sector) === BAD) return;
    sectors.erases.push(key);
    sectors.setReady(sector);
    sectors.hand = sector;
  });
}

/** The oldest sectors of the state were emptied when neither a value nor the index lies in them. */
function freeEmptied({ sectors, logs, layout, root }: Medium, index: Index): void {
  if (root === NONE) return;
  const isNeeded = new Uint8Array(sectors.count);
  const need = (address: number) => {
    if (address !== NONE) isNeeded[Math.floor(address / layout.sector)] = 1;
  };
  index.forEach(need);
  index.pages.forEach(need);
  need(root);
  const state = logs[STATE].sectors;
  const emptied = state.splice(
    0,
    state.findIndex((sector) => isNeeded[sector] === 1),
  );
  for (const sector of emptied) if (sectors.state(sector) === LIVE) sectors.setState(sector, FREE);
}

/** The journal's sectors from the one that holds the entry `floor` on. Undefined when that one is missing. */
function journalFrom(headers: Headers, journal: number[], floor: number): number[] | undefined {
  if (journal.length === 0 || floor === 0) return journal;
  let first = journal.length - 1;
  while (first >= 0 && headers.number[journal[first]] > floor) first--;
  return first < 0 ? undefined : journal.slice(first);
}

/** No sector was ever opened, nor is there anything where entries stand: fresh, or a format that was cut. */
function isBlank(flash: Flash, headers: Headers): boolean {
  for (let i = 0; i < headers.count; i++) if (!isSectorErased(flash, i, ENTRIES_AT)) return false;
  return true;
}

/**
 * One sector is in force, which took the place of all before it, and not even its first root is whole: a
 * format was cut.
 */
function isFormatCut(flash: Flash, headers: Headers, state: readonly number[]): boolean {
  const [sector] = state;
  if (state.length !== 1 || headers.first[sector] !== 1) return false;
  return isSectorErased(flash, sector, ENTRIES_AT + recordBytes(layoutOf(flash), rootBytes(PAGES)));
}

/**
 * Makes an empty store, whatever was there. Erase counts that can still be read go on. Sectors that do not
 * erase are noted.
 *
 * The first sector that is erased takes the place of all of an older store before any other is touched, so
 * that a format that was cut is known as one. It is none of those that a boot of the older store would write
 * to.
 */
export function format(flash: Flash, crc32: Crc32): Store {
  const sectors = new Sectors(flash.sectorCount);
  const medium = new Medium(flash, crc32, sectors);
  const read = readHeaders(flash, medium.layout, crc32);
  const headers = read.status === 'ok' ? read.headers : new Headers(sectors.count);
  sectors.sequence = Math.max(0, headers.sequence[headers.newest]);
  const ends = [JOURNAL, STATE].map((stream) => headers.ofLog(stream as Stream).at(-1));
  const others = Array.from({ length: sectors.count }, (_, sector) => sector).filter(
    (sector) => !ends.includes(sector),
  );
  const header = new SectorHeader();
  for (const sector of [...others, ...ends]) {
    if (sector === undefined) continue;
    const isOpen = medium.logs[STATE].sector !== NONE;
    const isWanted = sectors.ready.length < (isOpen ? FORMAT_READY - 1 : 1);
    const prepared = decodePrepared(header.read(flash, sector), crc32);
    // A sector that reads as erased is erased all the same before it is used: an erase that was cut may have
    // left its cells weak.
    if (!isWanted && prepared === undefined && isSectorErased(flash, sector, 0)) continue;
    const count = (prepared?.eraseCount ?? 0) + 1;
    if (!prepareSector(medium, sector, count)) sectors.setBad(sector);
    else if (isWanted) {
      sectors.erases.push(eraseKey(sector, count));
      sectors.setReady(sector);
      if (!isOpen) medium.open(STATE);
    }
  }
  if (medium.logs[STATE].sector === NONE)
    throw new StoreError('unwritable', 'format: no sector takes what is written');
  const { erases, bad } = sectors;
  medium.appendRecord(STATE, KIND.root, 0, encodeRoot({ floor: 1, erases, bad }, new Index().pages));
  const result = openStore(flash, crc32);
  if (result.status === 'ok') return result.store;
  throw new StoreError('corrupt', `format: the flash reads back as ${result.status}`);
}

/** The first sector of the state, one ahead for each log, and the reserve. */
const FORMAT_READY = 3 + READY_RESERVE;
