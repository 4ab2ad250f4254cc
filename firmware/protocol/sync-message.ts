import { getU16, putU16, putU32 } from '../bytes.js';

/**
 * The messages of a sync, each the plaintext of one message of the device's session with its bank: one type
 * byte, then the fields in the order given, integers in big endian. The device asks, the bank answers.
 *
 * Before them, in clear: the device's ephemeral key (32); the bank's certificate, ephemeral key (32) and
 * encrypted bank time (4 + 16).
 */
export const Ask = {
  /** certificate, Ed25519 signature over the handshake hash (64), sequence (4), head (32). -> `from` */
  hello: 0x01,
  /** first sequence (4), then entries, each length (2) and bytes. -> `from` */
  page: 0x02,
  /** -> `settlement` */
  settle: 0x03,
  /** index of the first object (2). -> `objects` */
  objects: 0x04,
  /** The settlement is in the journal: sequence (4), head (32). -> `done` */
  applied: 0x05,
  /**
   * The settlement is not taken: refusal (1), index of the object that is why (2; ffff: the settlement as a
   * whole). -> `refused`
   */
  decline: 0x06,
  /**
   * The journal is here up to an entry that does not read; this is what lies in flash from there on: first
   * number (4), last of all (4), entries, each length (2) and bytes, which may be anything. -> `from`, at
   * last `refused`
   */
  aside: 0x07,
  /**
   * After a `done` that offers it: Ed25519 public key (32) and the pseudonym (8) of the account certificate
   * that is to be replaced, zeros for none; or nothing, while the device needs none. -> `account`
   */
  account: 0x08,
} as const;

export const Answer = {
  /** The journal sequence number that the bank wants next (4). */
  from: 0x81,
  /** number of objects that come with it (2), settlement. */
  settlement: 0x83,
  /** objects, each length (2) and bytes: profiles, operators, parts of the hot list, then the fresh notes. */
  objects: 0x84,
  /** Nothing more, and the session is over; or 1, once: the device's account has terms with a platform. */
  done: 0x85,
  /** An account certificate; or nothing. The session is over. */
  account: 0x86,
  /** one byte of SyncRefusal. */
  refused: 0xff,
} as const;

/** What `done` says when the device may ask for an account certificate. */
export const ACCOUNT_OFFERED = 1;

/** Why a bank refuses to go on. */
export const SyncRefusal = {
  malformed: 1,
  /** The device is not registered, or its certificate or signature is wrong. */
  unknownDevice: 2,
  /** The journal does not continue what the bank has: another copy of this device has synced. */
  forked: 3,
  /** A page or a position that is out of the journal it belongs to. */
  badEntry: 4,
  /** Out of order. */
  order: 5,
  /** The device has declined the settlement; why is written down. */
  declined: 6,
  /** The device's journal has stopped: the bank takes it for lost, and recovers what it held. */
  stopped: 7,
} as const;

/** Appends length (2) and `bytes` at `at`; returns the next position. */
export function putItem(target: Uint8Array, at: number, bytes: Uint8Array): number {
  putU16(target, at, bytes.length);
  target.set(bytes, at + 2);
  return at + 2 + bytes.length;
}

/** The items of length (2) and bytes from `at` on; undefined when they do not end where `source` ends. */
export function items(source: Uint8Array, at: number): Uint8Array[] | undefined {
  const found: Uint8Array[] = [];
  while (at < source.length) {
    if (at + 2 > source.length) return undefined;
    const end = at + 2 + getU16(source, at);
    if (end > source.length) return undefined;
    found.push(source.subarray(at + 2, end));
    at = end;
  }
  return found;
}

/** A message of a type byte and one number of 4 bytes. */
export function numbered(type: number, value: number): Uint8Array {
  const message = new Uint8Array(5);
  message[0] = type;
  putU32(message, 1, value);
  return message;
}
