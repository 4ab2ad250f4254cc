/**
 * The text of a code as a scanner gives it to a terminal, a byte a character. What is no ASCII becomes a byte
 * that is in no code.
 */
export function scanned(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.min(text.charCodeAt(i), 0xff);
  return bytes;
}
