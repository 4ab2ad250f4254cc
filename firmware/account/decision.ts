import type { Crypto } from '../../hal/crypto.js';
import { sameBytes } from '../bytes.js';
import { isAmount } from '../objects/amount.js';
import { type Limits, TIERS } from '../objects/profile.js';
import { Consent } from '../payment/consent.js';
import { checkDay, checkPolicy, isAbove } from '../payment/policy.js';
import { Refusal } from '../protocol/refusal.js';
import { AccountCode } from './account-code.js';
import { ESSENTIALS_SCENE } from './essentials.js';
import type { Serials } from './serial-set.js';
import type { User, UserCounts } from './user-counts.js';

/**
 * Why a terminal takes no payment by a code, beside what `Refusal` has a number for. Apart from those
 * numbers, and none ever changes its meaning.
 */
export const CodeRefusal = Object.freeze({
  /** The terminal's clock is behind its last sync: it cannot tell what has run out. */
  clock: 0x80,
  /** The user's clock is too far ahead of the terminal's. */
  ahead: 0x81,
  /** The code was made too long ago: ask for a fresh one. */
  stale: 0x82,
  /** The certificate does not hold yet. */
  early: 0x83,
  /** The certificate holds in another scene only. */
  scene: 0x84,
  /** The user's identity is too weak for this terminal. */
  tier: 0x85,
  /** The terminal has a whitelist of users, and this one is not on it. */
  notListed: 0x86,
  /** This code, or a later one of this user, was taken before. */
  seen: 0x87,
  /** More than the certificate is good for, with what was paid here before. */
  quota: 0x88,
  /** The recogniser knows no such face, or is not sure enough. */
  unrecognised: 0x89,
  /** More than may be paid by a face alone. */
  faceLimit: 0x8a,
  /** This terminal takes no faces: it has no recogniser, or is not of a closed site. */
  noFaces: 0x8b,
  /** The code is sealed to another site, or its seal is broken. */
  sealed: 0x8c,
  /** This user has just gone in here, and not out: nobody goes in behind on the same account. */
  passback: 0x90,
  /** A certificate for essentials pays by a code with an amount alone: its user has seen what for. */
  unpriced: 0x91,
} as const);
export type CodeRefusal = (typeof CodeRefusal)[keyof typeof CodeRefusal];

/** A platform whose users a terminal serves. */
export interface Platform {
  /** As `platformIdOf` names its key, 4 bytes. */
  readonly id: Uint8Array;
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Its number as an operator. */
  readonly operator: number;
  /** Certificates that it has taken back. */
  readonly denied: Serials;
  /** Of a closed site: the only certificates that may pay. */
  readonly whitelist?: Serials | undefined;
}

/** A terminal as far as it decides about codes. */
export interface CodeTerminal {
  readonly platforms: readonly Platform[];
  /** As a wallet's. A user is a counterparty; what is billed and not uploaded is the balance. */
  readonly limits: Limits;
  /** Its scene; 0: of none. */
  readonly scene: number;
  readonly tierMin: number;
  readonly counts: UserCounts;
  readonly lastSync_s: number;
}

export type Decision =
  | { readonly refusal: Refusal | CodeRefusal }
  | { readonly refusal?: undefined; readonly code: AccountCode };

/**
 * Whether a terminal takes `amount` (minor units; 0: who goes in at a gate) at `now_s` by the code that its
 * scanner has read as `text`, a byte a character (R28, R30). Pure: nothing is counted before the caller does.
 */
export function decide(
  crypto: Crypto,
  terminal: CodeTerminal,
  amount: number,
  now_s: number,
  text: Uint8Array,
): Decision {
  const code = AccountCode.parse(text);
  return code ? decideCode(crypto, terminal, amount, now_s, code) : { refusal: Refusal.malformed };
}

/**
 * As `decide`, about a code however it came. What costs little comes first, the two signatures last, so that
 * nothing that is made up costs more than a look.
 */
export function decideCode(
  crypto: Crypto,
  terminal: CodeTerminal,
  amount: number,
  now_s: number,
  code: AccountCode,
): Decision {
  const platform = terminal.platforms.find(({ id }) => sameBytes(id, code.certificate.platform));
  if (!platform) return { refusal: Refusal.operator };
  const { certificate } = code;
  const refusal =
    checkTimes(terminal, code, now_s) ??
    checkHolder(terminal, platform, code) ??
    checkAmount(terminal, code, amount) ??
    checkRules(terminal, platform, certificate, certificate.tier, amount, now_s) ??
    checkSignatures(crypto, platform, code);
  return refusal === undefined ? { code } : { refusal };
}

/**
 * The terminal's clock decides what has run out, since the user sets the other. How far the two may be apart
 * is a limit.
 */
function checkTimes(
  { limits, lastSync_s }: CodeTerminal,
  { certificate, created_s, validity_s }: AccountCode,
  now_s: number,
): Refusal | CodeRefusal | undefined {
  const { clocksApart_s } = limits;
  if (now_s < lastSync_s) return CodeRefusal.clock;
  if (isAbove(created_s - now_s, clocksApart_s)) return CodeRefusal.ahead;
  if (isAbove(now_s - (created_s + validity_s), clocksApart_s)) return CodeRefusal.stale;
  if (isAbove(certificate.notBefore_s - now_s, clocksApart_s)) return CodeRefusal.early;
  if (Math.max(now_s, created_s) > certificate.notAfter_s) return Refusal.certificateExpired;
  return undefined;
}

function checkHolder(
  { scene, tierMin }: CodeTerminal,
  { denied, whitelist }: Platform,
  { certificate }: AccountCode,
): Refusal | CodeRefusal | undefined {
  if (denied.has(certificate.serial)) return Refusal.hotListed;
  if (whitelist && !whitelist.has(certificate.serial)) return CodeRefusal.notListed;
  if (certificate.scene !== 0 && certificate.scene !== scene) return CodeRefusal.scene;
  return certificate.tier < tierMin ? CodeRefusal.tier : undefined;
}

function checkAmount(
  { counts }: CodeTerminal,
  code: AccountCode,
  amount: number,
): Refusal | CodeRefusal | undefined {
  if (code.certificate.scene === ESSENTIALS_SCENE && code.amount === undefined) return CodeRefusal.unpriced;
  if (!isPayable(amount) || (code.amount !== undefined && code.amount !== amount)) return Refusal.mismatch;
  const seen = counts.of(code.certificate);
  if (code.counter <= seen.counter) return CodeRefusal.seen;
  // AMOUNT_MAX is a number here, and not "no limit": the platform has signed it.
  if (seen.amount + amount > code.certificate.quota) return CodeRefusal.quota;
  return counts.fits(code.certificate) ? undefined : Refusal.full;
}

/** Whether a bill can be for so much: an amount, or nothing, for who goes in or out at a gate. */
const isPayable = (amount: number): boolean => amount === 0 || isAmount(amount);

/**
 * The rules of the terminal, which is known, by the engine of wallets: it receives, and the user is its
 * counterparty. `tier`: how well the platform knows the user.
 */
export function checkRules(
  { counts, limits, lastSync_s }: CodeTerminal,
  { operator }: Platform,
  user: User,
  tier: number,
  amount: number,
  now_s: number,
): Refusal | undefined {
  const seen = counts.of(user);
  const counters = {
    payments: counts.payments,
    lastSync_s,
    day: seen.day,
    paidThatDay: seen.paidThatDay,
    unconfirmed: 0,
    receivedFrom_s: 0,
    balance: counts.amount,
    whole: counts.amount,
  };
  const proposal = {
    pays: false,
    amount,
    received: 0,
    category: 0,
    ownTier: TIERS - 1,
    tier,
    operator,
    counterpartyCount: seen.payments,
    counterpartyAmount: seen.amount,
    own_s: now_s,
    time_s: now_s,
    consent: Consent.none,
  };
  return checkPolicy(limits, counters, proposal) ?? checkDay(limits, counters, proposal);
}

function checkSignatures(crypto: Crypto, { publicKey }: Platform, code: AccountCode): Refusal | undefined {
  if (!code.certificate.verify(crypto, publicKey)) return Refusal.certificate;
  return code.verify(crypto) ? undefined : Refusal.signature;
}
