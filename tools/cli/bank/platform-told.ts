import { BillKind, Means } from '../../../firmware/account/bill.js';
import { hex } from '../../../sim/bank/bytes.js';
import type { DebtRow } from '../../../sim/bank/platform/debts.js';
import type { Dispute } from '../../../sim/bank/platform/disputes.js';
import type { FaresRow, JourneyTold } from '../../../sim/bank/platform/fares.js';
import type { BillName } from '../../../sim/bank/platform/funds.js';
import type { TerminalRow } from '../../../sim/bank/platform/terminals.js';
import type { Terms } from '../../../sim/bank/platform/terms.js';
import type { BillTold, RecordLine } from '../../../sim/bank/platform/told.js';
import { moneyText, nameOf, utc } from '../../../sim/words.js';
import { table } from '../output/table.js';
import type { Told } from './counter.js';

/** As the command line takes it. */
const billWords = ({ terminal, sequence }: BillName): string => `${hex(terminal)}:${sequence}`;

const rowsOr = (rows: string[][], none: string): string[] => (rows.length > 0 ? table(rows) : [none]);

export const termsTold = (terms: Terms): Told => ({
  value: terms,
  lines: table(Object.entries(terms).map(([name, value]) => [name, `${value ?? 'none'}`])),
});

export const billsTold = (bills: readonly BillTold[]): Told => ({
  value: bills,
  lines: rowsOr(
    bills.map((bill) => [
      billWords(bill),
      utc(bill.time_s),
      nameOf(BillKind, bill.kind),
      nameOf(Means, bill.means),
      `${bill.amount}`,
      bill.account === null ? 'nobody' : `account ${bill.account}`,
      bill.reason === ''
        ? bill.bearer === 'user'
          ? bill.state
          : `${bill.state} by ${bill.bearer}`
        : bill.reason,
      bill.returned > 0 ? `${bill.returned} returned` : '',
    ]),
    'no bills',
  ),
});

export const debtsTold = (debts: readonly DebtRow[]): Told => ({
  value: debts,
  lines: rowsOr(
    debts.map((debt) => [
      `account ${debt.account}`,
      moneyText(debt.remaining, debt.currency),
      debt.state,
      `since ${utc(debt.since_s)}`,
      `bill ${billWords(debt)}`,
    ]),
    'nobody owes anything',
  ),
});

export const recordTold = (lines: readonly RecordLine[]): Told => ({
  value: lines,
  lines: rowsOr(
    lines.map(({ at_s, what, amount }) => [utc(at_s), what, amount === 0 ? '' : `${amount}`]),
    'nothing is held against it',
  ),
});

export const disputeTold = (dispute: Dispute): Told => ({
  value: dispute,
  lines: [
    `bill ${billWords(dispute)}: ${dispute.decided === '' ? 'open' : `decided for the ${dispute.decided}`}; ${dispute.ground}`,
  ],
});

export const terminalsTold = (terminals: readonly TerminalRow[]): Told => ({
  value: terminals,
  lines: rowsOr(
    terminals.map((terminal) => [
      hex(terminal.id),
      `account ${terminal.account}`,
      `${terminal.sequence} bills`,
      `last ${utc(terminal.time_s)}`,
      terminal.why === '' ? '' : terminal.why === 'fork' ? 'suspended: it has forked' : 'suspended',
    ]),
    'no terminals',
  ),
});

/** The table that holds now: fares from a zone to itself and to each one before it. */
export function faresTold(tables: readonly FaresRow[]): Told {
  const latest = tables.at(-1);
  if (!latest) return { value: tables, lines: ['no fare table'] };
  const { zoneOf, zones, ...numbers } = latest.fares;
  const stationsIn = (zone: number) => zoneOf.flatMap((each, i) => (each === zone ? [`${i + 1}`] : []));
  return {
    value: tables,
    lines: [
      ...table([
        ['since', utc(latest.from_s)],
        ...Object.entries(numbers).map(([name, n]) => [name, `${n}`]),
      ]),
      ...table(
        zones.map((row, i) => [
          `zone ${i}`,
          `stations ${stationsIn(i).join(', ')}`,
          `fares ${row.join(', ')}`,
        ]),
      ),
    ],
  };
}

const placeWords = (place: JourneyTold['entry'], none: string): string[] =>
  place ? [`${place.station}`, utc(place.time_s)] : [none, ''];

export const journeysTold = (journeys: readonly JourneyTold[]): Told => ({
  value: journeys,
  lines: rowsOr(
    journeys.map(({ site, entry, exit, fare, charge }) => [
      `account ${site}`,
      ...placeWords(entry, 'no entry'),
      ...placeWords(exit, 'no exit'),
      `fare ${fare}`,
      `charged ${charge}`,
    ]),
    'no journeys',
  ),
});
