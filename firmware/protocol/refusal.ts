/**
 * Why a wallet says no. The number travels as the first byte of an encrypted answer (0 there means yes), so
 * it never changes its meaning.
 */
export const Refusal = Object.freeze({
  // The wallet's condition
  /** Not personalised, or not synced for the first time. */
  notActive: 0x01,
  /** The bank has suspended it. */
  suspended: 0x02,
  /** Its certificate has run out. */
  expired: 0x03,
  /** Too many payments since the last sync (R11). */
  offlineCount: 0x04,
  /** Too long since the last sync (R12), by the own clock or by that of the other, which may be wrong. */
  offlineDuration: 0x05,
  /** No room for the record, another lot, or another payment in flight: sync first. */
  full: 0x06,

  /** A note does not read from flash any more; ask again, and others are used. */
  unreadable: 0x07,
  /** The flash does not take writes any more: nothing was committed, and nothing more will be. */
  unwritable: 0x0a,

  /** Received value has been here for as long as it may: it must meet its bank first (R34). */
  emptyFirst: 0x0b,
  /** No account, so no code of one: a sync brings its certificate. */
  noAccount: 0x0c,

  /**
   * The journal in flash has an entry that does not read. The wallet shows what it holds, and its bank
   * recovers it.
   */
  stopped: 0x08,
  /** The record would not read back at the next boot, so it was not written: a fault of this firmware. */
  unsound: 0x09,

  // The other side
  /** Certificate malformed, or not signed by an operator that we know. */
  certificate: 0x10,
  certificateExpired: 0x11,
  /** On the hot list. */
  hotListed: 0x12,
  /** Its operator is not on our whitelist. */
  operator: 0x13,
  /** Too many payments with this counterparty, or too much. */
  counterparty: 0x14,
  /** The counterparty is ourselves. */
  self: 0x15,

  // The payment
  /** Not what was agreed: payee, amount, currency, invoice (R16). */
  mismatch: 0x20,
  /** The invoice has run out. */
  invoiceExpired: 0x21,
  insufficient: 0x22,
  paymentLimit: 0x23,
  dayLimit: 0x24,
  balanceLimit: 0x25,
  /** Too much received value in it, or its hops are used up. */
  receivedLimit: 0x26,
  /** This merchant category is limited or forbidden. */
  categoryLimit: 0x27,
  /** A note is malformed, not its owner's, or not signed by its issuer. */
  note: 0x28,
  /** A note or received value has run out (R15). */
  moneyExpired: 0x29,
  signature: 0x2a,
  /** Money for a payee, a purpose or a place, paid to another (R26). */
  purpose: 0x2b,
  /**
   * There is enough, but no choice of it can be paid as one: it is for other purposes, on more than four
   * notes, or its hops and hop limits do not go together.
   */
  fragmented: 0x2c,
  /** A note with this id is held already. */
  noteHeld: 0x2d,
  /** A note of another currency. */
  currency: 0x2e,
  /** More than the tier of one of the two allows (R8). */
  tierLimit: 0x2f,

  // What to do first
  /** The user must press the button; ask again then. */
  button: 0x30,
  /** The user must give the PIN; VERIFY, then ask again. */
  pin: 0x31,
  /** The PIN is locked: only the PUK or the bank opens it. */
  pinLocked: 0x32,
  /** An earlier transfer to this payee is in flight: RESUME first. */
  resume: 0x33,
  /** The payee has synced since it made this invoice: the bank has the answer. */
  settledSince: 0x34,
  /** Nothing to resume. */
  nothing: 0x35,
  /** Out of order. */
  order: 0x36,
  /** This order has been paid already. */
  paid: 0x38,
  /** A message that does not parse. */
  malformed: 0x37,
  /** A refund of more than what is left of the sales to this card. */
  notSold: 0x39,
} as const);
export type Refusal = (typeof Refusal)[keyof typeof Refusal];

/** The name of a code, for people. */
export function refusalName(code: number): string {
  for (const name in Refusal) if (Refusal[name as keyof typeof Refusal] === code) return name;
  return `code ${code}`;
}
