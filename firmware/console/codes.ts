/** The numbers of the console protocol (CONSOLE.md). None ever changes its meaning. */

export const CONSOLE_VERSION = 1;

/** What a host may ask. An answer carries the same code with ANSWER set. */
export const ConsoleCommand = {
  /** Nothing. -> see `console/identity.ts` */
  identify: 0x01,
  /** First sequence number (4). -> events: see `log.ts` */
  log: 0x02,
  /** Index of the test (1). -> test (1), verdict (1), detail (4) */
  selfTest: 0x03,
  /** Index of the measurement (1). -> unit (1), value (4), name (ASCII) */
  bench: 0x04,
  /** Step (1), argument (1). -> see `DiagnosisStep` */
  diagnose: 0x05,
  /**
   * Two devices measure their front ends: role (1), code of the bit rate to ask for (1; 0 for the role that
   * answers). -> the code of the rate that there was (1; 0 of the role that answers), the least time for each
   * answer, microseconds (4 each)
   */
  exchange: 0x06,
  /** A command APDU of personalisation. -> response APDU */
  provision: 0x10,
  /** Nothing begins a sync; then the bank's message. -> message to the bank; none: the sync is done */
  sync: 0x11,
  /**
   * Number of a journal entry (4), PIN (ASCII digits). -> a receipt that stands alone. With `failed`: why not
   * (1), see `ExportRefusal`
   */
  receipt: 0x12,
  /**
   * Number of the newest entry that is asked for (4), PIN. -> lines as HISTORY gives them, newest first;
   * none: the journal has no more. With `failed`: as for `receipt`
   */
  history: 0x13,
  /** Amount, minor units (4). -> the id of a new invoice of this device's (8). Nothing is begun */
  invoice: 0x14,
  /**
   * Id of an invoice (8), amount (4), the payer's PIN (ASCII digits; empty for none): the device asks for it,
   * as its owner would have it. The same again changes nothing. With `failed`: why not (1), see `Refusal`
   */
  ask: 0x15,
  /** Id of the invoice (8). -> how that order stands: see `order-state.ts`. `absent`: no such order */
  asked: 0x16,
} as const;

export const ANSWER = 0x80;

/** The first byte of every answer. */
export const ConsoleStatus = {
  ok: 0x00,
  unknownCommand: 0x01,
  /** The payload is not what the command wants. */
  malformed: 0x02,
  /** The device is somebody's wallet already: this is not done over a cable any more. */
  lockedDown: 0x03,
  /** A touch, or an earlier command, is under way: ask again. */
  busy: 0x04,
  /** The index is past the last. */
  noMore: 0x05,
  /** This device has not got what the command needs. */
  absent: 0x06,
  /** The frame is of another version of this protocol; the device's own follows (1). */
  version: 0x07,
  /** The device tried, and could not. */
  failed: 0x08,
} as const;
export type ConsoleStatus = (typeof ConsoleStatus)[keyof typeof ConsoleStatus];

/** What a self-test says. */
export const Verdict = { passed: 0, failed: 1, absent: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** The self-tests, in the order in which they can be asked for. */
export const SelfTestCode = {
  sha256: 1,
  hmac: 2,
  ed25519: 3,
  x25519: 4,
  aead: 5,
  crc32: 6,
  /** Every sector is read twice. Detail: sectors that differ. */
  flash: 7,
  /** Detail: which of the checks failed, a bit each. */
  entropy: 8,
  /** Detail: milliseconds counted while an alarm of 50 ms ran. */
  clock: 9,
  /** Detail: GetFirmwareVersion (IC, version, revision, support). */
  frontEnd: 10,
  /** The PN532's own tests of its ROM and RAM, and its field on and off. Detail: which failed, a bit each. */
  frontEndSelf: 11,
} as const;

/** What a measurement is in. */
export const BenchUnit = { instructions: 0, microseconds: 1 } as const;

/** Who is who in `exchange`. */
export const ExchangeRole = { answers: 0, asks: 1 } as const;
/** Bit rates on the air, kbit/s: the code of a rate is its place here. */
export const EXCHANGE_KBPS: readonly number[] = [106, 212, 424];

/** How an order that was given over the cable stands. */
export const OrderStage = {
  /** No card has come yet. */
  waits: 0,
  /** The touch was torn: hold the card there again. */
  torn: 1,
  /** The payer's owner is to press the button. */
  button: 2,
  /** The payer's owner is to give the PIN. */
  pin: 3,
  /** What is held there is not one of ours. */
  foreign: 4,
  /** More than one wallet is held there. */
  crowd: 5,
  /** What is held there speaks another version. */
  version: 6,
  // From here on it is over
  paid: 7,
  refused: 8,
  /** By its owner, or since nobody came to pay for a minute. */
  calledOff: 9,
  /** The device's own front end does not answer. */
  noFrontEnd: 10,
  /** The card’s answers take too long: it may be elsewhere. */
  relay: 11,
} as const;
export type OrderStage = (typeof OrderStage)[keyof typeof OrderStage];

/** The steps of a diagnosis, and what each answers. */
export const DiagnosisStep = {
  /** -> the wires at rest, one byte each: hal/diagnosis/front-end.ts */
  levels: 0,
  /** Argument: the way. -> kind (1), baud (4), outcome (1), version (4), count (2), raw (up to 16) */
  probe: 1,
  /** Start as the driver does. -> version (4) */
  start: 2,
  /** Field on for so many tenths of a second, then off; does the chip still answer? -> version (4) */
  field: 3,
} as const;
