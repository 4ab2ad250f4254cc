import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import { SerialSet } from '../../../firmware/account/serial-set.js';
import type { Crypto } from '../../../hal/crypto.js';
import { VirtualClock } from '../../chip/virtual-clock.js';
import { ANSWER_MS_MAX } from '../pool-client.js';
import { codeRefusalName } from '../refusal-words.js';
import { seededKey } from '../seeded-key.js';
import { type Morning, OPERATOR, Phones } from './morning.js';
import { NoonNetwork } from './noon-network.js';
import { type Ended, NoonTerminal, terminalKey } from './noon-terminal.js';
import {
  HOUR_S,
  LIMIT_OF_ONE,
  type NoonSize,
  planClocks,
  planVisits,
  QUOTA,
  type RoundKind,
  TRICKS,
  type Trick,
} from './plan.js';

const SITE = 'noon';
/** Gateway and terminals have met before the first customer comes. */
const LEAD_S = 30;
/** The last queues, once the hour is over. */
const TAIL_S = HOUR_S;
/** Of the third round, after noon: the gateway is killed, comes back, the network splits, heals. */
const KILLED_S = 600;
const BACK_S = 660;
const SPLIT_S = 1_200;
const HEALED_S = 2_400;

/** What was paid beyond the quota, minor units. */
export interface Overspend {
  readonly amount: number;
  readonly bound: number;
}

/** What an hour came to, as far as the site itself knows. */
export interface HourTold {
  readonly visits: number;
  readonly bills: number;
  /** Honest users who were refused, by reason. */
  readonly honestRefused: Readonly<Record<string, number>>;
  /** By trick: visits, and how many of them were refused. */
  readonly cheats: Readonly<Record<Trick, { readonly visits: number; readonly refused: number }>>;
  /** Payments by codes of clocks that were turned. */
  readonly turnedTaken: number;
  /** Users who have paid more than their quota. */
  readonly overspenders: number;
  /** Of the one who has paid most beyond it. */
  readonly worst: Overspend;
  /** Users who have paid more than their bounds. */
  readonly beyond: readonly string[];
  /** Decided by the terminals alone. */
  readonly alone: number;
  readonly medianWait_us: number;
  readonly longestWait_us: number;
}

/** A bill as whoever has served it remembers it. */
export interface Booked {
  readonly terminal: NoonTerminal;
  readonly sequence: number;
  readonly user: number;
  /** Minor units. */
  readonly amount: number;
}

export interface Hour {
  readonly terminals: readonly NoonTerminal[];
  readonly booked: readonly Booked[];
  readonly told: HourTold;
}

/** One hour of the site, from noon on, with no network beyond its own. */
export function playHour(crypto: Crypto, size: NoonSize, morning: Morning, kind: RoundKind): Hour {
  const { seed } = size;
  const clock = new VirtualClock();
  const key = seededKey(crypto, seed, 'key of the gateways');
  const publicKeys = Array.from({ length: size.terminals }, (_, i) => terminalKey(crypto, seed, i).slice(32));
  const network = new NoonNetwork({ crypto, clock, seed, site: SITE, key, terminals: publicKeys });
  const visits = planVisits(size);
  const tally = new Tally();
  const phones = new Phones(crypto, seed, morning);
  const show = (visit: (typeof visits)[number], now_s: number): Uint8Array => {
    const fresh = (): Uint8Array => phones.show(visit.user, visit.phone, now_s + visit.clock_s);
    if (!visit.photograph) return fresh();
    visit.photograph.code ??= fresh();
    return visit.photograph.code;
  };
  const platform = {
    id: platformIdOf(crypto, morning.platform),
    publicKey: morning.platform,
    operator: OPERATOR,
    denied: new SerialSet([]),
  };
  const clocks = planClocks(size);
  const terminals = publicKeys.map((_, number): NoonTerminal => {
    const terminal: NoonTerminal = new NoonTerminal({
      ...{ crypto, clock, seed, number, platform, site: SITE, gateway: key.slice(32), show },
      clock_s: clocks[number],
      visits: visits.filter((visit) => visit.terminal === number).length,
      send: (instance, frame) => network.up(terminal, instance, frame),
      ended: (ended) => tally.take(ended),
    });
    return terminal;
  });
  network.terminals = terminals;
  for (const visit of visits)
    clock.scheduleAt(LEAD_S * 1e6 + visit.at_us, () => terminals[visit.terminal].arrive(visit));
  run(clock, network, terminals, kind);
  return { terminals, booked: tally.booked, told: tally.told(kind, network.started, terminals) };
}

function run(
  clock: VirtualClock,
  network: NoonNetwork,
  terminals: readonly NoonTerminal[],
  kind: RoundKind,
): void {
  const at = (time_s: number, what: () => void): void => {
    clock.scheduleAt((LEAD_S + time_s) * 1e6, what);
  };
  if (kind !== 'down') {
    const first = network.start();
    if (kind === 'split') {
      at(KILLED_S, () => network.kill(first));
      at(BACK_S, () => network.start());
      at(SPLIT_S, () => {
        network.split();
        network.start(1);
      });
      at(HEALED_S, () => network.heal());
    }
  }
  clock.runFor((LEAD_S + HOUR_S) * 1e6);
  const isOver = (): boolean => terminals.every(({ isIdle }) => isIdle);
  if (!isOver() && !clock.runUntil(isOver, TAIL_S * 1e6)) throw new Error('the queues do not end');
  for (const { client } of terminals) client.close();
}

interface UserTally {
  amount: number;
  readonly visited: Set<NoonTerminal>;
  /** Terminals that have taken something by their own rules alone. */
  readonly alone: Set<NoonTerminal>;
}

class Tally {
  readonly booked: Booked[] = [];
  readonly #users = new Map<number, UserTally>();
  readonly #refused: Record<string, number> = {};
  readonly #cheats = Object.fromEntries(TRICKS.map((trick) => [trick, { visits: 0, refused: 0 }])) as Record<
    Trick,
    { visits: number; refused: number }
  >;
  readonly #waits_us: number[] = [];
  #turnedTaken = 0;
  #alone = 0;

  take({ visit, terminal, taken, isAlone, waited_us }: Ended): void {
    const { user, trick, amount } = visit;
    this.#waits_us.push(waited_us);
    if (isAlone) this.#alone++;
    if (trick) this.#cheats[trick].visits++;
    const tally = this.#users.get(user) ?? { amount: 0, visited: new Set(), alone: new Set() };
    this.#users.set(user, tally);
    tally.visited.add(terminal);
    if (!taken.bill) {
      const name = codeRefusalName(taken.refusal);
      if (trick) this.#cheats[trick].refused++;
      else this.#refused[name] = (this.#refused[name] ?? 0) + 1;
      return;
    }
    if (trick === 'clock') this.#turnedTaken++;
    if (isAlone) tally.alone.add(terminal);
    tally.amount += amount;
    this.booked.push({ terminal, sequence: taken.bill.sequence, user, amount });
  }

  told(kind: RoundKind, gateways: number, terminals: readonly NoonTerminal[]): HourTold {
    const over = [...this.#users].flatMap(([user, { amount, visited, alone }]) => {
      if (amount <= QUOTA) return [];
      // Whoever decides by itself lets a user have the limit of one: each gateway, each terminal without one.
      const deciders = kind === 'up' ? gateways : gateways + alone.size;
      const bound = Math.max(1, Math.min(deciders, visited.size)) * LIMIT_OF_ONE - QUOTA;
      return [{ user, amount: amount - QUOTA, bound }];
    });
    const beyond = over.filter(({ amount, bound }) => amount > bound);
    const worst = over.reduce<Overspend>((most, each) => (each.amount > most.amount ? each : most), {
      amount: 0,
      bound: 0,
    });
    const waits = this.#waits_us.sort((a, b) => a - b);
    return {
      visits: waits.length,
      bills: terminals.reduce((sum, { pos }) => sum + pos.log.last, 0),
      honestRefused: this.#refused,
      cheats: this.#cheats,
      turnedTaken: this.#turnedTaken,
      overspenders: over.length,
      worst: { amount: worst.amount, bound: worst.bound },
      beyond: beyond.map(
        ({ user, amount, bound }) =>
          `user ${user + 1}: ${amount} beyond the quota, and ${bound} is the bound`,
      ),
      alone: this.#alone,
      medianWait_us: waits[Math.floor(waits.length / 2)] ?? 0,
      longestWait_us: waits.at(-1) ?? 0,
    };
  }
}

/** What an hour must be. Empty when it was. */
export function faultsOfHour(size: NoonSize, kind: RoundKind, told: HourTold): string[] {
  const faults = told.beyond.map((each) => `paid too much: ${each}`);
  for (const [reason, count] of Object.entries(told.honestRefused))
    faults.push(`${count} honest payments were refused: ${reason}`);
  if (told.turnedTaken > 0) faults.push(`${told.turnedTaken} codes of clocks that were turned were taken`);
  if (told.longestWait_us > ANSWER_MS_MAX * 1_000)
    faults.push(`a terminal has waited for ${told.longestWait_us / 1_000} ms`);
  if (kind === 'up' && told.overspenders > 0)
    faults.push(`${told.overspenders} users have paid more than their quota, beside a gateway`);
  if (told.visits !== planVisits(size).length) faults.push('not everybody was served');
  return faults;
}
