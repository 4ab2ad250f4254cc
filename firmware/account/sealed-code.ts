import type { Crypto } from '../../hal/crypto.js';
import { behind, concat, NOTHING } from '../bytes.js';
import {
  AccountCode,
  CODE_BYTES,
  CODE_PREFIX,
  CODE_VERSION,
  codeCharacters,
  hasPrefix,
  PRICED_CODE_BYTES,
} from './account-code.js';
import { base45Decode, base45Encode } from './base45.js';

/** What a sealed code begins with, where a plain one has CODE_VERSION. */
const VERSION = 2;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** What a sealed code has beside the plain one: the ephemeral public key, and the tag. */
export const SEAL_BYTES = KEY_BYTES + TAG_BYTES;
const HEAD_BYTES = 1 + KEY_BYTES;
const CHARACTERS = [CODE_BYTES, PRICED_CODE_BYTES].map((bytes) => codeCharacters(bytes + SEAL_BYTES));
/** "tapnote/2 sealed code" */
const INFO = Uint8Array.from([
  0x74, 0x61, 0x70, 0x6e, 0x6f, 0x74, 0x65, 0x2f, 0x32, 0x20, 0x73, 0x65, 0x61, 0x6c, 0x65, 0x64, 0x20, 0x63,
  0x6f, 0x64, 0x65,
]);

/** X25519 key pair of a site, 32 bytes each: its terminals have the secret, phones the public key. */
export interface SiteKey {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
}

/**
 * The text of `code`, sealed to the terminals of one site (R28): who else photographs it learns no pseudonym,
 * no quota, no amount. It is 48 bytes longer. `ephemeral`: an X25519 secret (32 bytes) that is used for this
 * code and never again. Throws RangeError for a site's key that is of low order, and so nobody's.
 */
export function sealCode(
  crypto: Crypto,
  sitePublicKey: Uint8Array,
  ephemeral: Uint8Array,
  code: AccountCode,
): string {
  const head = behind(VERSION, crypto.x25519PublicKey(ephemeral));
  const key = keyOf(crypto, crypto.x25519(ephemeral, sitePublicKey), head, sitePublicKey);
  if (!key) throw new RangeError('the site’s key is of low order');
  return CODE_PREFIX + base45Encode(concat(head, crypto.seal(key, 0, head, code.bytes.subarray(1))));
}

/**
 * The bytes of a sealed code, out of the text that a scanner has read, a byte a character. Undefined when it
 * is none, to the last character: another text never gives the same bytes.
 */
export function parseSealed(text: Uint8Array): Uint8Array | undefined {
  if (!CHARACTERS.includes(text.length) || !hasPrefix(text)) return undefined;
  const bytes = base45Decode(text, CODE_PREFIX.length);
  return bytes?.[0] === VERSION ? bytes : undefined;
}

/** What is in a sealed code; undefined for another site's, or one of which a bit has changed. */
export function openSealed(
  crypto: Crypto,
  { secret, publicKey }: SiteKey,
  sealed: Uint8Array,
): AccountCode | undefined {
  const head = sealed.subarray(0, HEAD_BYTES);
  const key = keyOf(crypto, crypto.x25519(secret, head.subarray(1)), head, publicKey);
  const opened = key && crypto.open(key, 0, head, sealed.subarray(HEAD_BYTES));
  return opened && AccountCode.fromBytes(behind(CODE_VERSION, opened));
}

/** Each ephemeral key, and each site, has a key of its own: so the same nonce serves all. */
function keyOf(
  crypto: Crypto,
  shared: Uint8Array | undefined,
  head: Uint8Array,
  sitePublicKey: Uint8Array,
): Uint8Array | undefined {
  return shared && crypto.hkdfSha256(NOTHING, shared, concat(INFO, head, sitePublicKey), KEY_BYTES);
}
