import type { Crypto } from '../../hal/crypto.js';
import { getU16, getU32 } from '../bytes.js';
import { fieldU16, fieldU32, Shape } from './shape.js';
import { signInPlace, verifySigned } from './signed.js';

const SHAPE = new Shape(
  7,
  6,
  `
  number u32
  version u16
  key 32
  notBefore_s u32
  notAfter_s u32
  signature 64
`,
);
const [NUMBER, VERSION, KEY, FROM, UNTIL] = SHAPE.offsets;

export const OPERATOR_BYTES = SHAPE.length;

/** Operator endorsement: the central bank's root says which key signs for an operator (R18). */
export class Operator {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  readonly number: number;
  readonly notAfter_s: number;

  private constructor(readonly bytes: Uint8Array) {
    this.number = getU32(bytes, NUMBER);
    this.notAfter_s = getU32(bytes, UNTIL);
  }

  static build(
    crypto: Crypto,
    rootKey: Uint8Array,
    fields: { number: number; version?: number; key: Uint8Array; notBefore_s: number; notAfter_s: number },
  ): Operator {
    const bytes = SHAPE.blank();
    fieldU32(bytes, NUMBER, fields.number);
    fieldU16(bytes, VERSION, fields.version ?? 0);
    bytes.set(fields.key, KEY);
    fieldU32(bytes, FROM, fields.notBefore_s);
    fieldU32(bytes, UNTIL, fields.notAfter_s);
    signInPlace(crypto, rootKey, bytes);
    return new Operator(bytes);
  }

  static parse(bytes: Uint8Array): Operator | undefined {
    return SHAPE.fits(bytes) ? new Operator(bytes) : undefined;
  }

  verify(crypto: Crypto, rootPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, rootPublicKey, this.bytes);
  }

  /** An operator may have several keys at a time; each has an endorsement of its own. */
  get version(): number {
    return getU16(this.bytes, VERSION);
  }
  /** Ed25519 public key, 32 bytes. */
  get key(): Uint8Array {
    return this.bytes.subarray(KEY, KEY + 32);
  }
  get notBefore_s(): number {
    return getU32(this.bytes, FROM);
  }
}
