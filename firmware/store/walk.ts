/** Goes through the entries of one sector, and tells which records count (STORE.md, "Who decides"). */
import type { Flash } from '../../hal/flash.js';
import {
  decodeEntry,
  ENTRIES_AT,
  isErased,
  isMark,
  KIND_GONE,
  KIND_OWN_MIN,
  type Layout,
  MARK_BYTES,
  recordBytes,
  zeroBits,
} from './format.js';

/** `address` is that of the record's header on the flash; `length` is its payload's, in bytes. */
export type Visit = (kind: number, address: number, length: number) => void;

export interface Walk {
  /** Offset in the sector of the first free byte. */
  readonly end: number;
  /** Sequence number of the entry that may come next. */
  readonly sequence: number;
  /** The last record, when no entry behind it decides whether it counts. It was not visited. */
  readonly undecided:
    | { readonly kind: number; readonly address: number; readonly length: number }
    | undefined;
  /** There are torn headers behind the last entry. */
  readonly torn: boolean;
  /** No cut leaves entries like these. */
  readonly damaged: boolean;
}

/** `sequence` is what the sector's first entry must have. */
export function walkSector(
  flash: Flash,
  layout: Layout,
  sector: number,
  sequence: number,
  visit: Visit,
): Walk {
  const base = sector * layout.sector;
  const header = new Uint8Array(layout.header);
  let at = ENTRIES_AT;
  let undecided: Walk['undecided'];
  let torn = false;
  let damaged = false;

  while (at + layout.header <= layout.sector) {
    flash.read(base + at, header);
    const entry = decodeEntry(header);
    if (entry === undefined || entry.sequence !== sequence) {
      if (isErased(header)) break;
      // A header that was cut stands alone: its body was not begun. A mark means that this is no torn header but a body
      // whose header has rotted.
      for (let i = 0; i < layout.header; i += layout.unit) damaged ||= isMark(header, i, layout.unit);
      torn = true;
      at += layout.header;
      continue;
    }
    const own = entry.kind >= KIND_OWN_MIN;
    if (torn && !own) damaged = true; // recovery writes an entry of its own behind what is torn, before anything else
    if (undecided !== undefined && entry.kind !== KIND_GONE) {
      visit(undecided.kind, undecided.address, undecided.length);
    }
    undecided = own ? undefined : { kind: entry.kind, address: base + at, length: entry.length };
    torn = false;
    at += own ? layout.header : recordBytes(layout, entry.length);
    sequence++;
  }
  return { end: at, sequence, undecided, torn, damaged: damaged || at > layout.sector };
}

/**
 * Whether the commit mark of the record at `address` counts as written. Begun, it says that the body is whole, so half a
 * mark may count either way; going by the majority of its bits, no single bad bit turns the answer.
 */
export function isCommitted(flash: Flash, layout: Layout, address: number, length: number): boolean {
  const mark = new Uint8Array(layout.unit);
  flash.read(address + recordBytes(layout, length) - layout.unit, mark);
  return zeroBits(mark, 0, MARK_BYTES) >= MARK_BYTES * 4;
}

/** Whether the sector is erased from byte `from` on. */
export function isSectorErased(flash: Flash, sector: number, from: number): boolean {
  if (from >= flash.sectorBytes) return true;
  const bytes = new Uint8Array(flash.sectorBytes - from);
  flash.read(sector * flash.sectorBytes + from, bytes);
  return isErased(bytes);
}
