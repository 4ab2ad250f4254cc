/**
 * Which bits: the layout of STORE.md, encoded and decoded. Numbers are little endian, as on every chip that
 * this runs on.
 */
import type { Crc32 } from '../../hal/crc32.js';
import type { Flash } from '../../hal/flash.js';
import { RECORD_BYTES_MAX } from '../limits.js';

export const FORMAT_VERSION = 4;

/** A sector begins with what was written after its erase, and what was written before its first entry. */
const PREPARED_BYTES = 16;
export const OPENED_AT = PREPARED_BYTES;
const OPENED_BYTES = 48;
export const ENTRIES_AT = OPENED_AT + OPENED_BYTES;

/** The two logs. A sector belongs to one of them. */
export const JOURNAL = 0;
export const STATE = 1;
export type Stream = typeof JOURNAL | typeof STATE;

/** What an entry is. From OWN_MIN on it is a header alone. */
export const KIND = {
  /** State: the value of `key`. */
  put: 0x01,
  /** The same, as part of a batch that goes on. */
  putMore: 0x02,
  /** Page `key` of the index. */
  index: 0x03,
  root: 0x04,
  /** Journal: the entry with the number `key`. */
  entry: 0x05,

  /** `key` has no value any more. */
  remove: 0x81,
  removeMore: 0x82,
  /** Journal entries below `key` are not needed any more. */
  floor: 0x83,
  /**
   * A sector is about to be erased: number in the low half of `key`, its new erase count in the high half.
   */
  erase: 0x84,
  /** Sector `key` is never used again. */
  bad: 0x85,
  /** The undecided record before this entry counts. */
  kept: 0x86,
  /** It does not, nor does a batch that has not ended. */
  gone: 0x87,
} as const;
const RECORD_KIND_MAX = KIND.entry;
const OWN_MIN = KIND.remove;
const OWN_MAX = KIND.gone;

export const isOwn = (kind: number): boolean => kind >= OWN_MIN;

/** What belongs to a batch that goes on, or to a root that is still to come: it does not count by itself. */
export const isMore = (kind: number): boolean =>
  kind === KIND.putMore || kind === KIND.removeMore || kind === KIND.index;
const isVerdict = (kind: number): boolean => kind === KIND.kept || kind === KIND.gone;
/** Whether an entry says something that a boot has to know. */
export const isCounting = (kind: number): boolean => !isMore(kind) && !isVerdict(kind);

export const ENTRY_HEADER_BYTES = 12;
const CRC_BYTES = 4;
const MARK_BYTES = 4;
/**
 * Room that records leave at the end of a sector for entries that are headers alone, so that recovery and
 * `tidy` never lack it.
 */
const SPARE_HEADERS: readonly [number, number] = [1, 6];
/** No address, no sector: what an erased word reads as. */
export const NONE = -1;

/** The sizes that follow from the program unit. */
export interface Layout {
  readonly unit: number;
  /** An entry's header, padded to the unit. */
  readonly header: number;
  readonly sector: number;
  /** Records of each log end here. */
  readonly limits: readonly [number, number];
}

export function layoutOf(flash: Flash): Layout {
  const unit = flash.programUnitBytes;
  const sector = flash.sectorBytes;
  const header = pad(ENTRY_HEADER_BYTES, unit);
  const limits: [number, number] = [
    sector - SPARE_HEADERS[JOURNAL] * header,
    sector - SPARE_HEADERS[STATE] * header,
  ];
  return { unit, header, sector, limits };
}

function pad(bytes: number, unit: number): number {
  return (bytes + unit - 1) & ~(unit - 1);
}

/** Payload and CRC, padded. */
export function bodyBytes(layout: Layout, payload: number): number {
  return pad(payload + CRC_BYTES, layout.unit);
}

/** A whole record: header, body, commit mark. */
export function recordBytes(layout: Layout, payload: number): number {
  return layout.header + bodyBytes(layout, payload) + layout.unit;
}

export function isErased(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0xff) return false;
  return true;
}

// Sector header

const MAGIC = 0x6e706174; // "tapn"

export interface Prepared {
  readonly version: number;
  readonly unit: number;
  readonly sectorBytes: number;
  readonly eraseCount: number;
}

export function encodePrepared(layout: Layout, eraseCount: number, crc32: Crc32): Uint8Array {
  const bytes = new Uint8Array(PREPARED_BYTES);
  const words = new Int32Array(bytes.buffer);
  words[0] = MAGIC;
  words[1] = FORMAT_VERSION | (layout.unit << 8) | ((layout.sector >>> 8) << 16);
  words[2] = eraseCount;
  words[3] = crc32(bytes, 0, 12, 0);
  return bytes;
}

/** Magic, version and CRC stand where they do in every version, so that another version is known as one. */
export function decodePrepared(header: SectorHeader, crc32: Crc32): Prepared | undefined {
  const { bytes, words } = header;
  if (words[0] !== MAGIC || words[3] !== (crc32(bytes, 0, 12, 0) | 0)) return undefined;
  return {
    version: bytes[4],
    unit: bytes[5],
    sectorBytes: (bytes[6] | (bytes[7] << 8)) << 8,
    eraseCount: words[2],
  };
}

export interface Opened {
  /** Counts opened sectors, from 1. */
  readonly sequence: number;
  readonly stream: Stream;
  /**
   * Order of the first entry here; entries of the log's sector before with this order or a later one do not
   * count.
   */
  readonly first: number;
  /** Journal: the number of the first journal entry here. */
  readonly number: number;
  /** Where the newest root was, or NONE. */
  readonly root: number;
  /** Order of the first entry of the log's sector before, or 0. */
  readonly previous: number;
}

export function encodeOpened(opened: Opened, crc32: Crc32): Uint8Array {
  const bytes = new Uint8Array(OPENED_BYTES).fill(0xff);
  const words = new Int32Array(bytes.buffer);
  words[0] = opened.sequence;
  words[1] = opened.stream;
  words[2] = opened.first;
  words[3] = opened.number;
  words[4] = opened.root;
  words[5] = opened.previous;
  words[11] = crc32(bytes, 0, 44, 0);
  return bytes;
}

export function decodeOpened(header: SectorHeader, crc32: Crc32): Opened | undefined {
  const { bytes, words } = header;
  // An erased header passes no CRC: that of 44 bytes 0xFF is not 0xFFFFFFFF.
  if (words[15] !== (crc32(bytes, OPENED_AT, OPENED_AT + 44, 0) | 0)) return undefined;
  const stream = words[5];
  if (stream !== JOURNAL && stream !== STATE) return undefined;
  return {
    sequence: words[4],
    stream,
    first: words[6],
    number: words[7],
    root: words[8],
    previous: words[9],
  };
}

/** A buffer for the header of a sector, seen as bytes and as words. */
export class SectorHeader {
  readonly bytes = new Uint8Array(ENTRIES_AT);
  readonly words = new Int32Array(this.bytes.buffer);

  read(flash: Flash, sector: number): this {
    flash.read(sector * flash.sectorBytes, this.bytes);
    return this;
  }

  get isOpenedErased(): boolean {
    const { words } = this;
    for (let i = OPENED_AT >> 2; i < ENTRIES_AT >> 2; i++) if (words[i] !== NONE) return false;
    return true;
  }
}

// Entries

/** Byte 1 of a little endian word: what counts the zeros is not counted. */
const COUNT_MASK = 0xff00;

/**
 * Bits of a word that are 0. Sums of pairs, nibbles, bytes; the top bit apart, so that no sum leaves 32 bits
 * for a slow double.
 */
function zerosIn(word: number): number {
  const top = word < 0 ? 0 : 1;
  let ones = ~word & 0x7fffffff;
  ones -= (ones >> 1) & 0x55555555;
  ones = (ones & 0x33333333) + ((ones >> 2) & 0x33333333);
  ones = (ones + (ones >> 4)) & 0x0f0f0f0f;
  ones += ones >> 8;
  ones += ones >> 16;
  return top + (ones & 0x3f);
}

/**
 * A buffer for the header of an entry. `decode` fills the fields from the bytes, `encode` the bytes from the
 * fields.
 */
export class EntryHeader {
  readonly bytes: Uint8Array;
  readonly #words: Int32Array;
  kind = 0;
  /** Payload bytes. */
  length = 0;
  /** Counts the entries of a log. */
  order = 0;
  key = 0;

  constructor(layout: Layout) {
    this.bytes = new Uint8Array(layout.header);
    this.#words = new Int32Array(this.bytes.buffer);
  }

  encode(kind: number, length: number, order: number, key: number): Uint8Array {
    const { bytes } = this;
    bytes.fill(0xff);
    bytes[0] = kind;
    bytes[2] = length;
    bytes[3] = length >>> 8;
    this.#words[1] = order;
    this.#words[2] = ~key; // so that 0, which is a key, is not four zero bytes, which are a mark
    bytes[1] = this.#zeros();
    return bytes;
  }

  /**
   * False when the bytes are no whole header. A cut leaves too few zeros in the fields and too many ones in
   * their count, so the two agree only in a header that was written to the end (a Berger code). Under flash
   * encryption a cut leaves noise; there the padding tells.
   */
  decode(): boolean {
    const { bytes } = this;
    const kind = bytes[0];
    const known = kind >= OWN_MIN ? kind <= OWN_MAX : kind > 0 && kind <= RECORD_KIND_MAX;
    if (!known || bytes[1] !== this.#zeros() || !isErased(bytes, ENTRY_HEADER_BYTES)) return false;
    const length = bytes[2] | (bytes[3] << 8);
    if (length > (kind >= OWN_MIN ? 0 : RECORD_BYTES_MAX)) return false;
    this.kind = kind;
    this.length = length;
    this.order = this.#words[1];
    this.key = ~this.#words[2];
    return true;
  }

  /** Of all bytes but their count. */
  #zeros(): number {
    const words = this.#words;
    return zerosIn(words[0] | COUNT_MASK) + zerosIn(words[1]) + zerosIn(words[2]);
  }
}

/**
 * Payload, then CRC-32 over header and payload, then padding. Not `sound`: a copy of a record that had rotted
 * stays known as such.
 */
export function encodeBody(
  target: Uint8Array,
  header: Uint8Array,
  payload: Uint8Array,
  sound: boolean,
  crc32: Crc32,
): void {
  const length = payload.length;
  target.set(payload);
  target.fill(0xff, length);
  const crc = bodyCrc(header, target, length, crc32) ^ (sound ? 0 : 1);
  for (let i = 0; i < CRC_BYTES; i++) target[length + i] = crc >>> (8 * i);
}

export function isBodySound(header: Uint8Array, body: Uint8Array, length: number, crc32: Crc32): boolean {
  const at = length;
  const stored = body[at] | (body[at + 1] << 8) | (body[at + 2] << 16) | (body[at + 3] << 24);
  return stored === bodyCrc(header, body, length, crc32);
}

function bodyCrc(header: Uint8Array, body: Uint8Array, length: number, crc32: Crc32): number {
  return crc32(body, 0, length, crc32(header, 0, ENTRY_HEADER_BYTES, 0)) | 0;
}

/**
 * Four zero bytes, then padding. No header, whole or half written, has a word of zeros: see `EntryHeader`.
 */
export function encodeMark(unit: number): Uint8Array {
  return new Uint8Array(unit).fill(0xff).fill(0, 0, MARK_BYTES);
}

export function isMark(bytes: Uint8Array, at: number, unit: number): boolean {
  for (let i = 0; i < MARK_BYTES; i++) if (bytes[at + i] !== 0) return false;
  return isErased(bytes, at + MARK_BYTES, at + unit);
}

/** Half a mark counts by the majority of its bits, so that no single bad bit turns the answer. */
export function isMarkSet(mark: Uint8Array): boolean {
  const zeros = zerosIn(mark[0] | (mark[1] << 8) | (mark[2] << 16) | (mark[3] << 24));
  return zeros >= MARK_BYTES * 4;
}

// Root

/** Sectors that stand erased or are about to be, and sectors given up, at most. */
export const ERASES_MAX = 12;
export const BAD_MAX = 16;
/** Keys that one page of the index holds the addresses of. */
export const PAGE_KEYS = 64;

/** What a root says, beside where the pages of the index lie. */
export interface RootFields {
  floor: number;
  /** As in the key of an `erase` entry. */
  erases: number[];
  bad: number[];
}

const ROOT_WORDS = 1 + ERASES_MAX + BAD_MAX;

export const rootBytes = (pages: number): number => 4 * (ROOT_WORDS + pages);

export function encodeRoot(fields: RootFields, pages: Int32Array): Uint8Array {
  const words = new Int32Array(ROOT_WORDS + pages.length).fill(NONE);
  words[0] = fields.floor;
  words.set(fields.erases, 1);
  words.set(fields.bad, 1 + ERASES_MAX);
  words.set(pages, ROOT_WORDS);
  return new Uint8Array(words.buffer);
}

/** Undefined when it is not of the length that `pages` pages ask for. */
export function decodeRoot(
  payload: Uint8Array,
  pages: number,
): { fields: RootFields; pages: Int32Array } | undefined {
  if (payload.length !== rootBytes(pages)) return undefined;
  const words = new Int32Array(payload.slice().buffer);
  const some = (from: number, to: number) => Array.from(words.subarray(from, to)).filter((n) => n !== NONE);
  const erases = some(1, 1 + ERASES_MAX);
  const bad = some(1 + ERASES_MAX, ROOT_WORDS);
  return { fields: { floor: words[0], erases, bad }, pages: words.slice(ROOT_WORDS) };
}
