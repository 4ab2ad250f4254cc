import type { Crypto } from '../../hal/crypto.js';
import { sameBytes } from '../bytes.js';
import { Certificate } from '../objects/certificate.js';
import { Operator } from '../objects/operator.js';
import { Profile } from '../objects/profile.js';
import { Refusal } from '../protocol/refusal.js';
/** What a bank gives a device that has made its keys. */
export interface Personalisation {
  root: Uint8Array;
  operators: readonly Uint8Array[];
  certificate: Uint8Array;
  profile: Uint8Array;
  time_s: number;
}

/** Public keys of a device, 32 bytes each. */
interface Keys {
  readonly signing: Uint8Array;
  readonly agreement: Uint8Array;
}

/** Checks to the end what a bank gives a device with these keys. Undefined when all is good. */
export function refusePersonalisation(
  crypto: Crypto,
  keys: Keys,
  given: Personalisation,
): Refusal | undefined {
  const certificate = Certificate.parse(given.certificate);
  const profile = Profile.parse(given.profile);
  const operators = given.operators.map((bytes) => Operator.parse(bytes));
  if (!certificate || !profile || given.root.length !== 32) return Refusal.malformed;
  if (operators.some((operator) => !operator?.verify(crypto, given.root))) return Refusal.signature;
  const issuer = operators.find((operator) => operator?.number === certificate.issuer);
  if (!issuer || !certificate.verify(crypto, issuer.key)) return Refusal.certificate;
  if (!profile.verify(crypto, issuer.key) || !sameBytes(profile.device, certificate.id)) {
    return Refusal.signature;
  }
  const ours =
    sameBytes(certificate.signingKey, keys.signing) && sameBytes(certificate.agreementKey, keys.agreement);
  return ours ? undefined : Refusal.mismatch;
}
