import { AMOUNT_MAX } from '../../../firmware/limits.js';
import type { Limits } from '../../../firmware/objects/profile.js';
import { Chance } from '../../field/chance.js';
import { ORDINARY } from '../../world/ordinary.js';

export interface NoonSize {
  readonly users: number;
  /** Of the users, those who cheat. */
  readonly cheats: number;
  readonly terminals: number;
  readonly seed: number;
}

/** What the site’s gateway does. */
export type RoundKind = 'up' | 'down' | 'split';
export const ROUNDS: readonly RoundKind[] = ['up', 'down', 'split'];

/** How somebody tries to pay more than there is, or by a code that does not hold. */
export type Trick =
  | 'copied' // friends show a photograph of one code at other terminals, all at once
  | 'twins' // two phones with one certificate
  | 'greedy' // from terminal to terminal, beyond the quota
  | 'clock'; // the phone’s clock is turned back, or ahead
export const TRICKS: readonly Trick[] = ['copied', 'twins', 'greedy', 'clock'];

/** Bank time when the certificates are issued. */
export const MORNING_S = 1_800_000_000;
/** When the first of them pay; the gateway has been there for a while. */
export const NOON_S = MORNING_S + 3_600;
export const HOUR_S = 3_600;
/** Minor units that one certificate is good for. */
export const QUOTA = 3_000;
const PRICE_MIN = 800;
const PRICE_MAX = 1_400;
/** Of 100 honest users, those who buy twice: both within the quota. */
const TWICE = 10;
/** Of 100 users, those who pay by their credit line. */
const POOR = 10;
const COPIES_MAX = 12;
const VISITS_OF_CHEATS = 6;
/** The clocks of honest phones and of terminals are wrong by so much, at the most. */
const CLOCK_ERROR_S = 5;
const TURNED_MIN_S = 600;
const TURNED_MAX_S = 7_200;

/** What the terminals keep offline, and are registered with. */
export const NOON_LIMITS: Limits = {
  ...ORDINARY,
  offlineCountMax: AMOUNT_MAX,
  balanceMax: AMOUNT_MAX,
  clocksApart_s: 30,
};

/** The most that one terminal takes of one user by its own rules, minor units. */
export const LIMIT_OF_ONE = Math.min(QUOTA, NOON_LIMITS.counterpartyAmountMax);

/** Somebody comes to a terminal. */
export interface Visit {
  /** After noon. */
  readonly at_us: number;
  readonly terminal: number;
  readonly user: number;
  /** Which of the user’s phones: 1 is the twin. */
  readonly phone: number;
  /** Minor units. */
  readonly amount: number;
  /** By how much the phone’s clock is wrong. */
  readonly clock_s: number;
  readonly trick: Trick | undefined;
  /** Whoever comes first makes the code, and the others show its photograph. */
  readonly photograph: { code?: Uint8Array } | undefined;
}

/** A user as the platform admits it. */
export interface UserPlan {
  readonly name: string;
  /** Minor units, as is the credit line. */
  readonly deposit: number;
  readonly line: number;
}

/** Who has how much. The line of each covers a quota: the platform certifies nobody beyond that. */
export function planUsers({ users, seed }: NoonSize): UserPlan[] {
  const dice = new Chance(seed, 'money');
  return Array.from({ length: users }, (_, i) => ({
    name: `user ${i + 1}`,
    deposit: dice.below(100) < POOR ? dice.below(PRICE_MIN) : dice.between(QUOTA, 5 * QUOTA),
    line: QUOTA,
  }));
}

/** The cheats are spread among the users, each with its trick. */
function trickOf({ users, cheats }: NoonSize, user: number): Trick | undefined {
  const before = Math.floor((user * cheats) / users);
  const isOne = Math.floor(((user + 1) * cheats) / users) > before;
  return isOne ? TRICKS[before % TRICKS.length] : undefined;
}

/** Terminals’ clocks are set by hand. */
export const planClocks = ({ terminals, seed }: NoonSize): number[] => {
  const dice = new Chance(seed, 'clocks of terminals');
  return Array.from({ length: terminals }, () => dice.between(-CLOCK_ERROR_S, CLOCK_ERROR_S));
};

/** Everybody’s visits in one hour: the same in each round. */
export function planVisits(size: NoonSize): Visit[] {
  const dice = new Chance(size.seed, 'visits');
  const visits: Visit[] = [];
  for (let user = 0; user < size.users; user++) visits.push(...visitsOf(size, user, dice));
  return visits;
}

function visitsOf(size: NoonSize, user: number, dice: Chance): Visit[] {
  const trick = trickOf(size, user);
  const clock_s = dice.between(-CLOCK_ERROR_S, CLOCK_ERROR_S);
  const visit = (more: Partial<Visit> = {}): Visit => ({
    at_us: timeOf(dice),
    terminal: dice.below(size.terminals),
    ...{ user, phone: 0, amount: dice.between(PRICE_MIN, PRICE_MAX), clock_s, trick, photograph: undefined },
    ...more,
  });
  const some = (count: number, each: (i: number) => Partial<Visit> = () => ({})): Visit[] =>
    Array.from({ length: count }, (_, i) => visit(each(i)));
  switch (trick) {
    case 'copied': {
      const [at_us, photograph, first] = [timeOf(dice), {}, dice.below(size.terminals)];
      const copies = Math.min(size.terminals, dice.between(2, COPIES_MAX));
      return some(copies, (i) => ({ at_us, photograph, terminal: (first + i) % size.terminals }));
    }
    case 'twins':
      return some(VISITS_OF_CHEATS, (i) => ({ phone: i % 2 }));
    case 'greedy':
      return some(VISITS_OF_CHEATS);
    case 'clock': {
      const turned_s = dice.between(TURNED_MIN_S, TURNED_MAX_S);
      return [visit({ clock_s: dice.below(4) === 0 ? turned_s : -turned_s })];
    }
    default:
      return some(dice.below(100) < TWICE ? 2 : 1);
  }
}

/** The queues are longest in the middle of the hour. */
const timeOf = (dice: Chance): number => Math.floor((1e6 * (dice.below(HOUR_S) + dice.below(HOUR_S))) / 2);
