/** Plain helpers for bytes. Integers are in big endian. */

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

/** Equality of public bytes; secrets are compared by `Crypto.equal`. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
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
