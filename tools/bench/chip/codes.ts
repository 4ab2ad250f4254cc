/**
 * What the meter charges instructions to: primitives, the store and its parts, and brackets that only say in
 * which phase they are.
 */
export const CODES = [
  'engine',
  'SHA-256',
  'HMAC',
  'HKDF',
  'Ed25519 key',
  'Ed25519 sign',
  'Ed25519 prepare',
  'Ed25519 verify',
  'X25519 key',
  'X25519 image',
  'X25519',
  'AEAD',
  'equal',
  'store',
  'CRC-32',
  'flash',
  'session',
  'certificate',
  'verify',
  'commit',
] as const;

export type Code = (typeof CODES)[number];

export const codeOf = (code: Code): number => CODES.indexOf(code);

/** How a piece of the log ended: a bracket opened in it, its own bracket closed, or a mark was set. */
export const Closed = { byEnter: 0, byLeave: 1, byMark: 2 } as const;

/** Points of a run. */
export const Mark = {
  /** A step of the terminal begins; its number. */
  terminal: 0,
  card: 1,
  /** Its message of so many bytes is handed to the front end; what follows in the step is done meanwhile. */
  sent: 2,
  /** A read or program of flash took so many bytes. */
  flashRead: 3,
  flashProgram: 4,
  /** A sector was erased. */
  flashErase: 5,
  /** The touch is over; then the terminal's idle work is; then the card's. */
  end: 6,
} as const;

/**
 * Numbers in the meter's log for each piece: code, how it closed, instructions, and the mark and its value if
 * one closed it.
 */
export const LOG_FIELDS = 5;
/** Which of them has the instructions. */
export const LOG_INSTRUCTIONS = 2;
