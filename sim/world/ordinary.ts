import { AMOUNT_MAX } from '../../firmware/limits.js';
import { type Limits, ReceivedPolicy } from '../../firmware/objects/profile.js';

const DAY_S = 86_400;

/** Strength of identity of whoever does not say otherwise. */
export const ORDINARY_TIER = 1;

/** Clocks of phones and of the terminals that scan their codes: a network sets them most of the time. */
export const NETWORK_CLOCKS_APART_S = 120;

/** Limits for whoever does not say otherwise. Minor units. */
export const ORDINARY: Limits = {
  version: 1,
  paymentMax: 500_000,
  receivedPaymentMax: 200_000,
  dayMax: 1_000_000,
  balanceMax: 2_000_000,
  offlineCountMax: 500,
  offlineDuration_s: 14 * DAY_S,
  counterpartyCountMax: AMOUNT_MAX,
  counterpartyAmountMax: AMOUNT_MAX,
  noConfirmMax: 20_000,
  noConfirmTotalMax: 100_000,
  buttonMax: 100_000,
  claimGrace_s: 3 * DAY_S,
  received: ReceivedPolicy.circulating,
  categoryLimits: [],
  tierMax: [],
  emptyWithin_s: 0,
  operators: [],
  clocksApart_s: 14 * DAY_S,
  relayMax_us: 0,
};
