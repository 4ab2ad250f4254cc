import { getU16, join, NOTHING } from '../bytes.js';

/** ISO 7816-4 command APDUs, short and extended. */
export interface Command {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
  /** Ne: how many bytes the answer may have; 0 when there is no Le. */
  readonly expected: number;
}

const SHORT_EXPECTED_MAX = 256;
const EXTENDED_EXPECTED_MAX = 65_536;

/** Undefined when the lengths do not fit (ISO 7816-4, 5.1: cases 1 to 4, short and extended). */
export function parseCommand(bytes: Uint8Array): Command | undefined {
  const { length } = bytes;
  if (length < 4) return undefined;
  if (length === 4) return command(bytes, 4, 4, 0); // case 1
  const short = bytes[4];
  if (length === 5) return command(bytes, 5, 5, short || SHORT_EXPECTED_MAX); // case 2
  if (short !== 0) {
    const end = 5 + short;
    if (length === end) return command(bytes, 5, end, 0); // case 3
    if (length !== end + 1) return undefined;
    return command(bytes, 5, end, bytes[end] || SHORT_EXPECTED_MAX); // case 4
  }
  if (length < 7) return undefined;
  const long = getU16(bytes, 5);
  if (length === 7) return command(bytes, 7, 7, long || EXTENDED_EXPECTED_MAX); // case 2, extended
  const end = 7 + long;
  if (long === 0) return undefined;
  if (length === end) return command(bytes, 7, end, 0); // case 3, extended
  return length === end + 2
    ? command(bytes, 7, end, getU16(bytes, end) || EXTENDED_EXPECTED_MAX) // case 4, extended
    : undefined;
}

function command(bytes: Uint8Array, start: number, end: number, expected: number): Command {
  const data = start === end ? NOTHING : bytes.subarray(start, end);
  return { cla: bytes[0], ins: bytes[1], p1: bytes[2], p2: bytes[3], data, expected };
}

/**
 * A command with `data`, to be answered at any length; `long` when that may exceed 256 bytes. `isPart`: more
 * of it follows, and nothing is expected.
 */
export function buildCommand(
  ins: number,
  data: Uint8Array,
  options: { cla?: number; p1?: number; p2?: number; long?: boolean; isPart?: boolean } = {},
): Uint8Array {
  const { length } = data;
  const long = options.long === true || length > 255;
  const lengthBytes = length === 0 ? 0 : long ? 3 : 1;
  const leBytes = options.isPart === true ? 0 : long ? (length === 0 ? 3 : 2) : 1;
  const head = 4 + lengthBytes;
  const bytes = new Uint8Array(head + length + leBytes);
  bytes[0] = options.cla ?? CLA;
  bytes[1] = ins;
  bytes[2] = options.p1 ?? 0;
  bytes[3] = options.p2 ?? 0;
  if (lengthBytes === 1) bytes[4] = length;
  if (lengthBytes === 3) {
    bytes[5] = length >> 8;
    bytes[6] = length;
  }
  bytes.set(data, head);
  return bytes;
}

/** `data`, then the status word. */
export function answer(status: number, data: Uint8Array = NOTHING): Uint8Array {
  const { length } = data;
  const bytes = new Uint8Array(length + 2);
  bytes.set(data);
  bytes[length] = status >> 8;
  bytes[length + 1] = status;
  return bytes;
}

/** Class byte of all our commands but SELECT and ENVELOPE. */
export const CLA = 0x80;
export const CLA_ISO = 0x00;
/** Of a class byte: more of the same command follows (ISO 7816-4, 5.4.1). */
export const CLA_CHAINING = 0x10;

export const Ins = {
  select: 0xa4,
  envelope: 0xc2,
  /** Nothing. -> what is left of the last answer. */
  getResponse: 0xc0,
  /** P1 the version. Ephemeral key (32), certificate in its compact form, of the terminal. */
  hello: 0x10,
  /** One message of the session. */
  secure: 0x12,
  /** The terminal's nonce (4). -> the card's nonce (4), what it needs for this answer in microseconds (2). */
  proximity: 0x14,
  makeKeys: 0x20,
  prove: 0x22,
  personalise: 0x24,
  setPin: 0x26,
} as const;

/**
 * Registered application provider "F0" (proprietary), then "tapnote" and the first version that is
 * negotiated: a terminal of version 1 does not find it, and a card of version 1 does not have it.
 */
export const AID = Uint8Array.of(0xf0, 0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x02);

/** Versions of the protocol that a side speaks: the newest and the oldest, and all between. */
export interface Versions {
  readonly newest: number;
  readonly oldest: number;
}
export const VERSIONS: Versions = { newest: 2, oldest: 2 };

/** The newest version that both speak; undefined when there is none. */
export function commonVersion(ours: Versions, theirs: Versions): number | undefined {
  const version = Math.min(ours.newest, theirs.newest);
  return version >= ours.oldest && version >= theirs.oldest ? version : undefined;
}

/** SELECT of our application by name: how every touch and every sync begins. */
export const SELECT_APPLICATION = buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 });

/** HELLO in the newest version: the terminal's ephemeral key (32) and its certificate in compact form. */
export const buildHello = (
  ephemeral: Uint8Array,
  certificate: Uint8Array,
  version: number = VERSIONS.newest,
): Uint8Array => buildCommand(Ins.hello, join(ephemeral, certificate), { p1: version });

/**
 * ENVELOPE: carries a message of the bank's to the wallet; nothing begins a sync. `carries_bytes`: beginning
 * one, the longest message of the wallet's that the carrier takes; 0: as long as any reader carries.
 */
export const buildEnvelope = (message: Uint8Array, carries_bytes = 0): Uint8Array =>
  buildCommand(Ins.envelope, message, {
    cla: CLA_ISO,
    p1: carries_bytes >>> 8,
    p2: carries_bytes,
    long: true,
  });
