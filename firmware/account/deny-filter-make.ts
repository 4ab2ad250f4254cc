import { putU16, putU32 } from '../bytes.js';
import {
  DenyFilter,
  FILTER_HEAD_BYTES,
  filterBodyBytes,
  hashInto,
  PLACES,
  placeAt,
  SEGMENT_LOG_MAX,
  setPlaceAt,
} from './deny-filter.js';

/** Seeds that are tried before the platform is told that there is something wrong with its list. */
const SEEDS_MAX = 256;
/** A table of so few serial numbers needs room as if there were more. */
const FEW = 256;

/**
 * The body of a filter for these serial numbers, each there once. The platform's side: a terminal only reads.
 * `mustMiss`: a first seed is looked for by which none of those hits by chance. Throws RangeError when there
 * is none.
 */
export function filterBodyOf(
  serials: ArrayLike<number>,
  mustMiss: (body: Uint8Array) => boolean,
): Uint8Array {
  const [segments, logarithm] = sizesFor(serials.length);
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const body = new Uint8Array(filterBodyBytes(segments, logarithm));
    putU32(body, 0, seed);
    putU16(body, 4, segments);
    body[6] = logarithm;
    if (fill(body, serials, seed, segments, logarithm) && mustMiss(body)) return body;
  }
  throw new RangeError('no filter for these serial numbers');
}

/** Whether none of the certificates `first` to `last` hits that is not in `denied`. */
export function missesAmong(
  body: Uint8Array,
  denied: { has(serial: number): boolean },
  first: number,
  last: number,
): boolean {
  const filter = DenyFilter.load(body);
  if (!filter) return false;
  for (let serial = first; serial <= last; serial++)
    if (filter.has(serial) && !denied.has(serial)) return false;
  return true;
}

/** Sizes as the authors of these filters give them for four places. */
function sizesFor(count: number): readonly [segments: number, logarithm: number] {
  const size = Math.max(count, FEW);
  const logarithm = Math.min(SEGMENT_LOG_MAX, Math.floor(Math.log(size) / Math.log(2.91) - 0.5));
  const factor = Math.max(1.075, 0.77 + (0.305 * Math.log(600_000)) / Math.log(size));
  return [Math.max(PLACES, Math.ceil((size * factor) / 2 ** logarithm)), logarithm];
}

/** Fills the table; false when this seed has no solution. */
function fill(
  body: Uint8Array,
  serials: ArrayLike<number>,
  seed: number,
  segments: number,
  logarithm: number,
): boolean {
  const { length } = serials;
  const size = segments * 2 ** logarithm;
  // By place: how many serial numbers lie there, and the XOR of their indices.
  const counts = new Uint16Array(size);
  const sums = new Uint32Array(size);
  const places = new Uint32Array(PLACES);
  for (let i = 0; i < length; i++) {
    hashInto(places, serials[i], seed, segments, logarithm);
    for (const place of places) {
      counts[place]++;
      sums[place] ^= i;
    }
  }
  // One that lies somewhere alone can be set last: it is taken away, and leaves others alone.
  const alone: number[] = [];
  for (let place = 0; place < size; place++) if (counts[place] === 1) alone.push(place);
  const order = new Uint32Array(2 * length);
  let taken = 0;
  for (let place = alone.pop(); place !== undefined; place = alone.pop()) {
    if (counts[place] !== 1) continue;
    const i = sums[place];
    order[2 * taken] = i;
    order[2 * taken + 1] = place;
    taken++;
    hashInto(places, serials[i], seed, segments, logarithm);
    for (const other of places) {
      sums[other] ^= i;
      if (--counts[other] === 1) alone.push(other);
    }
  }
  if (taken < length) return false;
  while (taken-- > 0) {
    const own = order[2 * taken + 1];
    let rest = hashInto(places, serials[order[2 * taken]], seed, segments, logarithm);
    for (const place of places) if (place !== own) rest ^= placeAt(body, FILTER_HEAD_BYTES, place);
    setPlaceAt(body, FILTER_HEAD_BYTES, own, rest);
  }
  return true;
}
