import type { Crypto } from '../../hal/crypto.js';
import { join, putU16, putU32 } from '../bytes.js';
import { isAmount } from './amount.js';
import type { Certificate } from './certificate.js';
import { Shape } from './shape.js';

const SHAPE = new Shape(
  8,
  3,
  `
  payee 8 known
  id 8
  amount u32
  currency 3
  category u16 known
  created_s u32
  validity_s u16
`,
);
const [PAYEE, ID, AMOUNT, CURRENCY, CATEGORY, CREATED, VALIDITY] = SHAPE.offsets;

export const INVOICE_BYTES = SHAPE.length;

export interface InvoiceFields {
  payee: Uint8Array;
  /** 8 bytes, the payee's own: its sync epoch (4), then a random number (4). */
  id: Uint8Array;
  amount: number;
  currency: Uint8Array;
  /** The payee's merchant category. */
  category: number;
  created_s: number;
  /** How long it may be paid, from `created_s` on. */
  validity_s: number;
}

/**
 * Invoice: what the payee asks for; paid once or never. A terminal's invoice needs no signature, since the
 * session proves its certified key; a card's (PUSH) is signed, bound to the session it is shown in.
 */
export class Invoice {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  readonly id: Uint8Array;
  readonly amount: number;
  readonly #fields: DataView;
  #compact: Uint8Array | undefined;

  private constructor(readonly bytes: Uint8Array) {
    const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#fields = fields;
    this.id = bytes.subarray(ID, ID + 8);
    this.amount = fields.getUint32(AMOUNT);
  }

  static build(fields: InvoiceFields): Invoice {
    const bytes = SHAPE.blank();
    bytes.set(fields.payee, PAYEE);
    bytes.set(fields.id, ID);
    putU32(bytes, AMOUNT, fields.amount);
    bytes.set(fields.currency, CURRENCY);
    putU16(bytes, CATEGORY, fields.category);
    putU32(bytes, CREATED, fields.created_s);
    putU16(bytes, VALIDITY, fields.validity_s);
    return new Invoice(bytes);
  }

  static parse(bytes: Uint8Array): Invoice | undefined {
    return SHAPE.fits(bytes) ? Invoice.sane(bytes) : undefined;
  }

  /** Of bytes that fit the shape. */
  private static sane(bytes: Uint8Array): Invoice | undefined {
    const invoice = new Invoice(bytes);
    return isAmount(invoice.amount) ? invoice : undefined;
  }

  /** As it travels in a touch: PROTOCOL.md, Compact forms. Made once: it is made before it is needed. */
  get compact(): Uint8Array {
    this.#compact ??= SHAPE.compact(this.bytes);
    return this.#compact;
  }

  /**
   * The invoice whose compact form begins at `at`, by this payee, and the position behind it; undefined for
   * none.
   */
  static expand(
    compact: Uint8Array,
    at: number,
    payee: Certificate,
  ): { invoice: Invoice; end: number } | undefined {
    const bytes = SHAPE.blank();
    bytes.set(payee.id, PAYEE);
    putU16(bytes, CATEGORY, payee.category);
    const end = SHAPE.expand(compact, at, bytes);
    const invoice = end < 0 ? undefined : Invoice.sane(bytes);
    return invoice && { invoice, end };
  }

  /** Signature of 64 bytes by the payee over the invoice and the session's handshake hash (32 bytes). */
  sign(crypto: Crypto, key: Uint8Array, handshakeHash: Uint8Array): Uint8Array {
    return crypto.ed25519Sign(key, join(this.bytes, handshakeHash));
  }

  verify(crypto: Crypto, payeeKey: Uint8Array, handshakeHash: Uint8Array, signature: Uint8Array): boolean {
    return crypto.ed25519Verify(payeeKey, join(this.bytes, handshakeHash), signature);
  }

  get payee(): Uint8Array {
    return this.bytes.subarray(PAYEE, PAYEE + 8);
  }
  get currency(): Uint8Array {
    return this.bytes.subarray(CURRENCY, CURRENCY + 3);
  }
  get category(): number {
    return this.#fields.getUint16(CATEGORY);
  }
  get created_s(): number {
    return this.#fields.getUint32(CREATED);
  }
  get validity_s(): number {
    return this.#fields.getUint16(VALIDITY);
  }
}
