import { type Same, sameBytes } from '../bytes.js';
import { dayOf } from '../ledger/calendar-day.js';
import type { Counterparties } from '../ledger/counterparties.js';
import type { Ledger } from '../ledger/ledger.js';
import { AMOUNT_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import type { Note } from '../objects/note.js';
import { type Limits, ReceivedPolicy, TIERS } from '../objects/profile.js';
import { Refusal } from '../protocol/refusal.js';
import { Consent } from './consent.js';

/** A sum against its limit: AMOUNT_MAX stands for "no limit", and sums may be more than that. */
export const isAbove = (sum: number, limit: number): boolean => limit !== AMOUNT_MAX && sum > limit;

/** What a wallet has done since its last sync, as far as limits care. */
export interface Counters {
  readonly payments: number;
  readonly lastSync_s: number;
  /**
   * Paid on the day `day`, the latest on which anything was paid: whole days since 1970 on the wallet's own
   * clock.
   */
  readonly day: number;
  readonly paidThatDay: number;
  /** Paid without confirmation since the last confirmed payment. */
  readonly unconfirmed: number;
  /** When received value came in first since the last sync; 0 before any has. */
  readonly receivedFrom_s: number;
  /** What counts against the balance limit. */
  readonly balance: number;
  /** All that is held or may come back: every sum of a wallet stays an amount. */
  readonly whole: number;
}

/** The counters of a ledger, as the policy wants them. */
export function countersOf(ledger: Ledger, limits: Limits): Counters {
  return {
    payments: ledger.payments,
    lastSync_s: ledger.lastSync_s,
    day: ledger.day,
    paidThatDay: ledger.paidThatDay,
    unconfirmed: ledger.unconfirmed,
    receivedFrom_s: ledger.receivedFrom_s,
    balance: ledger.balance(limits.received),
    whole: ledger.held + ledger.inFlight,
  };
}

/**
 * Whether dealings with `id` can be counted, as far as a limit asks for it: a stall without one serves any
 * number of strangers.
 */
export function canCount(limits: Limits, counterparties: Counterparties, id: Uint8Array): boolean {
  const isLimited = limits.counterpartyCountMax < AMOUNT_MAX || limits.counterpartyAmountMax < AMOUNT_MAX;
  return !isLimited || counterparties.fits(id);
}

/** Whom money is for, as its note says it. */
export type Condition = Pick<Note, 'purpose' | 'place' | 'payee'>;

/**
 * Whether money that is only for a merchant category, a place or a payee may be paid to this one (R26):
 * payer, payee and bank ask the same, so money is refused offline where it does not belong. `same`: see
 * `covers`.
 */
export const isFor = (
  note: Condition & Pick<Note, 'isForAnyone'>,
  to: Pick<Certificate, 'id' | 'category' | 'place'>,
  same: Same = sameBytes,
): boolean =>
  (note.purpose === 0 || note.purpose === to.category) &&
  (note.place === 0 || note.place === to.place) &&
  (note.isForAnyone || same(note.payee, to.id));

/** A payment that one side is about to agree to. */
export interface Proposal {
  readonly pays: boolean;
  readonly amount: number;
  /** Of it, how much is received value. */
  readonly received: number;
  /** The payee's merchant category. */
  readonly category: number;
  /** Strength of the own identity and of the counterparty's, as their certificates have it. */
  readonly ownTier: number;
  readonly tier: number;
  /** The counterparty's operator. */
  readonly operator: number;
  /** Dealings with this counterparty since the last sync. */
  readonly counterpartyCount: number;
  readonly counterpartyAmount: number;
  /** The wallet's own clock, and the latest time that anyone in this touch claims. */
  readonly own_s: number;
  readonly time_s: number;
  /** What the user has given for exactly this payment. */
  readonly consent: Consent;
}

/**
 * Every limit of R11, R12, R13, the no-confirm limit and presence (R5), for the paying and the receiving
 * side. Pure: the same limits, counters and proposal give the same answer everywhere. Undefined means yes.
 */
export function checkPolicy(limits: Limits, counters: Counters, proposal: Proposal): Refusal | undefined {
  return (
    checkOffline(limits, counters, proposal) ??
    checkCounterparty(limits, proposal) ??
    checkTiers(limits, proposal) ??
    (proposal.pays
      ? (checkPaying(limits, counters, proposal) ?? checkConsent(limits, counters, proposal))
      : checkReceiving(limits, counters, proposal))
  );
}

function checkOffline(limits: Limits, counters: Counters, proposal: Proposal): Refusal | undefined {
  if (isAbove(counters.payments + 1, limits.offlineCountMax)) return Refusal.offlineCount;
  if (isAbove(proposal.time_s - counters.lastSync_s, limits.offlineDuration_s))
    return Refusal.offlineDuration;
  if (mustEmpty(limits, counters, proposal)) return Refusal.emptyFirst;
  if (isAbove(proposal.time_s - proposal.own_s, limits.clocksApart_s)) return Refusal.offlineDuration;
  return undefined;
}

/** Notes may still be paid with: only received value waits for its bank. */
function mustEmpty({ emptyWithin_s }: Limits, { receivedFrom_s }: Counters, proposal: Proposal): boolean {
  if (emptyWithin_s === 0 || receivedFrom_s === 0) return false;
  if (proposal.pays && proposal.received === 0) return false;
  return isAbove(proposal.time_s - receivedFrom_s, emptyWithin_s);
}

function checkCounterparty(limits: Limits, proposal: Proposal): Refusal | undefined {
  if (limits.operators.length > 0 && !limits.operators.includes(proposal.operator)) return Refusal.operator;
  const isTooMuch =
    isAbove(proposal.counterpartyCount + 1, limits.counterpartyCountMax) ||
    isAbove(proposal.counterpartyAmount + proposal.amount, limits.counterpartyAmountMax);
  if (isTooMuch) return Refusal.counterparty;
  return undefined;
}

/**
 * Larger payments take stronger identities, of both: payer and payee ask the same, so what one of them lets
 * pass the other does not refuse, where they have the same rule.
 */
function checkTiers(limits: Limits, { ownTier, tier, amount }: Proposal): Refusal | undefined {
  const paymentMax = Math.min(tierPaymentMax(limits, ownTier), tierPaymentMax(limits, tier));
  return isAbove(amount, paymentMax) ? Refusal.tierLimit : undefined;
}

/** The most for one payment in which a holder of this tier takes part (R8). */
export const tierPaymentMax = ({ tierMax }: Limits, tier: number): number =>
  tierMax.length === 0 ? AMOUNT_MAX : tierMax[Math.min(tier, TIERS - 1)];

function checkPaying(limits: Limits, counters: Counters, proposal: Proposal): Refusal | undefined {
  if (proposal.amount > limits.paymentMax) return Refusal.paymentLimit;
  for (const categoryLimit of limits.categoryLimits) {
    if (categoryLimit.category === proposal.category && proposal.amount > categoryLimit.paymentMax)
      return Refusal.categoryLimit;
  }
  const overDay = checkDay(limits, counters, proposal);
  if (overDay !== undefined) return overDay;
  if (proposal.received > limits.receivedPaymentMax) return Refusal.receivedLimit;
  if (proposal.received > 0 && limits.received !== ReceivedPolicy.circulating) return Refusal.receivedLimit;
  return undefined;
}

/** The daily limit of whoever pays: of a wallet, and at a terminal for accounts of its user. */
export function checkDay(
  { dayMax }: Limits,
  { day, paidThatDay }: Pick<Counters, 'day' | 'paidThatDay'>,
  { own_s, amount }: Pick<Proposal, 'own_s' | 'amount'>,
): Refusal | undefined {
  const paidToday = dayOf(own_s) > day ? 0 : paidThatDay;
  return isAbove(paidToday + amount, dayMax) ? Refusal.dayLimit : undefined;
}

function checkConsent(limits: Limits, counters: Counters, proposal: Proposal): Refusal | undefined {
  const needed = consentNeeded(limits, counters.unconfirmed, proposal.amount);
  if (proposal.consent >= needed) return undefined;
  return needed === Consent.pin ? Refusal.pin : Refusal.button;
}

function checkReceiving(limits: Limits, counters: Counters, proposal: Proposal): Refusal | undefined {
  if (proposal.amount > limits.paymentMax) return Refusal.paymentLimit;
  if (proposal.received > limits.receivedPaymentMax) return Refusal.receivedLimit;
  const counts = limits.received === ReceivedPolicy.frozen ? 0 : proposal.amount;
  if (isAbove(counters.balance + counts, limits.balanceMax)) return Refusal.balanceLimit;
  if (counters.whole + proposal.amount > AMOUNT_MAX) return Refusal.balanceLimit;
  return undefined;
}

/** What the user must give for a payment of `amount` (R5). */
export function consentNeeded(limits: Limits, unconfirmed: number, amount: number): Consent {
  const isSmall = amount <= limits.noConfirmMax && !isAbove(unconfirmed + amount, limits.noConfirmTotalMax);
  if (isSmall) return Consent.none;
  return amount <= limits.buttonMax ? Consent.button : Consent.pin;
}
