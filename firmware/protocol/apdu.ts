/** ISO 7816-4 command APDUs, short and extended. */
export interface Command {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
}

const NO_DATA = new Uint8Array(0);

/** Undefined when the lengths do not fit (ISO 7816-4, 5.1: cases 1 to 4, short and extended). */
export function parseCommand(bytes: Uint8Array): Command | undefined {
  const length = bytes.length;
  if (length < 4) return undefined;
  const data = commandData(bytes, length);
  return data && { cla: bytes[0], ins: bytes[1], p1: bytes[2], p2: bytes[3], data };
}

function commandData(bytes: Uint8Array, length: number): Uint8Array | undefined {
  if (length <= 5) return NO_DATA; // cases 1 and 2
  if (bytes[4] !== 0) {
    const end = 5 + bytes[4];
    return length === end || length === end + 1 ? bytes.subarray(5, end) : undefined;
  }
  if (length === 7) return NO_DATA; // case 2, extended
  if (length < 7) return undefined;
  const end = 7 + ((bytes[5] << 8) | bytes[6]);
  const fits = end > 7 && (length === end || length === end + 2);
  return fits ? bytes.subarray(7, end) : undefined;
}

/** A command with `data`, to be answered at any length; `long` when that may exceed 256 bytes. */
export function buildCommand(
  ins: number,
  data: Uint8Array,
  options: { cla?: number; p1?: number; long?: boolean } = {},
): Uint8Array {
  const long = options.long === true || data.length > 255;
  const lengthBytes = data.length === 0 ? 0 : long ? 3 : 1;
  const expectedBytes = long ? (data.length === 0 ? 3 : 2) : 1;
  const head = 4 + lengthBytes;
  const bytes = new Uint8Array(head + data.length + expectedBytes);
  bytes[0] = options.cla ?? CLA;
  bytes[1] = ins;
  bytes[2] = options.p1 ?? 0;
  if (lengthBytes === 1) bytes[4] = data.length;
  if (lengthBytes === 3) {
    bytes[5] = data.length >> 8;
    bytes[6] = data.length;
  }
  bytes.set(data, head);
  return bytes;
}

/** `data`, then the status word. */
export function answer(status: number, data: Uint8Array = NO_DATA): Uint8Array {
  const bytes = new Uint8Array(data.length + 2);
  bytes.set(data);
  bytes[data.length] = status >> 8;
  bytes[data.length + 1] = status;
  return bytes;
}

/** Class byte of all our commands but SELECT and ENVELOPE. */
export const CLA = 0x80;
export const CLA_ISO = 0x00;

export const Ins = {
  select: 0xa4,
  envelope: 0xc2,
  /** certificate, ephemeral key (32) of the terminal. */
  hello: 0x10,
  /** One message of the session. */
  secure: 0x12,
  makeKeys: 0x20,
  prove: 0x22,
  personalise: 0x24,
  setPin: 0x26,
} as const;

/** Registered application provider "F0" (proprietary), then "tapnote" and the version. */
export const AID = Uint8Array.of(0xf0, 0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x01);
export const PROTOCOL_VERSION = 1;
