import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { hostCrypto as crypto } from '../../../hal/crypto/host.js';
import type { Below } from '../draws.js';

/**
 * A code that a user has changed in one field of the certificate, and signed again with its own key (64
 * bytes), or changed in one bit behind its own signature. As text, a byte a character.
 */
export function forgedCode(below: Below, code: AccountCode, userKey: Uint8Array): Uint8Array {
  const certificate = below(4) === 0 ? undefined : changedCertificate(below, code.certificate);
  if (!certificate) return changedText(below, code);
  const { created_s, validity_s, counter, amount } = code;
  return AccountCode.build(crypto, userKey, certificate, { created_s, validity_s, counter, amount })
    .textBytes;
}

/** One of its fields is another one; undefined where that is no certificate. */
function changedCertificate(below: Below, { bytes }: AccountCertificate): AccountCertificate | undefined {
  const { offsets } = AccountCertificate.shape;
  const field = below(offsets.length);
  const at = offsets[field] + (field === offsets.length - 1 ? below(64) : 0);
  const changed = bytes.slice();
  changed[at] ^= 1 << below(8);
  return AccountCertificate.parse(changed);
}

/** One bit of what travels is another one. */
function changedText(below: Below, code: AccountCode): Uint8Array {
  const { bytes } = code;
  bytes[below(bytes.length)] ^= 1 << below(8);
  return AccountCode.fromBytes(bytes)?.textBytes ?? Uint8Array.of(...code.textBytes, 0);
}
