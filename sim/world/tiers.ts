import { AMOUNT_MAX } from '../../firmware/limits.js';
import type { Limits } from '../../firmware/objects/profile.js';
import { ORDINARY } from './ordinary.js';

type TierLimits = Pick<Limits, 'paymentMax' | 'dayMax' | 'balanceMax'>;

/**
 * The four classes of e-CNY's wallets as their operators publish them, the weakest identity first: only a
 * telephone number is known, the holder's papers as well, a bank account of theirs too, and whoever has come
 * to a branch. Minor units.
 */
const E_CNY: readonly TierLimits[] = [
  { paymentMax: 200_000, dayMax: 500_000, balanceMax: 1_000_000 },
  { paymentMax: 500_000, dayMax: 1_000_000, balanceMax: 2_000_000 },
  { paymentMax: 5_000_000, dayMax: 10_000_000, balanceMax: 50_000_000 },
  { paymentMax: AMOUNT_MAX, dayMax: AMOUNT_MAX, balanceMax: AMOUNT_MAX },
];

export const TIER_MAX = E_CNY.length - 1;

/** An example of limits by tier (R8): the ordinary ones, and those of e-CNY. `tier`: 0 to TIER_MAX. */
export const limitsOfTier = (tier: number): Limits => ({
  ...ORDINARY,
  ...E_CNY[tier],
  tierMax: E_CNY.map(({ paymentMax }) => paymentMax),
});
