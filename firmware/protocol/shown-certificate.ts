import { behind } from '../bytes.js';
import { Certificate } from '../objects/certificate.js';

/** Of the hash under which a certificate is remembered, as much as is its name. */
export const CERTIFICATE_NAME_BYTES = 8;
/**
 * In the place of the byte that says which rare fields a certificate has: its name (8) follows, not itself.
 */
const BY_NAME = 0x80;

/** How a card shows itself to an acquaintance. */
export const nameInPlaceOf = (name: Uint8Array): Uint8Array => behind(BY_NAME, name);

/** What a card has shown in the place of its certificate, and the position behind it. */
export type ShownCertificate =
  | { readonly certificate: Certificate; readonly end: number }
  | { readonly name: Uint8Array; readonly end: number };

/** Undefined when `bytes` begins with neither. */
export function readShownCertificate(bytes: Uint8Array): ShownCertificate | undefined {
  if (bytes[0] !== BY_NAME) return Certificate.expand(bytes, 0);
  const end = 1 + CERTIFICATE_NAME_BYTES;
  return bytes.length < end ? undefined : { name: bytes.slice(1, end), end };
}
