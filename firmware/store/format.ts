/** Which bits: the layout of STORE.md, encoded and decoded. Numbers are little endian. */
import type { Flash } from '../../hal/flash.js';
import { RECORD_BYTES_MAX } from '../limits.js';
import { crc32 } from './crc32.js';

export const FORMAT_VERSION = 1;

// Sector header: prepared (after the erase), opened (before the first record), and room for a later mark.
export const PREPARED_BYTES = 16;
export const OPENED_AT = 16;
export const OPENED_BYTES = 32;
export const ENTRIES_AT = 64;

/** Kinds from here on are the store's own. */
export const KIND_OWN_MIN = 0xf0;
/** The undecided record before this entry counts. */
export const KIND_KEPT = 0xf1;
/** The undecided record before this entry does not count. */
export const KIND_GONE = 0xf2;

const MAGIC = [0x74, 0x61, 0x70, 0x6e]; // "tapn"
const HEADER_BYTES = 8;
const CRC_BYTES = 4;
export const MARK_BYTES = 4;

/** The sizes that follow from the program unit. */
export interface Layout {
  readonly unit: number;
  /** An entry's header, padded to the unit. */
  readonly header: number;
  readonly sector: number;
}

export function layoutOf(flash: Flash): Layout {
  const unit = flash.programUnitBytes;
  return { unit, header: pad(HEADER_BYTES, unit), sector: flash.sectorBytes };
}

export function pad(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
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

export interface Prepared {
  readonly version: number;
  readonly unit: number;
  readonly sectorBytes: number;
  readonly eraseCount: number;
}

export function encodePrepared(layout: Layout, eraseCount: number): Uint8Array {
  const bytes = new Uint8Array(PREPARED_BYTES);
  bytes.set(MAGIC);
  bytes[4] = FORMAT_VERSION;
  bytes[5] = layout.unit;
  bytes[6] = layout.sector >>> 8;
  bytes[7] = layout.sector >>> 16;
  put32(bytes, 8, eraseCount);
  put32(bytes, 12, crc32(bytes, 0, 12));
  return bytes;
}

/** Magic, version and CRC stand where they do in every version, so that another version is known as one. */
export function decodePrepared(bytes: Uint8Array): Prepared | undefined {
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) return undefined;
  if (get32(bytes, 12) !== crc32(bytes, 0, 12)) return undefined;
  return {
    version: bytes[4],
    unit: bytes[5],
    sectorBytes: (bytes[6] << 8) | (bytes[7] << 16),
    eraseCount: get32(bytes, 8),
  };
}

export interface Opened {
  /** Counts opened sectors, from 1. */
  readonly sectorSequence: number;
  /** The sequence number of the first entry here. */
  readonly firstEntry: number;
  /** Sectors with a lower sequence hold nothing any more. */
  readonly oldestSector: number;
  /** The last record of the sector before does not count, and there was no room to say so there. */
  readonly previousGone: boolean;
}

export function encodeOpened(opened: Opened): Uint8Array {
  const bytes = new Uint8Array(OPENED_BYTES).fill(0xff);
  put32(bytes, 0, opened.sectorSequence);
  put32(bytes, 4, opened.firstEntry);
  put32(bytes, 8, opened.oldestSector);
  bytes[12] = opened.previousGone ? 0 : 0xff;
  put32(bytes, 28, crc32(bytes, 0, 28));
  return bytes;
}

export function decodeOpened(bytes: Uint8Array, at: number): Opened | undefined {
  // An erased header would pass no CRC: the CRC of 28 bytes 0xFF is not 0xFFFFFFFF.
  if (get32(bytes, at + 28) !== crc32(bytes, at, at + 28)) return undefined;
  return {
    sectorSequence: get32(bytes, at),
    firstEntry: get32(bytes, at + 4),
    oldestSector: get32(bytes, at + 8),
    previousGone: bytes[at + 12] === 0,
  };
}

// Entries

export interface EntryHeader {
  readonly kind: number;
  /** Payload bytes. */
  readonly length: number;
  readonly sequence: number;
}

/** Fills `target`, `layout.header` bytes. */
export function encodeEntry(target: Uint8Array, kind: number, length: number, sequence: number): void {
  target.fill(0xff);
  target[0] = kind;
  target[2] = length;
  target[3] = length >>> 8;
  put32(target, 4, sequence);
  target[1] = fieldZeros(target);
}

/**
 * A cut leaves too few zeros in the fields and too many ones in their count, so the two agree only in a header
 * that was written to the end (a Berger code). Under flash encryption a cut leaves noise; there the padding tells.
 */
export function decodeEntry(bytes: Uint8Array): EntryHeader | undefined {
  if (bytes[1] !== fieldZeros(bytes) || !isErased(bytes, HEADER_BYTES)) return undefined;
  const kind = bytes[0];
  const length = bytes[2] | (bytes[3] << 8);
  const known = kind < KIND_OWN_MIN ? kind > 0 : kind === KIND_KEPT || kind === KIND_GONE;
  if (!known || length > (kind < KIND_OWN_MIN ? RECORD_BYTES_MAX : 0)) return undefined;
  return { kind, length, sequence: get32(bytes, 4) };
}

/** In all fields of an entry's header but the count itself. */
function fieldZeros(header: Uint8Array): number {
  return zeroBits(header, 0, 1) + zeroBits(header, 2, HEADER_BYTES);
}

export function zeroBits(bytes: Uint8Array, start: number, end: number): number {
  let zeros = 0;
  for (let i = start; i < end; i++) {
    for (let rest = ~bytes[i] & 0xff; rest !== 0; rest &= rest - 1) zeros++;
  }
  return zeros;
}

/** Payload, then CRC-32 over header and payload, then padding. */
export function encodeBody(target: Uint8Array, header: Uint8Array, payload: Uint8Array): void {
  const length = payload.length;
  target.set(payload);
  put32(target, length, crc32(payload, 0, length, crc32(header, 0, HEADER_BYTES)));
  target.fill(0xff, length + CRC_BYTES);
}

export function isBodySound(header: Uint8Array, body: Uint8Array, length: number): boolean {
  return get32(body, length) === crc32(body, 0, length, crc32(header, 0, HEADER_BYTES));
}

/**
 * Four zero bytes, then padding. No header, whole or half written, has a word of zeros: kinds and sequence
 * numbers are above 0.
 */
export function encodeMark(unit: number): Uint8Array {
  return new Uint8Array(unit).fill(0xff).fill(0, 0, MARK_BYTES);
}

export function isMark(bytes: Uint8Array, at: number, unit: number): boolean {
  return get32(bytes, at) === 0 && isErased(bytes, at + MARK_BYTES, at + unit);
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

function get32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
