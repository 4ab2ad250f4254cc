import { getU32, sameBytes } from '../../firmware/bytes.js';
import { fieldU32, Shape } from '../../firmware/objects/shape.js';
import { signInPlace, verifySigned } from '../../firmware/objects/signed.js';
import type { Crypto } from '../../hal/crypto.js';
import { utf8 } from '../bank/bytes.js';
import { INSTANCE_BYTES } from './pool-channel.js';

const SHAPE = new Shape(
  6,
  17,
  `
  site 8
  instance ${INSTANCE_BYTES}
  started_s u32
  time_s u32
  signature 64
`,
);
const [SITE, INSTANCE, STARTED, TIME] = SHAPE.offsets;
const SITE_BYTES = 8;

/** Name of a site in bytes: the first 8 of SHA-256. */
export const siteIdOf = (crypto: Crypto, name: string): Uint8Array =>
  crypto.sha256(utf8(name)).slice(0, SITE_BYTES);

/** How often a gateway says that it is there. */
export const HELLO_MS = 10_000;

/** A gateway says that it is there (R32). A view on its bytes. */
export class PoolHello {
  /** Its fields, for whoever shows bytes to people. */
  static get shape(): Shape {
    return SHAPE;
  }

  private constructor(readonly bytes: Uint8Array) {}

  /** `gatewayKey`: signing key, 64 bytes. `instance`: random, of this start of the program. */
  static build(
    crypto: Crypto,
    gatewayKey: Uint8Array,
    fields: { site: Uint8Array; instance: Uint8Array; started_s: number; time_s: number },
  ): PoolHello {
    const bytes = SHAPE.blank();
    bytes.set(fields.site, SITE);
    bytes.set(fields.instance, INSTANCE);
    fieldU32(bytes, STARTED, fields.started_s);
    fieldU32(bytes, TIME, fields.time_s);
    signInPlace(crypto, gatewayKey, bytes);
    return new PoolHello(bytes);
  }

  /** Undefined when a byte of the shape is off. The signature is not looked at. */
  static parse(bytes: Uint8Array): PoolHello | undefined {
    return SHAPE.fits(bytes) ? new PoolHello(bytes) : undefined;
  }

  /** Whether the gateway of this site has signed it. */
  verify(crypto: Crypto, gatewayPublicKey: Uint8Array, site: Uint8Array): boolean {
    const isOurs = sameBytes(this.bytes.subarray(SITE, SITE + SITE_BYTES), site);
    return isOurs && verifySigned(crypto, gatewayPublicKey, this.bytes);
  }

  get instance(): Uint8Array {
    return this.bytes.slice(INSTANCE, INSTANCE + INSTANCE_BYTES);
  }
  get started_s(): number {
    return getU32(this.bytes, STARTED);
  }
  get time_s(): number {
    return getU32(this.bytes, TIME);
  }
}
