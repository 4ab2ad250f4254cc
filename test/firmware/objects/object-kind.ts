import fc from 'fast-check';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import type { Crypto } from '../../../hal/crypto.js';

export const KEY = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(9));

export const PUBLIC_KEY = KEY.slice(32);

export interface Parsed {
  readonly bytes: Uint8Array;
  verify?(crypto: Crypto, publicKey: Uint8Array, ...more: Uint8Array[]): boolean;
}

/** What a test needs to know of one kind of object: how to make it, and what it must read back as. */
export interface ObjectKind<Fields = unknown> {
  readonly name: string;
  /** The number in front of it on the wire. */
  readonly type: number;
  readonly signed: boolean;
  readonly fields: fc.Arbitrary<Fields>;
  build(fields: Fields): Parsed;
  parse(bytes: Uint8Array): Parsed | undefined;
  /** The same fields, read from the object. */
  read(object: never): Fields;
  /** What any CBOR decoder must see between the type and the signature. */
  wire(fields: Fields): unknown[];
}

export const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

export const u32 = fc.nat(0xffffffff);

export const u16 = fc.nat(0xffff);

export const amount = fc.integer({ min: 1, max: AMOUNT_MAX });

export const u32be = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

/** `items` of some bytes each, then zeros up to `length`. */
export function padded(items: readonly (readonly number[])[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(items.flat());
  return all;
}

/** Reads the properties that `like` has from an object's getters. */
export const pick = <T extends object>(keys: readonly (keyof T)[]) =>
  ((object: T) => Object.fromEntries(keys.map((key) => [key, object[key]]))) as unknown as (
    object: never,
  ) => T;
