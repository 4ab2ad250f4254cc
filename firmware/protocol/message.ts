/**
 * What a terminal says inside the session: the first byte of each message. The card answers with a byte, 0 or
 * a code of `Refusal`, and then what is named here. Objects are in their compact forms.
 */
export const Message = {
  /** PULL: an invoice. -> certificate or its name, notes that will be used. */
  invoice: 0x01,
  /** PULL: nothing. -> transfer. The card has committed it before it answers. */
  transfer: 0x02,
  /** The receipt for the transfer that the card has handed over last in this session. -> nothing */
  receipt: 0x03,
  /**
   * The terminal's epoch (4). -> certificate or its name, number of notes (1), notes, transfer in flight to
   * this terminal.
   */
  resume: 0x04,
  /**
   * PUSH: amount, time, the terminal's epoch (4 each), order (8, any; the same order gets the same invoice).
   * -> certificate or its name, invoice, signature (64).
   */
  offer: 0x05,
  /**
   * PUSH, or a transfer left from an earlier touch: time (4), number of notes (1), notes, transfer. ->
   * receipt, and why if void (1).
   */
  deliver: 0x06,
  /** Nothing. -> certificate or its name, epoch (4). */
  identify: 0x07,
  /** PIN, in ASCII digits. -> tries left (1), also when it is wrong. */
  verify: 0x08,
  /** PUK (8), new PIN. -> nothing */
  unlock: 0x09,
  /** Nothing; after VERIFY. -> see `ownerBalance`. */
  balance: 0x0a,
  /** How many entries to skip (1); after VERIFY. -> see `ownerHistory`. */
  history: 0x0b,
  /** Nothing. -> certificate: for a terminal that was given a name which it does not know. */
  certificate: 0x0c,
  /** Amount, time (4 each), order (8, any; the same order gets the same code). -> code of the account. */
  account: 0x0d,
} as const;
