/** Base 64 of RFC 4648 section 4, with its padding. */
export const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

/** Undefined for what is not exactly what `base64` writes. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return base64(bytes) === text ? bytes : undefined;
}
