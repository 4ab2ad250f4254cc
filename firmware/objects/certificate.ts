import type { Crypto } from '../../hal/crypto.js';
import { getU16, getU32 } from '../bytes.js';
import { fieldTiny, fieldU16, fieldU32, Shape } from './shape.js';
import { signInPlace, verifySigned } from './signed.js';

/** What a certified device is for. */
export const Role = { person: 0, merchant: 1, bank: 2 } as const;

const SHAPE = new Shape(
  11,
  1,
  `
  id 8
  issuer u32
  endorsement u16 rare
  publicKey 32
  notAfter_s u32
  role tiny rare
  category u16 rare
  tier tiny rare
  place u32 rare
  signature 64
`,
);
const [ID, ISSUER, ENDORSEMENT, PUBLIC_KEY, UNTIL, ROLE, CATEGORY, TIER, PLACE] = SHAPE.offsets;

export const CERTIFICATE_BYTES = SHAPE.length;

export interface CertificateFields {
  /** Device, 8 bytes. */
  id: Uint8Array;
  /** Number of the operator that signs. */
  issuer: number;
  /** Version of the issuer's endorsement whose key signs; 0 when left out. */
  endorsement?: number;
  /** Ed25519 public key, 32 bytes. Its image is the X25519 key: see `agreementKey`. */
  publicKey: Uint8Array;
  notAfter_s: number;
  role: number;
  /** Merchant category (ISO 18245), 0 for a person. */
  category: number;
  /** Strength of the holder's identity, 0 the weakest: whoever has it is not known at all (R8). */
  tier: number;
  /** Where the holder stands, for money that is bound to a place (R26); 0, or left out: nowhere. */
  place?: number;
}

/**
 * Device certificate: an operator says whose this key is. A view on its bytes; what a touch asks for
 * again and again is taken out once.
 */
export class Certificate {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  readonly id: Uint8Array;
  readonly issuer: number;
  readonly notAfter_s: number;
  #compact: Uint8Array | undefined;

  private constructor(readonly bytes: Uint8Array) {
    this.id = bytes.subarray(ID, ID + 8);
    this.issuer = getU32(bytes, ISSUER);
    this.notAfter_s = getU32(bytes, UNTIL);
  }

  static build(crypto: Crypto, issuerKey: Uint8Array, fields: CertificateFields): Certificate {
    const bytes = SHAPE.blank();
    bytes.set(fields.id, ID);
    fieldU32(bytes, ISSUER, fields.issuer);
    fieldU16(bytes, ENDORSEMENT, fields.endorsement ?? 0);
    bytes.set(fields.publicKey, PUBLIC_KEY);
    fieldU32(bytes, UNTIL, fields.notAfter_s);
    fieldTiny(bytes, ROLE, fields.role);
    fieldU16(bytes, CATEGORY, fields.category);
    fieldTiny(bytes, TIER, fields.tier);
    fieldU32(bytes, PLACE, fields.place ?? 0);
    signInPlace(crypto, issuerKey, bytes);
    return new Certificate(bytes);
  }

  /** Undefined when any byte of the shape is off. The signature is not looked at. */
  static parse(bytes: Uint8Array): Certificate | undefined {
    return SHAPE.fits(bytes) ? Certificate.sane(bytes) : undefined;
  }

  /** Of bytes that fit the shape. */
  private static sane(bytes: Uint8Array): Certificate | undefined {
    return bytes[ROLE] <= Role.bank ? new Certificate(bytes) : undefined;
  }

  verify(crypto: Crypto, issuerPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, issuerPublicKey, this.bytes);
  }

  /** The holder's X25519 public key, 32 bytes; undefined for a key that has none. */
  agreementKey(crypto: Crypto): Uint8Array | undefined {
    return crypto.x25519PublicKeyOf(this.publicKey);
  }

  /** As it travels in a touch: PROTOCOL.md, Compact forms. Made once: a device shows its own in each. */
  get compact(): Uint8Array {
    this.#compact ??= SHAPE.compact(this.bytes);
    return this.#compact;
  }

  /** The certificate whose compact form begins at `at`, and the position behind it; undefined for none. */
  static expand(compact: Uint8Array, at: number): { certificate: Certificate; end: number } | undefined {
    const bytes = SHAPE.blank();
    const end = SHAPE.expand(compact, at, bytes);
    const certificate = end < 0 ? undefined : Certificate.sane(bytes);
    return certificate && { certificate, end };
  }

  get endorsement(): number {
    return getU16(this.bytes, ENDORSEMENT);
  }
  get publicKey(): Uint8Array {
    return this.bytes.subarray(PUBLIC_KEY, PUBLIC_KEY + 32);
  }
  get role(): number {
    return this.bytes[ROLE];
  }
  get category(): number {
    return getU16(this.bytes, CATEGORY);
  }
  get tier(): number {
    return this.bytes[TIER];
  }
  get place(): number {
    return getU32(this.bytes, PLACE);
  }
}
