import { utc } from '../../../sim/inspect/describe.js';
import type { Inspection, RecordReport } from '../../../sim/inspect/inspect.js';
import type { SectorReport } from '../../../sim/inspect/sectors.js';
import { count, moneyFormat } from '../../../sim/words.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { LEGEND, sectorMap } from './map.js';

/** Entries of the journal that are told without --verbose: the newest. */
const ENTRIES_TOLD = 20;
const NOTES_TOLD = 20;

export function printInspection(out: Output, file: string, found: Inspection, isVerbose: boolean): void {
  const { bytes, sectorCount, sectorBytes, unit } = found;
  out.line(out.style('bold', file));
  const place = `${count(bytes)} bytes: ${sectorCount} sectors of ${count(sectorBytes)}, program unit ${unit}`;
  const rows = [['image', place], ['verdict', verdict(out, found)], ...summary(found)];
  for (const line of table(rows)) out.line(`  ${line}`);
  printSectors(out, found.sectors, isVerbose);
  printRecords(out, found.records, isVerbose);
  printMoney(out, found, isVerbose);
  out.line();
  if (found.faults.length === 0) out.line(out.style('green', 'Nothing is wrong with it.'));
  else {
    out.line(
      out.style(
        ['red', 'bold'],
        found.faults.length === 1 ? 'What is wrong' : `${found.faults.length} things are wrong`,
      ),
    );
    for (const fault of found.faults) out.line(`  ${fault}`);
  }
}

function verdict(out: Output, { verdict, faults }: Inspection): string {
  if (verdict !== 'ok') return out.style('red', verdict);
  return faults.length === 0
    ? out.style('green', 'ok')
    : out.style('red', 'the store opens, and something is wrong: see the end');
}

function summary({ device, currency, boot, root, floor = 0, signatures }: Inspection): string[][] {
  const rows: string[][] = [];
  if (device) rows.push(['device', `${device}, ${currency}`]);
  if (root) {
    const { address, order } = root;
    rows.push([
      'newest root',
      `byte ${count(address)}, order ${count(order)}; journal needed from entry ${floor} on`,
    ]);
  }
  if (boot) {
    const { reads, readBytes, programs, programBytes, snapshot, sequence } = boot;
    const work = `${count(reads)} reads of ${count(readBytes)} bytes, ${programs} programs of ${programBytes} bytes`;
    rows.push(['a boot', `${work}; snapshot after entry ${snapshot}, ${sequence - snapshot} replayed`]);
  }
  if (signatures) {
    const { good, bad, unknown } = signatures;
    rows.push([
      'signatures',
      `${count(good)} good, ${bad} wrong, ${count(unknown)} by others, whose keys are not here`,
    ]);
  }
  return rows;
}

function printSectors(out: Output, sectors: readonly SectorReport[], isVerbose: boolean): void {
  out.line();
  out.line(out.style('bold', 'Sectors'));
  for (const row of sectorMap(out, sectors)) out.line(row);
  for (const line of LEGEND) out.line(`       ${out.style('dim', line)}`);
  const counts = sectors.flatMap(({ eraseCount }) => (eraseCount === undefined ? [] : [eraseCount]));
  const sum = (of: (sector: SectorReport) => number) =>
    count(sectors.reduce((total, each) => total + of(each), 0));
  out.line(`       ${sum((each) => each.bytesLive)} bytes live, ${sum((each) => each.bytesDead)} dead`);
  if (counts.length > 0) {
    const mean = counts.reduce((total, each) => total + each, 0) / counts.length;
    out.line(
      `       erased ${Math.min(...counts)} to ${Math.max(...counts)} times, ${mean.toFixed(1)} on average`,
    );
  }
  if (!isVerbose) return;
  out.line();
  const rows = sectors.map((each) => [
    String(each.sector),
    each.state,
    each.log ?? '',
    ...[each.order, each.entries, each.bytesLive, each.bytesDead, each.eraseCount].map((value) =>
      value === undefined ? '' : count(value),
    ),
  ]);
  const [head, ...lines] = table([
    ['sector', 'is', 'log', 'from order', 'entries', 'live bytes', 'dead bytes', 'erased'],
    ...rows,
  ]);
  out.line(`  ${out.style('dim', head)}`);
  for (const line of lines) out.line(`  ${line}`);
}

const inOrder = (a: RecordReport, b: RecordReport): number => a.order - b.order;

function printRecords(out: Output, records: readonly RecordReport[], isVerbose: boolean): void {
  const of = (log: string) => records.filter((record) => record.log === log).sort(inOrder);
  const isValue = ({ kind, state }: RecordReport) =>
    kind.startsWith('put') && state !== 'dead' && state !== 'gone';
  const state = isVerbose ? of('state') : of('state').filter(isValue).sort(byName);
  section(out, isVerbose ? 'State, record by record' : 'Values', state, isVerbose);
  const journal = of('journal');
  const told = isVerbose ? journal : journal.filter(({ kind }) => kind === 'journal').slice(-ENTRIES_TOLD);
  section(out, 'Journal', told, isVerbose);
  const dead = records.filter((record) => record.state === 'dead').length;
  if (!isVerbose && records.length > 0) {
    out.line(
      `  ${out.style('dim', `${count(records.length)} records in all, ${count(dead)} of them dead: --verbose tells each`)}`,
    );
  }
}

const byName = (a: RecordReport, b: RecordReport): number =>
  a.subject.localeCompare(b.subject, 'en', { numeric: true });

function section(out: Output, title: string, records: readonly RecordReport[], isVerbose: boolean): void {
  if (records.length === 0) return;
  out.line();
  out.line(out.style('bold', title));
  const rows = records.map((record) => [
    ...(isVerbose ? [`${record.sector}:${record.address}`, String(record.order), record.kind] : []),
    record.subject,
    record.state === 'live' ? '' : record.state,
    record.detail,
  ]);
  for (const line of table(rows)) out.line(`  ${line}`);
}

function printMoney(out: Output, { money, currency }: Inspection, isVerbose: boolean): void {
  if (!money) return;
  const format = moneyFormat(currency);
  const { ledger, journal, notes } = money;
  out.line();
  out.line(out.style('bold', `Money, ${currency}`));
  const told = isVerbose ? notes : notes.slice(0, NOTES_TOLD);
  const noteRows = told.map(({ id, left, value, expires_s, place, only }) => [
    `note ${place ?? '?'}`,
    format(left),
    `of ${value === undefined ? '?' : format(value)}`,
    `until ${utc(expires_s)}`,
    id,
    only === '' ? '' : `only for ${only}`,
  ]);
  if (noteRows.length > 0) for (const line of table(noteRows)) out.line(`  ${line}`);
  if (told.length < notes.length) out.line(`  … and ${notes.length - told.length} notes more`);
  const rows = [
    [
      '',
      'by snapshot and tail',
      journal ? `by entries ${journal.first} to ${journal.last}` : 'no settlement yet',
    ],
    [
      'left on notes',
      format(ledger.notes),
      journal ? `${format(journal.spent)} spent, ${format(journal.restored)} back since` : '',
    ],
    ['received', format(ledger.received), journal ? format(journal.received) : ''],
    ['due from the bank', format(ledger.claims), journal ? format(journal.claims) : ''],
    ['held', format(ledger.held), ''],
    ['in flight', format(ledger.inFlight), journal ? format(journal.inFlight) : ''],
    [
      'hash chain',
      '',
      journal ? (journal.chained ? `whole from entry ${journal.chainedFrom} on` : 'BROKEN') : '',
    ],
  ];
  out.line();
  for (const line of table(rows)) out.line(`  ${line}`);
}
