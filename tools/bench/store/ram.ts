import { COUNTERPARTIES_MAX, NOTES_MAX, RECORD_BYTES_MAX } from '../../../firmware/limits.js';
import { bodyBytes, layoutOf, PAGE_KEYS } from '../../../firmware/store/format.js';
import { Headers } from '../../../firmware/store/headers.js';
import { Index, PAGES } from '../../../firmware/store/index.js';
import { Sectors } from '../../../firmware/store/sectors.js';
import { MEGABYTE_SECTORS } from './lab.js';

/** Bytes of typed arrays. */
export interface RamFigures {
  readonly index: number;
  readonly sectors: number;
  readonly buffers: number;
  /** While a boot goes on, and no longer. */
  readonly headers: number;
  readonly noteIndex: number;
  readonly counterparties: number;
}

/** Bytes of a row: id (8), left (4), expiry (4), place (2), tag (4), hops (1), condition (1). */
const NOTE_INDEX_ROW_BYTES = 24;
/** Id (8), amount (4), payments (2), place (1). */
const COUNTERPARTY_ROW_BYTES = 15;

/** A wallet on 1 MB that holds as many notes as it may. */
export function measureRam(): RamFigures {
  const sectors = MEGABYTE_SECTORS;
  const layout = layoutOf({ programUnitBytes: 4, sectorBytes: 4096 } as Parameters<typeof layoutOf>[0]);
  return {
    // Its pages are private: four bytes for each key.
    index: arraysOf(new Index()) + 4 * PAGES * PAGE_KEYS,
    // Its column of states is private: a byte for each sector.
    sectors: arraysOf(new Sectors(sectors)) + sectors,
    buffers: 2 * bodyBytes(layout, RECORD_BYTES_MAX),
    headers: arraysOf(new Headers(sectors)),
    noteIndex: NOTES_MAX * NOTE_INDEX_ROW_BYTES,
    counterparties: COUNTERPARTIES_MAX * COUNTERPARTY_ROW_BYTES,
  };
}

const arraysOf = (columns: object): number =>
  Object.values(columns).reduce(
    (sum, column) => sum + (ArrayBuffer.isView(column) ? column.byteLength : 0),
    0,
  );
