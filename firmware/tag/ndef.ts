import { concat, getU32, NOTHING } from '../bytes.js';
import { TAG_MESSAGE_BYTES_MAX, TAG_RECORDS_MAX } from '../limits.js';
import { TagFault } from './tag-fault.js';

/*
 * NDEF: NFC Forum, NFC Data Exchange Format, technical specification 1.0. Section numbers are that
 * document's.
 */

/** Type name format (3.2.6). */
export const Tnf = {
  empty: 0,
  wellKnown: 1,
  media: 2,
  uri: 3,
  external: 4,
  unknown: 5,
  unchanged: 6,
} as const;

/** Flags of a record's first byte (3.2). */
const MESSAGE_BEGIN = 0x80;
const MESSAGE_END = 0x40;
const CHUNK = 0x20;
const SHORT = 0x10;
const HAS_ID = 0x08;
const TNF_MASK = 0x07;
const SHORT_BYTES_MAX = 255;

/** One record. One that came in chunks is whole. */
export interface NdefRecord {
  readonly tnf: number;
  readonly type: Uint8Array;
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
}

/** A record, or a chunk of one, as it stands in the message. */
interface Piece extends NdefRecord {
  readonly flags: number;
  /** Where the next begins. */
  readonly end: number;
}

/**
 * The records of a message, or what is wrong with it: nothing before, between or behind them is passed over.
 * Chunks (2.3.3) are joined, whatever the type: the payload of a record is the same however it is cut.
 */
export function parseNdef(message: Uint8Array): readonly NdefRecord[] | TagFault {
  const { length } = message;
  if (length === 0) return TagFault.empty;
  if (length > TAG_MESSAGE_BYTES_MAX) return TagFault.tooLong;
  const records: NdefRecord[] = [];
  for (let at = 0; ; ) {
    const piece = pieceAt(message, at);
    if (typeof piece === 'number') return piece;
    if (((piece.flags & MESSAGE_BEGIN) !== 0) !== (at === 0)) return TagFault.record;
    if (piece.tnf === Tnf.unchanged) return TagFault.chunk;
    if (records.length === TAG_RECORDS_MAX) return TagFault.tooLong;
    const whole = (piece.flags & CHUNK) === 0 ? piece : joined(message, piece);
    if (typeof whole === 'number') return whole;
    const { tnf, type, id, payload, flags, end } = whole;
    records.push({ tnf, type, id, payload });
    at = end;
    if ((flags & MESSAGE_END) !== 0) return at === length ? records : TagFault.record;
    if (at === length) return TagFault.cut;
  }
}

/** The record that begins with the chunk `first`. Its flags are those of the last chunk. */
function joined(message: Uint8Array, first: Piece): Piece | TagFault {
  if (first.tnf === Tnf.empty) return TagFault.chunk;
  const parts = [first.payload];
  for (let last = first; ; ) {
    if ((last.flags & CHUNK) === 0)
      return { ...first, payload: concat(...parts), flags: last.flags, end: last.end };
    // A message ends with the last chunk, not within.
    if ((last.flags & MESSAGE_END) !== 0) return TagFault.chunk;
    if (last.end === message.length) return TagFault.cut;
    const next = pieceAt(message, last.end);
    if (typeof next === 'number') return next;
    // That it has no type its format has shown.
    const follows = next.tnf === Tnf.unchanged && (next.flags & (MESSAGE_BEGIN | HAS_ID)) === 0;
    if (!follows) return TagFault.chunk;
    parts.push(next.payload);
    last = next;
  }
}

/** What begins at `at`, by its own lengths (3.2). */
function pieceAt(message: Uint8Array, at: number): Piece | TagFault {
  const { length } = message;
  const flags = message[at];
  const tnf = flags & TNF_MASK;
  const lengthBytes = (flags & SHORT) !== 0 ? 1 : 4;
  let from = at + 2 + lengthBytes + ((flags & HAS_ID) !== 0 ? 1 : 0);
  if (from > length) return TagFault.cut;
  const typeBytes = message[at + 1];
  const payloadBytes = lengthBytes === 1 ? message[at + 2] : getU32(message, at + 2);
  const idBytes = (flags & HAS_ID) !== 0 ? message[from - 1] : 0;
  if (typeBytes + idBytes + payloadBytes > length - from) return TagFault.cut;
  // 3.2.6: each format says whether there is a type; the last, 7, is reserved.
  const isTyped = tnf >= Tnf.wellKnown && tnf <= Tnf.external;
  if (tnf > Tnf.unchanged || isTyped !== typeBytes > 0) return TagFault.record;
  if (tnf === Tnf.empty && idBytes + payloadBytes > 0) return TagFault.record;
  const take = (bytes: number): Uint8Array => message.subarray(from, (from += bytes));
  const [type, id, payload] = [take(typeBytes), take(idBytes), take(payloadBytes)];
  return { flags, tnf, type, id, payload, end: from };
}

/** A message of these records, none of them in chunks. */
export function buildNdef(records: readonly NdefRecord[]): Uint8Array {
  const last = records.length - 1;
  return concat(...records.map((record, i) => recordBytes(record, i === 0, i === last)));
}

function recordBytes({ tnf, type, id, payload }: NdefRecord, isFirst: boolean, isLast: boolean): Uint8Array {
  const { length } = payload;
  const isShort = length <= SHORT_BYTES_MAX;
  const flags =
    (isFirst ? MESSAGE_BEGIN : 0) |
    (isLast ? MESSAGE_END : 0) |
    (isShort ? SHORT : 0) |
    (id.length > 0 ? HAS_ID : 0);
  const lengths = isShort
    ? Uint8Array.of(length)
    : Uint8Array.of(length >>> 24, length >> 16, length >> 8, length);
  const idLength = id.length > 0 ? Uint8Array.of(id.length) : NOTHING;
  return concat(Uint8Array.of(flags | tnf, type.length), lengths, idLength, type, id, payload);
}
