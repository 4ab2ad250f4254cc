/** What a suite checks with, in place of a test framework's expectations. */

/** Bytes compare by content, everything else by identity. */
export function same(actual: unknown, expected: unknown, what = 'value'): void {
  const [a, b] = [actual, expected].map(textOf);
  if (a !== b) throw new Error(`${what}: ${a}, must be ${b}`);
}

/** A class of error, since an engine's messages are its own. */
export function throws(kind: new (...given: never[]) => Error, call: () => unknown, what = 'call'): void {
  try {
    call();
  } catch (error) {
    if (error instanceof kind) return;
    throw new Error(`${what}: threw ${error}, must throw ${kind.name}`);
  }
  throw new Error(`${what}: threw nothing, must throw ${kind.name}`);
}

export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const DIGITS = '0123456789abcdef';

export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (let i = 0; i < bytes.length; i++) hex += DIGITS[bytes[i] >> 4] + DIGITS[bytes[i] & 15];
  return hex;
}

export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const textOf = (value: unknown) => (value instanceof Uint8Array ? `bytes ${toHex(value)}` : String(value));
