import type { Crypto } from '../../hal/crypto.js';
import { getU16, getU32, sameBytes } from '../bytes.js';
import { DENY_BODY_BYTES_MAX, DENY_PART_BYTES } from '../limits.js';
import { fieldTiny, fieldU16, fieldU32, Shape } from '../objects/shape.js';
import { signInPlace, verifySigned } from '../objects/signed.js';
import { PLATFORM_ID_BYTES, platformIdOf } from './account-certificate.js';

const SHAPE = new Shape(
  11,
  18,
  `
  platform 4
  version u32
  base u32
  kind tiny
  time_s u32
  count u32
  bytes u32
  part u16
  content ${DENY_PART_BYTES}
  signature 64
`,
);
const [PLATFORM, VERSION, BASE, KIND, TIME, COUNT, BYTES, PART, CONTENT] = SHAPE.offsets;

/** Of one signed part, whole. */
export const DENY_PART_SIZE = SHAPE.length;

/** What the body of a list is. No number ever changes its meaning. */
export const DenyKind = Object.freeze({
  /** A bit for each certificate, of a site that knows all of them. */
  bitmap: 0,
  /** Serial numbers, ascending. */
  list: 1,
  /** A binary fuse filter: hits by chance about once in a million. */
  filter: 2,
  /** What is added to a version and what is taken away. */
  delta: 3,
} as const);
export type DenyKind = (typeof DenyKind)[keyof typeof DenyKind];

export interface DenyListFields {
  /** Counts the platform's lists up. A version is one set of certificates, however it comes. */
  version: number;
  /** Of a delta: the version that it is for. 0: the list is whole. */
  base: number;
  kind: DenyKind;
  time_s: number;
  /** Certificates that are denied then. */
  count: number;
}

/**
 * One part of a deny list (R32): a platform takes certificates back. Each part is signed by itself, so that
 * any carrier may bring it, and what is no part of the list is refused at once. A view on its bytes.
 */
export class DenyPart {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  private constructor(readonly bytes: Uint8Array) {}

  /**
   * All parts of a list with this body, in order. `platformKey`: signing key, 64 bytes. Throws RangeError for
   * a number that does not fit, and a body of more than DENY_BODY_BYTES_MAX.
   */
  static build(
    crypto: Crypto,
    platformKey: Uint8Array,
    fields: DenyListFields,
    body: Uint8Array,
  ): DenyPart[] {
    const { version, base, kind } = fields;
    if (body.length > DENY_BODY_BYTES_MAX) throw new RangeError(`a deny list of ${body.length} bytes`);
    const parts: DenyPart[] = [];
    for (let at = 0; at === 0 || at < body.length; at += DENY_PART_BYTES) {
      const bytes = SHAPE.blank();
      bytes.set(platformIdOf(crypto, platformKey.subarray(32)), PLATFORM);
      fieldU32(bytes, VERSION, version);
      fieldU32(bytes, BASE, base);
      fieldTiny(bytes, KIND, kind);
      fieldU32(bytes, TIME, fields.time_s);
      fieldU32(bytes, COUNT, fields.count);
      fieldU32(bytes, BYTES, body.length);
      fieldU16(bytes, PART, parts.length);
      bytes.set(body.subarray(at, at + DENY_PART_BYTES), CONTENT);
      const part = new DenyPart(bytes);
      if (!isSound(part)) throw new RangeError('these fields are no deny list');
      signInPlace(crypto, platformKey, bytes);
      parts.push(part);
    }
    return parts;
  }

  /**
   * Undefined when a byte of the shape is off, or the fields do not go together. No signature is looked at.
   */
  static parse(bytes: Uint8Array): DenyPart | undefined {
    if (!SHAPE.fits(bytes)) return undefined;
    const part = new DenyPart(bytes);
    return isSound(part) ? part : undefined;
  }

  verify(crypto: Crypto, platformPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, platformPublicKey, this.bytes);
  }

  /** Whether both are parts of one list: all is the same but the content. */
  isBeside(other: DenyPart): boolean {
    return sameBytes(this.bytes.subarray(0, PART), other.bytes.subarray(0, PART));
  }

  /** Name of the key that signs, 4 bytes. */
  get platform(): Uint8Array {
    return this.bytes.subarray(PLATFORM, PLATFORM + PLATFORM_ID_BYTES);
  }
  get version(): number {
    return getU32(this.bytes, VERSION);
  }
  get base(): number {
    return getU32(this.bytes, BASE);
  }
  get kind(): DenyKind {
    return this.bytes[KIND] as DenyKind;
  }
  get time_s(): number {
    return getU32(this.bytes, TIME);
  }
  get count(): number {
    return getU32(this.bytes, COUNT);
  }
  /** Length of the body that all parts make. */
  get bodyBytes(): number {
    return getU32(this.bytes, BYTES);
  }
  /** Its number, from 0 on. */
  get part(): number {
    return getU16(this.bytes, PART);
  }
  get parts(): number {
    return Math.max(1, Math.ceil(this.bodyBytes / DENY_PART_BYTES));
  }
  /** Its bytes of the body; the last part has fewer. */
  get content(): Uint8Array {
    const left = this.bodyBytes - this.part * DENY_PART_BYTES;
    return this.bytes.subarray(CONTENT, CONTENT + Math.min(DENY_PART_BYTES, left));
  }
}

/** A delta comes on a base below it; all else is whole. */
function isSound({ version, base, kind, bodyBytes, part, parts }: DenyPart): boolean {
  if (kind > DenyKind.delta || bodyBytes > DENY_BODY_BYTES_MAX || part >= parts) return false;
  return kind === DenyKind.delta ? base > 0 && base < version : base === 0 && version > 0;
}
