/** Plain helpers for bytes. Integers are in big endian. */

export const NOTHING = new Uint8Array(0);

export const getU16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];

export const getU32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

/** The four bytes of a number. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  putU32(bytes, 0, value);
  return bytes;
}

/** Whether two arrays hold the same bytes. */
export type Same = (a: Uint8Array, b: Uint8Array) => boolean;

/**
 * Equality of public bytes, where there is no provider. `Crypto.equal`, which secrets take, is one call into
 * C: a tenth of this for the eight bytes of an id.
 */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether there is no other byte than zeros. */
export function isZero(bytes: Uint8Array): boolean {
  for (let i = bytes.length; i > 0; ) if (bytes[--i] !== 0) return false;
  return true;
}

/** The bytes of `first`, then those of `second`. */
export function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const { length } = first;
  const whole = new Uint8Array(length + second.length);
  whole.set(first);
  whole.set(second, length);
  return whole;
}

/** One byte, then those of `rest`. */
export function behind(byte: number, rest: Uint8Array): Uint8Array {
  const whole = new Uint8Array(1 + rest.length);
  whole[0] = byte;
  whole.set(rest, 1);
  return whole;
}

/** The bytes of `parts`, one after another. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const count = parts.length;
  let length = 0;
  for (let i = 0; i < count; i++) length += parts[i].length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const part = parts[i];
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
