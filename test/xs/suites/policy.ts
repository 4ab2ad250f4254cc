/**
 * The verdicts of the policy on random limits, counters and proposals: every engine says what the reference
 * says.
 */
import { Consent } from '../../../firmware/payment/consent.js';
import { Lifecycle, lifecycle } from '../../../firmware/payment/lifecycle.js';
import {
  type Counters,
  checkPolicy,
  consentNeeded,
  type Proposal,
} from '../../../firmware/payment/policy.js';
import { same } from '../check.js';
import { Dice } from '../hardware/dice.js';
import { randomLimits, U32_MAX } from '../objects.js';
import type { Suite } from '../suite.js';

export interface PolicyInput {
  readonly seed: number;
  /** Of `verdicts`, in Node. */
  readonly verdicts: readonly string[];
}

const PROPOSALS = 1_000;
const DAY_S = 86_400;
const NOW_S = 1_800_000_000;

/**
 * Mostly beyond what is proposed, so that every limit is now and then the one that counts; now and then just
 * there, or nothing at all.
 */
const limit = (dice: Dice): number => {
  const roll = dice.below(24);
  if (roll === 0) return 0;
  if (roll < 4) return dice.below(300);
  return roll < 6 ? 0x7fffffff : roll < 8 ? U32_MAX : 300 + dice.below(10_000);
};

const few = (dice: Dice): number => (dice.oneIn(4) ? dice.below(10_000) : dice.below(300));

function proposalOf(dice: Dice): Proposal {
  const amount = 1 + few(dice);
  const own_s = NOW_S + dice.below(3 * DAY_S);
  return {
    pays: dice.oneIn(2),
    amount,
    received: dice.oneIn(3) ? dice.below(amount + 1) : 0,
    category: dice.below(5),
    ownTier: dice.below(6),
    tier: dice.below(6),
    operator: dice.below(21),
    counterpartyCount: dice.below(300),
    counterpartyAmount: few(dice),
    own_s,
    time_s: own_s + (dice.oneIn(4) ? few(dice) : 0),
    consent: dice.of([Consent.none, Consent.button, Consent.pin]),
  };
}

function countersOf(dice: Dice, { own_s }: Proposal): Counters {
  return {
    payments: dice.below(300),
    lastSync_s: own_s - (dice.oneIn(8) ? dice.below(4 * DAY_S) : dice.below(300)),
    day: Math.floor(own_s / DAY_S) - dice.below(2),
    paidThatDay: few(dice),
    unconfirmed: few(dice),
    receivedFrom_s: dice.oneIn(2) ? 0 : own_s - dice.below(3_000),
    balance: few(dice),
    whole: few(dice),
  };
}

/** One line for each: the refusal, and the consent that the payment takes. */
export function verdicts(seed: number): string[] {
  const dice = new Dice(seed, 'policy');
  const lines: string[] = [];
  for (let i = 0; i < PROPOSALS; i++) {
    const limits = {
      ...randomLimits(dice, limit),
      ...(dice.oneIn(3) ? {} : { operators: [] }),
      ...(dice.oneIn(3) ? {} : { tierMax: [] }),
      ...(dice.oneIn(4) ? {} : { emptyWithin_s: 0 }),
    };
    const proposal = proposalOf(dice);
    const counters = countersOf(dice, proposal);
    const refusal = checkPolicy(limits, counters, proposal) ?? 0;
    lines.push(`${refusal} ${consentNeeded(limits, counters.unconfirmed, proposal.amount)}`);
  }
  return lines;
}

export const suite: Suite<PolicyInput> = (_hardware, input) => [
  {
    name: `${PROPOSALS} random proposals get the verdicts of the reference`,
    run: () => verdicts(input.seed).forEach((line, i) => void same(line, input.verdicts[i], `proposal ${i}`)),
  },
  {
    name: 'of two conditions of a wallet the graver counts',
    run: () => {
      const seen: number[] = [];
      for (let bits = 0; bits < 64; bits++) {
        const has = (bit: number) => ((bits >> bit) & 1) === 1;
        const certificateUntil_s = has(3) ? NOW_S - 1 : NOW_S;
        const condition = {
          certified: has(0),
          epoch: has(1) ? 1 : 0,
          suspended: has(2),
          pinLocked: has(4),
          stopped: has(5),
        };
        seen.push(lifecycle({ ...condition, certificateUntil_s, time_s: NOW_S }));
      }
      const expected = seen.map((_, bits) => {
        if ((bits & 1) === 0) return Lifecycle.blank;
        if ((bits & 32) !== 0) return Lifecycle.stopped;
        if ((bits & 2) === 0) return Lifecycle.personalised;
        if ((bits & 4) !== 0) return Lifecycle.suspended;
        if ((bits & 8) !== 0) return Lifecycle.expired;
        return (bits & 16) !== 0 ? Lifecycle.pinLocked : Lifecycle.active;
      });
      same(seen.join(), expected.join(), 'lifecycles');
    },
  },
];
