import type { Crypto } from '../../hal/crypto.js';
import { getU16, getU32 } from '../bytes.js';
import { AMOUNT_MAX } from '../limits.js';
import { fieldTiny, fieldU16, fieldU32, Shape } from '../objects/shape.js';
import { signInPlace, verifySigned } from '../objects/signed.js';

const SHAPE = new Shape(
  11,
  20,
  `
  platform 4
  pseudonym 8
  publicKey 32
  notBefore_s u32
  notAfter_s u32
  quota u32
  tier tiny
  scene u16
  serial u32
  signature 64
`,
);
const [PLATFORM, PSEUDONYM, PUBLIC_KEY, FROM, UNTIL, QUOTA, TIER, SCENE, SERIAL] = SHAPE.offsets;

/** Name of a platform's key. */
export const PLATFORM_ID_BYTES = 4;
export const PSEUDONYM_BYTES = 8;

/** How a terminal finds the key of a platform: the first 4 bytes of SHA-256 of the public key (32 bytes). */
export const platformIdOf = (crypto: Crypto, publicKey: Uint8Array): Uint8Array =>
  crypto.sha256(publicKey).slice(0, PLATFORM_ID_BYTES);

export interface AccountCertificateFields {
  /** Of the user, 8 bytes, random: each certificate has its own, so that codes of two are not linked. */
  pseudonym: Uint8Array;
  /** The user's Ed25519 public key, 32 bytes. */
  publicKey: Uint8Array;
  notBefore_s: number;
  notAfter_s: number;
  /** Minor units: the most that the platform stands for, over all codes of this certificate. */
  quota: number;
  /** Strength of the user's identity, 0 the weakest, at most 23. */
  tier: number;
  /** The only scene (campus, line, region) where it holds, by the platform's numbers; 0: anywhere. */
  scene: number;
  /** Number of the certificate at this platform: deny lists name it. */
  serial: number;
}

/**
 * Account certificate, the first layer of a code (R28): a platform says whose key this is, how long, and how
 * much it stands for. A view on its bytes.
 */
export class AccountCertificate {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  readonly notBefore_s: number;
  readonly notAfter_s: number;
  readonly quota: number;
  readonly serial: number;

  private constructor(readonly bytes: Uint8Array) {
    this.notBefore_s = getU32(bytes, FROM);
    this.notAfter_s = getU32(bytes, UNTIL);
    this.quota = getU32(bytes, QUOTA);
    this.serial = getU32(bytes, SERIAL);
  }

  /** `platformKey`: signing key, 64 bytes. Throws RangeError for a number that does not fit. */
  static build(
    crypto: Crypto,
    platformKey: Uint8Array,
    fields: AccountCertificateFields,
  ): AccountCertificate {
    if (fields.quota > AMOUNT_MAX) throw new RangeError(`a quota of ${fields.quota} is no amount`);
    const bytes = SHAPE.blank();
    bytes.set(platformIdOf(crypto, platformKey.subarray(32)), PLATFORM);
    bytes.set(fields.pseudonym, PSEUDONYM);
    bytes.set(fields.publicKey, PUBLIC_KEY);
    fieldU32(bytes, FROM, fields.notBefore_s);
    fieldU32(bytes, UNTIL, fields.notAfter_s);
    fieldU32(bytes, QUOTA, fields.quota);
    fieldTiny(bytes, TIER, fields.tier);
    fieldU16(bytes, SCENE, fields.scene);
    fieldU32(bytes, SERIAL, fields.serial);
    signInPlace(crypto, platformKey, bytes);
    return new AccountCertificate(bytes);
  }

  /** Undefined when a byte of the shape is off, or the quota is no amount. The signature is not looked at. */
  static parse(bytes: Uint8Array): AccountCertificate | undefined {
    if (!SHAPE.fits(bytes)) return undefined;
    const certificate = new AccountCertificate(bytes);
    return certificate.quota <= AMOUNT_MAX ? certificate : undefined;
  }

  /** Without CBOR heads: 127 bytes. */
  get compact(): Uint8Array {
    return SHAPE.compact(this.bytes);
  }

  /** The certificate whose compact form begins at `at`, and the position behind it; undefined for none. */
  static expand(
    compact: Uint8Array,
    at: number,
  ): { certificate: AccountCertificate; end: number } | undefined {
    const bytes = SHAPE.blank();
    const end = SHAPE.expand(compact, at, bytes);
    const certificate = end < 0 ? undefined : AccountCertificate.parse(bytes);
    return certificate && { certificate, end };
  }

  verify(crypto: Crypto, platformPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, platformPublicKey, this.bytes);
  }

  /** Whether less than half of its life is left at `now_s`: then it is time for the next one. */
  isAgeing(now_s: number): boolean {
    return 2 * (now_s - this.notBefore_s) > this.notAfter_s - this.notBefore_s;
  }

  /** Name of the key that signs, 4 bytes: see `platformIdOf`. */
  get platform(): Uint8Array {
    return this.bytes.subarray(PLATFORM, PLATFORM + PLATFORM_ID_BYTES);
  }
  get pseudonym(): Uint8Array {
    return this.bytes.subarray(PSEUDONYM, PSEUDONYM + PSEUDONYM_BYTES);
  }
  get publicKey(): Uint8Array {
    return this.bytes.subarray(PUBLIC_KEY, PUBLIC_KEY + 32);
  }
  get tier(): number {
    return this.bytes[TIER];
  }
  get scene(): number {
    return getU16(this.bytes, SCENE);
  }
}
