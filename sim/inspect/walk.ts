import {
  bodyBytes,
  ENTRIES_AT,
  ENTRY_HEADER_BYTES,
  EntryHeader,
  isBodySound,
  isErased,
  isMarkSet,
  isOwn,
  KIND,
  type Layout,
  recordBytes,
  type Stream,
} from '../../firmware/store/format.js';
import { type Headers, ORDER_MAX } from '../../firmware/store/headers.js';
import { mendHeader } from '../../firmware/store/mend.js';
import { crc32 } from '../../hal/crc32.js';
import type { ImageFlash } from './image.js';

/** One entry as it lies in the image. */
export interface Entry {
  readonly stream: Stream;
  readonly sector: number;
  readonly address: number;
  readonly kind: number;
  readonly key: number;
  readonly order: number;
  /** Flash bytes, all in all. */
  readonly bytes: number;
  readonly payload: Uint8Array;
  /** Whether header and payload pass their checks. */
  readonly sound: boolean;
  /** A bit of its header has turned, and its body puts that right. */
  readonly repaired: boolean;
  /** Whether it counts, as far as the entries around it and its own mark say: it was not cut short. */
  committed: boolean;
}

/** Bytes that are no entry, where entries should be. */
export interface Gap {
  readonly stream: Stream;
  readonly sector: number;
  readonly address: number;
  readonly bytes: number;
  /** Entries that are missing here; 0 when a power cut explains it. */
  readonly lost: number;
}

export interface Walked {
  readonly entries: Entry[];
  readonly gaps: Gap[];
}

/** How far ahead an order may be to be taken for the one that follows on damage. */
const ORDERS_LOST_MAX = 400;

/** All entries of one log, in order, stepping over whatever is damaged. */
export function walkLog(flash: ImageFlash, layout: Layout, headers: Headers, stream: Stream): Walked {
  const walked: Walked = { entries: [], gaps: [] };
  const sectors = headers.inForce(headers.ofLog(stream), () => {});
  sectors.forEach((sector, i) => {
    const next = sectors[i + 1];
    const until = next === undefined ? ORDER_MAX : headers.first[next];
    const from = walked.entries.length;
    const order = walkSector(flash, layout, { stream, sector, first: headers.first[sector], until }, walked);
    const isFollowed = next !== undefined && headers.previous[next] === headers.first[sector];
    if (isFollowed && order < until && until !== ORDER_MAX) {
      walked.gaps.push({
        stream,
        sector,
        address: (sector + 1) * layout.sector,
        bytes: 0,
        lost: until - order,
      });
    }
    decide(flash, layout, walked.entries.slice(from), next !== undefined);
  });
  return walked;
}

interface Range {
  readonly stream: Stream;
  readonly sector: number;
  readonly first: number;
  readonly until: number;
}

/** Returns the order that the next entry would have. */
function walkSector(flash: ImageFlash, layout: Layout, range: Range, walked: Walked): number {
  const { stream, sector, first, until } = range;
  const base = sector * layout.sector;
  let at = ENTRIES_AT;
  let order = first;
  while (at + layout.header <= layout.sector && order < until) {
    const entry = entryAt(flash, layout, range, at, mendHeader);
    if (entry?.order === order) {
      walked.entries.push(entry);
      at += entry.bytes;
      order++;
      continue;
    }
    if (isErased(flash.bytes, base + at, base + layout.sector)) break;
    const next = search(flash, layout, { ...range, first: order }, at + layout.unit);
    const end = next === undefined ? dirtyEnd(flash, base + at, base + layout.sector) : next.address;
    const isTornHeader = end - (base + at) <= layout.header;
    const lost = next === undefined ? (isTornHeader ? 0 : 1) : next.order - order;
    walked.gaps.push({ stream, sector, address: base + at, bytes: end - (base + at), lost });
    if (next === undefined) break;
    at = next.address - base;
    order = next.order;
  }
  return order;
}

function entryAt(
  flash: ImageFlash,
  layout: Layout,
  { stream, sector }: Range,
  at: number,
  mend?: typeof mendHeader,
): Entry | undefined {
  const address = sector * layout.sector + at;
  const header = new EntryHeader(layout);
  header.bytes.set(flash.bytes.subarray(address, address + layout.header));
  const isWhole = header.decode();
  if (!isWhole && !mend?.({ flash, layout, crc32 }, address, header)) return undefined;
  const { kind, key, order, length } = header;
  const bytes = isOwn(kind) ? layout.header : recordBytes(layout, length);
  if (at + bytes > layout.sector) return undefined;
  const start = address + layout.header;
  const body = flash.bytes.slice(start, start + bodyBytes(layout, length));
  const sound = isOwn(kind) || isBodySound(header.bytes.slice(0, ENTRY_HEADER_BYTES), body, length, crc32);
  const payload = isOwn(kind) ? new Uint8Array(0) : body.slice(0, length);
  return {
    stream,
    sector,
    address,
    kind,
    key,
    order,
    bytes,
    payload,
    sound,
    repaired: !isWhole,
    committed: true,
  };
}

/** The next header behind damage whose order may follow. */
function search(flash: ImageFlash, layout: Layout, range: Range, from: number): Entry | undefined {
  for (let at = from; at + layout.header <= layout.sector; at += layout.unit) {
    const entry = entryAt(flash, layout, range, at);
    const follows =
      entry !== undefined &&
      entry.order >= range.first &&
      entry.order < Math.min(range.until, range.first + ORDERS_LOST_MAX);
    if (follows && (entry.sound || isOwn(entry.kind))) return entry;
  }
  return undefined;
}

function dirtyEnd(flash: ImageFlash, start: number, end: number): number {
  let at = end;
  while (at > start && flash.bytes[at - 1] === 0xff) at--;
  return at;
}

/**
 * What the store calls "who decides": the entry behind a record, or its own mark when it is the last of its
 * log.
 */
function decide(flash: ImageFlash, layout: Layout, entries: readonly Entry[], isFollowed: boolean): void {
  entries.forEach((entry, i) => {
    if (isOwn(entry.kind)) return;
    const next = entries[i + 1];
    if (next !== undefined) entry.committed = next.kind !== KIND.gone;
    else if (!isFollowed) {
      const end = entry.address + entry.bytes;
      entry.committed = entry.kind !== KIND.putMore && isMarkSet(flash.bytes.slice(end - layout.unit, end));
    }
  });
}
