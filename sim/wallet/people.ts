/** Who lives in a life, and within which limits. */

import { type Limits, ReceivedPolicy } from '../../firmware/objects/profile.js';
import { UNLIMITED } from '../../firmware/selftest/test-issuer.js';

export const PIN = '2413';

export const PEOPLE = [
  { name: 'Mei', category: 0, hasScreen: true },
  { name: 'Rui', category: 0, hasScreen: false },
  { name: 'noodle stall', category: 5812, hasScreen: true },
  { name: 'bakery', category: 5462, hasScreen: false },
] as const;

const DAY_S = 86_400;

/** Limits that are met often, and now and then hardly any. `below(n)`: a number from 0 to n - 1. */
export function limitsOf(below: (n: number) => number): Limits {
  if (below(4) === 0) return { ...UNLIMITED, noConfirmMax: 100, noConfirmTotalMax: 200, buttonMax: 300 };
  const noConfirmMax = below(40);
  return {
    ...UNLIMITED,
    paymentMax: 200 + below(2_000),
    dayMax: 300 + below(3_000),
    balanceMax: 1_000 + below(20_000),
    offlineCountMax: 10 + below(60),
    offlineDuration_s: (2 + below(60)) * DAY_S,
    noConfirmMax,
    noConfirmTotalMax: noConfirmMax + below(100),
    buttonMax: 60 + below(200),
    claimGrace_s: below(4) * DAY_S,
    received: below(5) === 0 ? below(3) : ReceivedPolicy.circulating,
  };
}
