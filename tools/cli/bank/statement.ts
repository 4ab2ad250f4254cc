import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TerminalDay } from '../../../sim/bank/accounts/day.js';
import type { HistoryLine } from '../../../sim/bank/accounts/history.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { BankClient } from '../../../sim/bank/server/client.js';
import { utc } from '../../../sim/words.js';
import { table } from '../output/table.js';
import type { Told } from './counter.js';
import { purposeWords, targetWords } from './told.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The first second of a day in UTC. */
export function dayOf(text: string): number {
  const time_ms = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time_ms) || new Date(time_ms).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('Expected a day, such as 2026-11-28.');
  return time_ms / 1_000;
}

/** Lines of RFC 4180. Nothing in a field is a formula to whoever opens them as a sheet. */
export const csv = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');

function field(value: string | number): string {
  if (typeof value === 'number') return `${value}`;
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const time = (at_s: number): string => new Date(at_s * 1_000).toISOString().replace('.000', '');

/** As much of a hash as people compare. */
const short = (hash: Uint8Array): string => hex(hash.subarray(0, 4));

/** What moved, the newest first: amounts in minor units, positive for the account. */
const historyCsv = (history: readonly HistoryLine[]): string =>
  csv([
    ['time', 'reason', 'amount', 'currency', 'place', 'reference', 'refund_of'],
    ...history.map(({ at_s, reason, amount, currency, account, reference, refundOf }) => [
      time(at_s),
      reason,
      amount,
      currency,
      account,
      reference ? hex(reference) : '',
      refundOf.map(hex).join(' '),
    ]),
  ]);

/** A page of a statement: the newest lines, or those that come before an entry. */
export async function statement(
  bank: BankClient,
  account: number,
  linesMax: number,
  before: number | undefined,
): Promise<Told> {
  const [balance, history] = [await bank.balance(account), await bank.history(account, linesMax, before)];
  const last = history.at(-1)?.entry;
  const earlier = last === undefined ? [] : await bank.history(account, 1, last);
  const sums = [
    ['available', `${balance.available}`],
    ...balance.targeted.map(({ purpose, available, target }) => [
      `for ${purposeWords(purpose)} only${target ? ` (${targetWords(target)})` : ''}`,
      `${available}`,
    ]),
    ['on its devices', `${balance.offline}`],
    ['in flight', `${balance.inFlight}`],
    ...balance.given.map(({ left, ...target }) => [
      `given, of ${purposeWords(target.number)} (${targetWords(target)})`,
      `${left}`,
    ]),
    ...balance.held.map(({ amount: held, why, until_s }) => [
      `held (${why}${until_s === undefined ? '' : `, until ${utc(until_s)}`})`,
      `${held}`,
    ]),
  ];
  const moves = history.map(({ at_s, reason, amount, account: where, reference, refundOf }) => [
    utc(at_s),
    reason,
    `${amount}`,
    where,
    reference ? short(reference) : '',
    refundOf.length > 0 ? `refund of ${refundOf.map(short).join(', ')}` : '',
  ]);
  const lines = [
    `account ${account}, ${balance.currency}, minor units`,
    ...table(sums),
    ...(moves.length > 0 ? ['', ...table(moves)] : []),
    ...(earlier.length > 0 ? ['', `there is more before: --before ${last}`] : []),
  ];
  return { value: { account, ...balance, history }, lines, csv: historyCsv(history) };
}

/** A merchant's end of day, by terminal. */
export function dayTold(account: number, from_s: number, terminals: readonly TerminalDay[]): Told {
  const day = time(from_s).slice(0, 10);
  const head = [
    'terminal',
    'taken',
    'payments',
    'paid',
    'payments',
    'of it refunds',
    'payments',
    'open',
    'payments',
  ];
  const rows = terminals.map(({ device, taken, paid, refunded, open }) => [
    hex(device),
    ...[taken, paid, refunded, open].flatMap(({ amount, payments }) => [amount, payments]),
  ]);
  const sums = head.slice(1).map((_, i) => rows.reduce((sum, row) => sum + Number(row[i + 1]), 0));
  const all = [...rows, ['all', ...sums]];
  const refunds = terminals.flatMap(({ refunds: of }) =>
    of.map(({ refund, sale, amount }) => [`refund ${short(refund)}`, `${amount}`, `of sale ${short(sale)}`]),
  );
  const lines = [
    `account ${account}, ${day} in UTC, minor units`,
    ...table([head, ...all.map((row) => row.map(String))]),
    ...table(refunds),
  ];
  const names = ['terminal', ...['taken', 'paid', 'refunded', 'open'].flatMap((of) => [of, `${of}_count`])];
  return { value: { account, day, terminals }, lines, csv: csv([names, ...rows]) };
}

/** `--text` is what comes without either; it says so in scripts. */
export const withFormats = (command: Command): Command =>
  command
    .addOption(new Option('--csv', 'for a sheet: RFC 4180').conflicts(['text', 'json']))
    .addOption(new Option('--text', 'plain text, as without it').conflicts('json'));
