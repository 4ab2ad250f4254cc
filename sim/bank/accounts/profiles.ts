import { Profile } from '../../../firmware/objects/profile.js';
import type { Context } from '../context.js';
import type { OperatorKey } from '../keys.js';

/**
 * A device's profile under this key of its operator's: the one in the books may be signed with a key that has
 * run out since, or that the device has never heard of.
 */
export function profileUnder(
  { crypto }: Context,
  { signingKey, endorsement }: OperatorKey,
  device: Uint8Array,
  kept: Uint8Array,
): Uint8Array {
  const profile = Profile.parse(kept)!;
  if (profile.endorsement === endorsement.version) return kept;
  return Profile.build(crypto, signingKey, device, profile.limits(), endorsement.version).bytes;
}
