import { isAmount } from '../objects/amount.js';
import { isAbove } from '../payment/policy.js';
import { Refusal } from '../protocol/refusal.js';
import { CodeRefusal, type CodeTerminal, checkRules, type Platform } from './decision.js';
import type { Serials } from './serial-set.js';
import { faceUser } from './user-counts.js';

/** Whose face it is, as far as a recogniser can tell. */
export interface Recognition {
  /** The account's number in the platform's list. */
  readonly serial: number;
  /** How sure it is, in thousandths. */
  readonly confidence_permille: number;
}

/** Tells accounts by faces. It knows those alone that were shown to it with their consent. */
export interface Recogniser {
  /** Undefined for a face that it does not know. The format of `picture` is the recogniser's. */
  recognise(picture: Uint8Array): Recognition | undefined;
}

/** Payment by face at one terminal. */
export interface Faces {
  readonly recogniser: Recogniser;
  /** The platform whose accounts it knows: with a whitelist, as a closed site has it. */
  readonly platform: Platform;
  /** The accounts of the closed site, by their numbers in the platform's list: no others pay by face. */
  readonly accounts: Serials;
  /** Below this, a face is nobody's. */
  readonly confidenceMin_permille: number;
  /** Minor units for one payment, beside the terminal's own limits. */
  readonly paymentMax: number;
}

/**
 * Whether a terminal takes `amount` (minor units) from whom its recogniser has `found`. A face signs nothing
 * and cannot be renewed, so it pays on a closed site alone: whose account is on its list. Undefined means
 * yes.
 */
export function decideFace(
  terminal: CodeTerminal,
  { platform, accounts, confidenceMin_permille, paymentMax }: Faces,
  found: Recognition | undefined,
  amount: number,
  now_s: number,
): Refusal | CodeRefusal | undefined {
  if (!platform.whitelist) return CodeRefusal.noFaces;
  if (now_s < terminal.lastSync_s) return CodeRefusal.clock;
  if (!found || !(found.confidence_permille >= confidenceMin_permille)) return CodeRefusal.unrecognised;
  if (!accounts.has(found.serial)) return CodeRefusal.notListed;
  if (!isAmount(amount)) return Refusal.mismatch;
  if (isAbove(amount, paymentMax)) return CodeRefusal.faceLimit;
  const user = faceUser(platform.id, found.serial);
  if (!terminal.counts.fits(user)) return Refusal.full;
  return checkRules(terminal, platform, user, terminal.tierMin, amount, now_s);
}
