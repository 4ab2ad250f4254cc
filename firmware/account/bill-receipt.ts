import type { Crypto } from '../../hal/crypto.js';
import { getU32, sameBytes } from '../bytes.js';
import { fieldU32, Shape } from '../objects/shape.js';
import { signInPlace, verifySigned } from '../objects/signed.js';
import { BILL_HASH_BYTES, NO_HASH, TERMINAL_ID_BYTES } from './bill.js';

const SHAPE = new Shape(
  6,
  19,
  `
  terminal 8
  sequence u32
  head 32
  time_s u32
  signature 64
`,
);
const [TERMINAL, SEQUENCE, HEAD, TIME] = SHAPE.offsets;

export interface BillReceiptFields {
  /** As `terminalIdOf` names its key, 8 bytes. */
  terminal: Uint8Array;
  /** The platform has every bill of the terminal up to this one; 0: it has none. */
  sequence: number;
  /** SHA-256 of that bill; NO_HASH for none. */
  head: Uint8Array;
  /** Bank time. */
  time_s: number;
}

/**
 * Receipt for bills (R27): the platform says up to where it has a terminal's bills. Only on its word does the
 * terminal forget them, and counts anew. A view on its bytes.
 */
export class BillReceipt {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  private constructor(readonly bytes: Uint8Array) {}

  /** `platformKey`: signing key, 64 bytes. Throws RangeError for fields that are no receipt. */
  static build(crypto: Crypto, platformKey: Uint8Array, fields: BillReceiptFields): BillReceipt {
    const bytes = SHAPE.blank();
    bytes.set(fields.terminal, TERMINAL);
    fieldU32(bytes, SEQUENCE, fields.sequence);
    bytes.set(fields.head, HEAD);
    fieldU32(bytes, TIME, fields.time_s);
    const receipt = new BillReceipt(bytes);
    if (!isSound(receipt)) throw new RangeError('no bill and a head, or a bill and none');
    signInPlace(crypto, platformKey, bytes);
    return receipt;
  }

  /** Undefined when a byte of the shape is off, or only one of sequence and head is zero. */
  static parse(bytes: Uint8Array): BillReceipt | undefined {
    if (!SHAPE.fits(bytes)) return undefined;
    const receipt = new BillReceipt(bytes);
    return isSound(receipt) ? receipt : undefined;
  }

  verify(crypto: Crypto, platformPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, platformPublicKey, this.bytes);
  }

  get terminal(): Uint8Array {
    return this.bytes.subarray(TERMINAL, TERMINAL + TERMINAL_ID_BYTES);
  }
  get sequence(): number {
    return getU32(this.bytes, SEQUENCE);
  }
  get head(): Uint8Array {
    return this.bytes.subarray(HEAD, HEAD + BILL_HASH_BYTES);
  }
  get time_s(): number {
    return getU32(this.bytes, TIME);
  }
}

const isSound = ({ sequence, head }: BillReceipt): boolean => (sequence === 0) === sameBytes(head, NO_HASH);
