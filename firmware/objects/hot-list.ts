import type { Crypto } from '../../hal/crypto.js';
import { getU16, getU32 } from '../bytes.js';
import { HOT_LIST_PART_IDS, HOT_LIST_PARTS_MAX } from '../limits.js';
import { fieldTiny, fieldU16, fieldU32, Shape } from './shape.js';
import { signInPlace, verifySigned } from './signed.js';

const SHAPE = new Shape(
  8,
  8,
  `
  issuer u32
  endorsement u16
  version u32
  part tiny
  parts tiny
  ids ${HOT_LIST_PART_IDS * 8}
  signature 64
`,
);
const [ISSUER, ENDORSEMENT, VERSION, PART, PARTS, IDS] = SHAPE.offsets;

export const HOT_LIST_BYTES = SHAPE.length;

/** Hot list, one part: devices that nobody shall deal with. Unused places are zero. */
export class HotList {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  private constructor(readonly bytes: Uint8Array) {}

  static build(
    crypto: Crypto,
    issuerKey: Uint8Array,
    fields: {
      issuer: number;
      endorsement?: number;
      version: number;
      part: number;
      parts: number;
      ids: readonly Uint8Array[];
    },
  ): HotList {
    const bytes = SHAPE.blank();
    fieldU32(bytes, ISSUER, fields.issuer);
    fieldU16(bytes, ENDORSEMENT, fields.endorsement ?? 0);
    fieldU32(bytes, VERSION, fields.version);
    fieldTiny(bytes, PART, fields.part);
    fieldTiny(bytes, PARTS, fields.parts);
    fields.ids.forEach((id, i) => {
      bytes.set(id, IDS + i * 8);
    });
    signInPlace(crypto, issuerKey, bytes);
    return new HotList(bytes);
  }

  static parse(bytes: Uint8Array): HotList | undefined {
    if (!SHAPE.fits(bytes)) return undefined;
    const sane = bytes[PARTS] > 0 && bytes[PARTS] <= HOT_LIST_PARTS_MAX && bytes[PART] < bytes[PARTS];
    return sane ? new HotList(bytes) : undefined;
  }

  verify(crypto: Crypto, issuerPublicKey: Uint8Array): boolean {
    return verifySigned(crypto, issuerPublicKey, this.bytes);
  }

  get issuer(): number {
    return getU32(this.bytes, ISSUER);
  }
  get endorsement(): number {
    return getU16(this.bytes, ENDORSEMENT);
  }
  get version(): number {
    return getU32(this.bytes, VERSION);
  }
  get part(): number {
    return this.bytes[PART];
  }
  get parts(): number {
    return this.bytes[PARTS];
  }
  /** HOT_LIST_PART_IDS ids of 8 bytes, in a row. */
  get ids(): Uint8Array {
    return this.bytes.subarray(IDS, IDS + HOT_LIST_PART_IDS * 8);
  }
}
