import type { Crypto } from '../../hal/crypto.js';
import { sameBytes } from '../bytes.js';
import { OPERATORS_MAX } from '../limits.js';
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

/** Checks to the end what a bank gives a device with this public key (32). Undefined when all is good. */
export function refusePersonalisation(
  crypto: Crypto,
  publicKey: Uint8Array,
  given: Personalisation,
): Refusal | undefined {
  const certificate = Certificate.parse(given.certificate);
  const profile = Profile.parse(given.profile);
  const operators = given.operators.map((bytes) => Operator.parse(bytes));
  if (!certificate || !profile || given.root.length !== 32) return Refusal.malformed;
  if (operators.length > OPERATORS_MAX) return Refusal.full;
  if (operators.some((operator) => !operator?.verify(crypto, given.root))) return Refusal.signature;
  const issuer = operators.find(
    (operator) => operator?.number === certificate.issuer && operator.version === certificate.endorsement,
  );
  if (!issuer || !certificate.verify(crypto, issuer.key)) return Refusal.certificate;
  if (!isProfileOf(crypto, profile, certificate.id, issuer)) return Refusal.signature;
  return sameBytes(certificate.publicKey, publicKey) ? undefined : Refusal.mismatch;
}

/** Whether a certificate says of the same device what the one before said, but for its tier and its end. */
export const isRenewalOf = (certificate: Certificate, renewed: Certificate): boolean =>
  sameBytes(renewed.id, certificate.id) &&
  sameBytes(renewed.publicKey, certificate.publicKey) &&
  renewed.issuer === certificate.issuer &&
  renewed.role === certificate.role &&
  renewed.category === certificate.category;

/** Whether a profile is this device's (8 bytes), signed under this endorsement. */
export const isProfileOf = (
  crypto: Crypto,
  profile: Profile,
  device: Uint8Array,
  issuer: Operator,
): boolean =>
  profile.endorsement === issuer.version &&
  profile.verify(crypto, issuer.key) &&
  sameBytes(profile.device, device);
