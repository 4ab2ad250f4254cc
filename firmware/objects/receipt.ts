import type { Crypto } from '../../hal/crypto.js';
import { getU32, putU32 } from '../bytes.js';
import { Shape } from './shape.js';
import { signInPlace, verifySigned } from './signed.js';
import type { Transfer } from './transfer.js';

/** `accepted`: the payee has it. `void`: the payee has not taken it and never will. */
export const Outcome = { accepted: 0, void: 1 } as const;

const SHAPE = new Shape(
  9,
  5,
  `
  payee 8 known
  payer 8 known
  invoice 8 known
  transfer 32 known
  outcome tiny
  sequence u32
  created_s u32
  signature 64
`,
);
const [PAYEE, PAYER, INVOICE, TRANSFER, OUTCOME, SEQUENCE, CREATED] = SHAPE.offsets;

export const RECEIPT_BYTES = SHAPE.length;
/** Of the compact form: outcome, sequence, time, signature. */
export const RECEIPT_COMPACT_BYTES = SHAPE.compactBytes;
/** Offset of the invoice's id, for searches: the same as in a transfer. */
export const RECEIPT_INVOICE_AT = INVOICE;

export interface ReceiptFields {
  payee: Uint8Array;
  /** All zero, as is `transfer`, when an invoice is closed before any transfer for it was seen. */
  payer: Uint8Array;
  invoice: Uint8Array;
  /** Hash of the transfer, 32 bytes. */
  transfer: Uint8Array;
  outcome: number;
  /** The payee's journal sequence number of this entry. */
  sequence: number;
  created_s: number;
}

/** Receipt: the payee's last word on one transfer, or on every transfer for an invoice. */
export class Receipt {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  #compact: Uint8Array | undefined;

  private constructor(readonly bytes: Uint8Array) {}

  static build(crypto: Crypto, payeeKey: Uint8Array, fields: ReceiptFields): Receipt {
    const bytes = SHAPE.blank();
    bytes.set(fields.payee, PAYEE);
    bytes.set(fields.payer, PAYER);
    bytes.set(fields.invoice, INVOICE);
    bytes.set(fields.transfer, TRANSFER);
    bytes[OUTCOME] = fields.outcome;
    putU32(bytes, SEQUENCE, fields.sequence);
    putU32(bytes, CREATED, fields.created_s);
    signInPlace(crypto, payeeKey, bytes);
    return new Receipt(bytes);
  }

  /**
   * As it travels in a touch: what the transfer does not say. PROTOCOL.md, Compact forms. Made once: the
   * journal takes it too.
   */
  get compact(): Uint8Array {
    this.#compact ??= SHAPE.compact(this.bytes);
    return this.#compact;
  }

  /**
   * The receipt for `transfer` whose compact form begins at `at`, and the position behind it; undefined for
   * none. `hash`: of the transfer, 32 bytes.
   */
  static expand(
    crypto: Crypto,
    compact: Uint8Array,
    at: number,
    transfer: Transfer,
    hash = transfer.hash(crypto),
  ): { receipt: Receipt; end: number } | undefined {
    const bytes = SHAPE.blank();
    bytes.set(transfer.payee, PAYEE);
    bytes.set(transfer.payer, PAYER);
    bytes.set(transfer.invoice, INVOICE);
    bytes.set(hash, TRANSFER);
    const end = SHAPE.expand(compact, at, bytes);
    const receipt = end < 0 ? undefined : Receipt.sane(bytes);
    return receipt && { receipt, end };
  }

  static parse(bytes: Uint8Array): Receipt | undefined {
    return SHAPE.fits(bytes) ? Receipt.sane(bytes) : undefined;
  }

  /** Of bytes that fit the shape. */
  private static sane(bytes: Uint8Array): Receipt | undefined {
    return bytes[OUTCOME] <= Outcome.void ? new Receipt(bytes) : undefined;
  }

  verify(crypto: Crypto, payeePublicKey: Uint8Array): boolean {
    return verifySigned(crypto, payeePublicKey, this.bytes);
  }

  get payee(): Uint8Array {
    return this.bytes.subarray(PAYEE, PAYEE + 8);
  }
  get payer(): Uint8Array {
    return this.bytes.subarray(PAYER, PAYER + 8);
  }
  get invoice(): Uint8Array {
    return this.bytes.subarray(INVOICE, INVOICE + 8);
  }
  get transfer(): Uint8Array {
    return this.bytes.subarray(TRANSFER, TRANSFER + 32);
  }
  get outcome(): number {
    return this.bytes[OUTCOME];
  }
  get sequence(): number {
    return getU32(this.bytes, SEQUENCE);
  }
  get created_s(): number {
    return getU32(this.bytes, CREATED);
  }
}
