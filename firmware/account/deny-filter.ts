import { getU16, getU32 } from '../bytes.js';
import type { Serials } from './serial-set.js';

/*
 * A binary fuse filter of four positions (T. M. Graf, D. Lemire: Binary Fuse Filters, 2022): the fingerprint
 * of a serial number is the XOR of four places in a table. A certificate that is denied always hits; another
 * hits by chance, with the probability of 2^-FINGERPRINT_BITS.
 */
const FINGERPRINT_BITS = 20;
const FINGERPRINT = 2 ** FINGERPRINT_BITS - 1;

/** Body: seed (4), segments (2), logarithm of the places in one (1), then the places, 20 bits each. */
export const FILTER_HEAD_BYTES = 7;
const SEGMENTS = 4;
const LOGARITHM = 6;
export const SEGMENT_LOG_MAX = 12;
/** Of a segment's four places, each lies in the next segment. */
export const PLACES = 4;

export const filterBodyBytes = (segments: number, logarithm: number): number =>
  FILTER_HEAD_BYTES + Math.ceil((segments * 2 ** logarithm * FINGERPRINT_BITS) / 8);

/** Scatters 32 bits, one to one (the finaliser of MurmurHash3). */
function scatter(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Where the fingerprint of `serial` lies: four places into `places`, and the fingerprint itself as the
 * result.
 */
export function hashInto(
  places: Uint32Array,
  serial: number,
  seed: number,
  segments: number,
  logarithm: number,
): number {
  const first = scatter((serial ^ seed) >>> 0);
  const second = scatter((first + 0x9e3779b9) >>> 0);
  const third = scatter((first ^ 0x7f4a7c15) >>> 0);
  const length = 1 << logarithm;
  const mask = length - 1;
  // The product is below 2^53: it is exact.
  const start = Math.floor((first * ((segments - PLACES + 1) * length)) / 0x100000000);
  places[0] = start;
  places[1] = (start + length) ^ (second & mask);
  places[2] = (start + 2 * length) ^ ((second >>> SEGMENT_LOG_MAX) & mask);
  places[3] = (start + 3 * length) ^ ((third >>> FINGERPRINT_BITS) & mask);
  return third & FINGERPRINT;
}

/** The 20 bits at a place of the table that begins at `from`. */
export function placeAt(body: Uint8Array, from: number, place: number): number {
  const at = from + ((5 * place) >> 1);
  return (place & 1) === 0
    ? (body[at] << 12) | (body[at + 1] << 4) | (body[at + 2] >> 4)
    : ((body[at] & 15) << 16) | (body[at + 1] << 8) | body[at + 2];
}

/** Sets what `placeAt` reads. */
export function setPlaceAt(body: Uint8Array, from: number, place: number, value: number): void {
  const at = from + ((5 * place) >> 1);
  if ((place & 1) === 0) {
    body[at] = value >> 12;
    body[at + 1] = value >> 4;
    body[at + 2] = (body[at + 2] & 15) | (value << 4);
  } else {
    body[at] = (body[at] & 0xf0) | (value >> 16);
    body[at + 1] = value >> 8;
    body[at + 2] = value;
  }
}

export class DenyFilter implements Serials {
  readonly #places = new Uint32Array(PLACES);
  readonly #seed: number;
  readonly #segments: number;
  readonly #logarithm: number;

  private constructor(private readonly body: Uint8Array) {
    this.#seed = getU32(body, 0);
    this.#segments = getU16(body, SEGMENTS);
    this.#logarithm = body[LOGARITHM];
  }

  /** Undefined when its length is not what its head says. */
  static load(body: Uint8Array): DenyFilter | undefined {
    if (body.length < FILTER_HEAD_BYTES) return undefined;
    const filter = new DenyFilter(body);
    const isSound = filter.#segments >= PLACES && filter.#logarithm <= SEGMENT_LOG_MAX;
    return isSound && body.length === filterBodyBytes(filter.#segments, filter.#logarithm)
      ? filter
      : undefined;
  }

  has(serial: number): boolean {
    const places = this.#places;
    const body = this.body;
    let rest = hashInto(places, serial, this.#seed, this.#segments, this.#logarithm);
    for (let i = 0; i < PLACES; i++) rest ^= placeAt(body, FILTER_HEAD_BYTES, places[i]);
    return rest === 0;
  }
}
