/** Ids as map keys and in the names of ledger accounts. */
export const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

/** Text as logs and what is signed have it. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const fromUtf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A currency as objects carry it (3 bytes) and as the books name it. */
export const currencyText = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

export const currencyBytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));
