import { AMOUNT_MAX } from '../../firmware/limits.js';
import type { Limits } from '../../firmware/objects/profile.js';
import type { Gift } from '../bank/accounts/give.js';
import type { Terms } from '../bank/platform/terms.js';
import { ORDINARY } from '../world/ordinary.js';

/** A whole number from 0, below that. */
export type Below = (below: number) => number;

/** Where shops stand. */
export const PLACES = 2;
export const DAY_S = 86_400;

/** Limits of a wallet: without consent in the way, and every second time tight ones. */
export function drawLimits(below: Below): Limits {
  const tight = { paymentMax: 3_000, receivedPaymentMax: 2_000, balanceMax: 30_000, offlineCountMax: 40 };
  const limits = { ...ORDINARY, noConfirmMax: 1_000_000, noConfirmTotalMax: 0x7fffffff };
  const more = { tierMax: [1_000, 2_000, 3_000, AMOUNT_MAX], emptyWithin_s: 4 * DAY_S };
  return below(2) === 0 ? limits : { ...limits, ...tight, ...more, counterpartyAmountMax: 8_000 };
}

/** Money of a category for somebody, somewhere, for some days; what a roll leaves open is for anybody. */
export function drawGift(below: Below, now_s: number, purpose: number, payee: Uint8Array): Gift {
  const place = below(PLACES + 1);
  const days = below(20);
  return {
    ...{ purpose, place, payee: below(4) === 0 ? payee : undefined },
    until_s: days === 0 ? undefined : now_s + days * DAY_S,
  };
}

/** What a user and a platform agree upon; `other`: an account from which debts may be taken as well. */
export const drawTerms = (below: Below, other: number): Terms => ({
  line: below(3) === 0 ? 0 : below(4_000),
  quota: 500 + below(3_000),
  life_s: (1 + below(4)) * DAY_S,
  tier: 1,
  scene: 0,
  faceDayMax: below(3) === 0 ? 1_000 : 0,
  withholding: below(4) === 0 ? other : null,
});
