/** Who lives in a life, and within which limits. */

import { type Limits, ReceivedPolicy } from '../../firmware/objects/profile.js';
import { UNLIMITED } from '../../firmware/selftest/test-issuer.js';
import type { Dice } from './dice.js';

export const PIN = '2413';

export const PEOPLE = [
  { name: 'Mei', category: 0, hasScreen: true, bank: 0 },
  { name: 'Rui', category: 0, hasScreen: false, bank: 1 },
  { name: 'noodle stall', category: 5812, hasScreen: true, bank: 1 },
  { name: 'bakery', category: 5462, hasScreen: false, bank: 0 },
] as const;

/** Their numbers. */
const OPERATORS = [7, 8] as const;

const DAY_S = 86_400;

/** Limits that are met often, and now and then hardly any. */
export function limitsOf(dice: Dice, version = 1): Limits {
  if (dice.isOnceIn(4)) {
    return {
      ...UNLIMITED,
      version,
      noConfirmMax: 100,
      noConfirmTotalMax: 200,
      buttonMax: 300,
      received: dice.isOnceIn(4) ? ReceivedPolicy.frozen : ReceivedPolicy.circulating,
    };
  }
  const noConfirmMax = dice.below(40);
  return {
    ...UNLIMITED,
    version,
    paymentMax: 200 + dice.below(2_000),
    dayMax: dice.one([30, 100, 300, 3_000]) + dice.below(100),
    balanceMax: 1_000 + dice.below(20_000),
    offlineCountMax: 4 + dice.below(30),
    offlineDuration_s: (2 + dice.below(60)) * DAY_S,
    noConfirmMax,
    noConfirmTotalMax: noConfirmMax + dice.below(50),
    buttonMax: 40 + dice.below(100),
    claimGrace_s: dice.below(4) * DAY_S,
    received: dice.isOnceIn(5) ? dice.below(3) : ReceivedPolicy.circulating,
    operators: dice.isOnceIn(6) ? [dice.one(OPERATORS)] : [],
    clocksApart_s: dice.one([DAY_S, 14 * DAY_S, UNLIMITED.clocksApart_s]),
  };
}
