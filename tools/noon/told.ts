import { TRICKS } from '../../sim/account/noon/plan.js';
import type { RoundTold } from '../../sim/account/noon/round.js';
import type { Credit } from '../../sim/account/noon/settling.js';
import { ANSWER_MS_MAX } from '../../sim/account/pool-client.js';
import { table } from '../cli/output/table.js';

/** What a backlog of a site may take, on two cores of a quiet machine. */
const BACKLOG_S_MAX = 60;

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
const grouped = (number: number): string => number.toLocaleString('en-US');
const ms = (time_us: number): string => (time_us / 1_000).toFixed(1);
const creditOf = ({ users, amount }: Credit): string => `${grouped(users)}: ${grouped(amount)}`;

type Cell = (round: RoundTold) => string;

const ROWS: readonly (readonly [what: string, cell: Cell, bound?: string])[] = [
  ['payments that were tried', ({ hour }) => grouped(hour.visits)],
  ['honest payments refused', ({ hour }) => grouped(sumOf(hour.honestRefused)), '0'],
  ['decided by a terminal alone', ({ hour }) => grouped(hour.alone)],
  ['median wait for a decision, ms', ({ hour }) => ms(hour.medianWait_us)],
  ['longest wait, ms', ({ hour }) => ms(hour.longestWait_us), `${ANSWER_MS_MAX}`],
  ...TRICKS.map(
    (trick) =>
      [
        `cheats, ${trick}: refused, of tried`,
        ({ hour: { cheats } }: RoundTold) =>
          `${grouped(cheats[trick].refused)} of ${grouped(cheats[trick].visits)}`,
      ] as const,
  ),
  ['codes of turned clocks that were taken', ({ hour }) => grouped(hour.turnedTaken), '0'],
  ['users who paid beyond their quota', ({ hour }) => grouped(hour.overspenders), 'up: 0'],
  ['most beyond a quota', ({ hour }) => grouped(hour.worst.amount), 'next line'],
  ['what that user could at the most', ({ hour }) => grouped(hour.worst.bound)],
  ['users beyond what they could', ({ hour }) => grouped(hour.beyond.length), '0'],
  ['bills booked', ({ hour }) => grouped(hour.bills)],
  ['bills uploaded', ({ settling }) => grouped(settling.uploaded), 'as booked'],
  [
    'settled + set aside',
    ({ settling }) => `${grouped(settling.settled)} + ${grouped(sumOf(settling.asides))}`,
    'as booked',
  ],
  ['credit given, users: amount', ({ settling }) => creditOf(settling.given)],
  ['recovered', ({ settling }) => creditOf(settling.recovered)],
  ['written off', ({ settling }) => creditOf(settling.writtenOff)],
  ['open', ({ settling }) => creditOf(settling.open)],
  ['what is wrong in the books', ({ settling }) => grouped(settling.faults.length), '0'],
  ['backlog settled, s', ({ settling }) => settling.spent.wall_s.toFixed(1), `(${BACKLOG_S_MAX})`],
  ['the same, s of processor', ({ settling }) => settling.spent.cpu_s.toFixed(1)],
  ['the hour itself, s of processor', ({ spent }) => spent.cpu_s.toFixed(1)],
];

/** A column for each round, and the bound that the command ends by; one in brackets is a target. */
export function noonTable(rounds: readonly RoundTold[]): string[] {
  const head = ['gateway', ...rounds.map(({ kind }) => kind), 'bound'];
  return table([head, ...ROWS.map(([what, cell, bound = '']) => [what, ...rounds.map(cell), bound])]);
}
