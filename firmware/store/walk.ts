/** Goes through the entries of one sector, and tells which of them count (STORE.md, "Who decides"). */
import type { Flash } from '../../hal/flash.js';
import {
  ENTRIES_AT,
  EntryHeader,
  isErased,
  isMark,
  isMarkSet,
  isOwn,
  KIND,
  type Layout,
  recordBytes,
} from './format.js';
import { type Ground, mendHeader } from './mend.js';

/**
 * An entry that counts: what it is, and the address of its header on the flash. `length` is its payload's, in
 * bytes.
 */
export type Visit = (kind: number, key: number, address: number, length: number, order: number) => void;

/** A record with no entry behind it: whether it counts is not decided, and it was not visited. */
export interface Undecided {
  readonly kind: number;
  readonly key: number;
  readonly address: number;
  readonly length: number;
  readonly order: number;
}

export interface Walk {
  /** Offset in the sector of the first free byte. */
  readonly end: number;
  /** Order of the entry that may come next. */
  readonly order: number;
  readonly undecided: Undecided | undefined;
  /** No cut leaves entries like these. */
  readonly damaged: boolean;
}

/**
 * `order` is what the sector's first entry must have; entries from `until` on do not count (the next sector
 * of the log begins there). `from` is the offset of the first entry.
 */
export function walkSector(
  ground: Ground,
  sector: number,
  order: number,
  until: number,
  visit: Visit,
  from = ENTRIES_AT,
): Walk {
  const { flash, layout } = ground;
  const base = sector * layout.sector;
  const header = new EntryHeader(layout);
  let at = from;
  let undecided: Undecided | undefined;
  let torn = false;
  let damaged = false;

  while (at + layout.header <= layout.sector && order < until) {
    flash.read(base + at, header.bytes);
    let isWhole = header.decode();
    if (!isWhole && isErased(header.bytes)) break;
    isWhole ||= mendHeader(ground, base + at, header);
    if (!isWhole || header.order !== order) {
      if (isWhole) damaged = true; // one before it is missing
      // A header that was cut stands alone: its body was not begun. A mark means that this is no torn header
      // but a body whose header has rotted.
      for (let i = 0; i < layout.header; i += layout.unit) damaged ||= isMark(header.bytes, i, layout.unit);
      torn = true;
      at += layout.header;
      continue;
    }
    const { kind, key, length } = header;
    if (undecided !== undefined && kind !== KIND.gone) {
      visit(undecided.kind, undecided.key, undecided.address, undecided.length, undecided.order);
    }
    undecided = undefined;
    torn = false;
    if (!isOwn(kind)) undecided = { kind, key, address: base + at, length, order };
    else if (kind !== KIND.kept) visit(kind, key, base + at, 0, order);
    at += isOwn(kind) ? layout.header : recordBytes(layout, length);
    order++;
  }
  // Behind a header that was cut nothing was written but what was read.
  damaged ||= at > layout.sector || (torn && !isSectorErased(flash, sector, at));
  return { end: at, order, undecided, damaged };
}

/**
 * Whether the commit mark of the record at `address` counts as written. Begun, it says that the body is
 * whole, so half a mark may count either way.
 */
export function isCommitted(flash: Flash, layout: Layout, address: number, length: number): boolean {
  const mark = new Uint8Array(layout.unit);
  flash.read(address + recordBytes(layout, length) - layout.unit, mark);
  return isMarkSet(mark);
}

/** Whether the sector is erased from byte `from` on, a multiple of four. */
export function isSectorErased(flash: Flash, sector: number, from: number): boolean {
  const bytes = new Uint8Array(256);
  for (let at = from; at < flash.sectorBytes; at += bytes.length) {
    const part = bytes.subarray(0, Math.min(bytes.length, flash.sectorBytes - at));
    flash.read(sector * flash.sectorBytes + at, part);
    const words = new Int32Array(bytes.buffer, 0, part.length >> 2);
    for (let i = 0; i < words.length; i++) if (words[i] !== -1) return false;
  }
  return true;
}
