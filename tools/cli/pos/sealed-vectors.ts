import type { AccountCode } from '../../../firmware/account/account-code.js';
import { parseSealed, SEAL_BYTES, sealCode } from '../../../firmware/account/sealed-code.js';
import { nobleCrypto as crypto } from '../../../hal/crypto/noble.js';
import { scanned } from '../../../sim/account/scanned.js';
import { hex } from '../../../sim/bank/bytes.js';
import { shortHex } from '../output/object-lines.js';

const EPHEMERAL_BYTE = 5;
const TAG_BYTES = 16;

/** `code` sealed to the site with that signing key (64 bytes), byte by byte: for docs/accounts.md. */
export function sealedLines(siteKey: Uint8Array, code: AccountCode): string[] {
  const secret = crypto.x25519SecretOf(siteKey);
  const image = crypto.x25519PublicKey(secret);
  const ephemeral = new Uint8Array(32).fill(EPHEMERAL_BYTE);
  const text = sealCode(crypto, image, ephemeral, code);
  const bytes = parseSealed(scanned(text));
  const shared = crypto.x25519(ephemeral, image);
  if (bytes?.length !== code.bytes.length + SEAL_BYTES || !shared)
    throw new RangeError('what was sealed is no sealed code');
  const tag = bytes.length - TAG_BYTES;
  const row = (at: number, end: number, field: string): string =>
    `| ${at} | ${end - at} | ${field} | \`${shortHex(bytes.subarray(at, end))}\` |`;
  return [
    '',
    'The code with an amount of the vectors below, sealed. The site’s seed is 32 bytes of `04`, the ephemeral',
    'X25519 secret 32 bytes of `05`; with a real code that is drawn.',
    '',
    '| at | bytes | field | here |',
    '|---:|---:|---|---|',
    row(0, 1, 'version'),
    row(1, 33, 'ephemeral public key'),
    row(33, tag, 'the code without its first byte, sealed'),
    row(tag, bytes.length, 'tag'),
    '',
    'The site’s Ed25519 public key, its X25519 image, the shared secret, the bytes, and the text:',
    '',
    '```text',
    ...[siteKey.subarray(32), image, shared, bytes].map(hex),
    text,
    '```',
    '',
  ];
}
