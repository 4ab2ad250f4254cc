import { count } from '../../../sim/words.js';
import { table } from '../../cli/output/table.js';
import type { Output } from '../../cli/output/terminal-output.js';
import { FORMULA } from './capacity.js';
import type { Figures } from './figures.js';
import type { FlashCost } from './lab.js';
import type { Kept } from './promises.js';
import type { RamFigures } from './ram.js';
import type { SideFigures } from './touch.js';
import type { WearFigures } from './wear.js';

const fixed = (value: number, digits: number): string => value.toFixed(digits);
const ms = (us: number): string => fixed(us / 1000, 2);

function section(out: Output, title: string, rows: readonly (readonly string[])[], remarks: string[] = []) {
  out.line();
  out.line(out.style('bold', title));
  const [head, ...lines] = table(rows);
  out.line(`  ${out.style('dim', head)}`);
  for (const line of lines) out.line(`  ${line}`);
  for (const remark of remarks) out.line(`  ${remark}`);
}

export function printFigures(out: Output, figures: Figures): void {
  printBoot(out, figures);
  printCapacity(out, figures);
  printTouch(out, figures.touch);
  printWear(out, figures.wear);
  printRam(out, figures.ram);
}

function printBoot(out: Output, { boot, neglect }: Figures): void {
  const rows = boot.map(({ notes, payments, full, boot, worst }) => [
    count(notes),
    count(payments) + (full ? ' full' : ''),
    ...[boot.reads, boot.readBytes, boot.entryHeaders, boot.replayed, boot.programs].map(count),
    ms(boot.busy_us),
    ...[worst.reads, worst.readBytes, worst.replayed].map(count),
    ms(worst.busy_us),
  ]);
  const head = ['notes', 'payments', 'reads', 'bytes', 'headers', 'replayed', 'programs', 'ms'];
  const remarks = [
    'headers: of entries that were walked or looked up; those of the sectors, one read of 64 bytes each, are in reads.',
    'worst: over the boots after each payment of a whole snapshot interval. What grows up to 256 counterparties is their table.',
    ...neglect.map(
      ({ unit, payments, boot }) =>
        `Where housekeeping never runs, a wallet takes ${payments} more payments (unit ${unit}); then a boot reads ${count(boot.readBytes)} bytes.`,
    ),
  ];
  section(
    out,
    'Boot, by payments since the last sync (1 MB, unit 4)',
    [[...head, 'worst: reads', 'bytes', 'replayed', 'ms'], ...rows],
    remarks,
  );
}

function printCapacity(out: Output, { capacity, endless }: Figures): void {
  const rows = capacity.map((each) => [
    String(each.unit),
    count((each.sectors * 4096) / 1024),
    ...[each.notes, each.payments, each.afterSync, each.predicted, each.recordBytes, each.perSector].map(
      count,
    ),
  ]);
  const remarks = [
    ...FORMULA.map((line) => line),
    `${count(endless.payments)} payments with ${endless.syncs} syncs between them: none refused, ${count(endless.sectorsErased)} sectors erased.`,
  ];
  const head = ['unit', 'KB', 'notes', 'payments', 'after a sync', 'formula', 'record bytes', 'in a sector'];
  section(
    out,
    'Capacity: payments received with all their evidence until the wallet says full',
    [head, ...rows],
    remarks,
  );
}

function printTouch(out: Output, touch: readonly SideFigures[]): void {
  const cells = (cost: FlashCost): string[] => [
    fixed(cost.programs, 1),
    fixed(cost.programBytes, 0),
    fixed(cost.erases, 2),
    ms(cost.busy_us),
  ];
  const rows = touch.map(({ what, times, mean, most }) => [
    what,
    count(times),
    ...cells(mean),
    ...cells(most),
  ]);
  const head = ['', 'times', 'programs', 'bytes', 'erases', 'ms'];
  section(
    out,
    'Flash work of real touches and syncs: mean, then most',
    [[...head, 'programs', 'bytes', 'erases', 'ms'], ...rows],
    ['Times are those of a W25Q part, typical, by the simulator’s model.'],
  );
}

function printWear(out: Output, wear: readonly WearFigures[]): void {
  const rows = wear.map((life) => [
    life.name,
    count(life.payments),
    count(life.min),
    fixed(life.mean, 1),
    count(life.max),
    fixed(life.spread_percent, 1),
    fixed(life.bytesPerPayment, 0),
    fixed(life.erasesPerPayment, 3),
    fixed(life.amplification, 2),
    count(life.yearsOfLife),
    count(life.erasesInTouch),
  ]);
  const head = ['life', 'payments', 'min', 'mean', 'max', 'spread %', 'B/payment', 'erases/payment'];
  section(
    out,
    'Wear: erases per sector over a life, half of the payments received and half made',
    [[...head, 'amplification', 'years', 'in touches'], ...rows],
    [
      'spread: (max − min) / max.  amplification: bytes programmed for a byte of the journal.  years: until 100,000 erases.',
    ],
  );
}

function printRam(out: Output, ram: RamFigures): void {
  const rows = [
    ['index of the store: where each key lies', count(ram.index)],
    ['sectors', count(ram.sectors)],
    ['buffers for one record', count(ram.buffers)],
    ['headers of the sectors, during boot', count(ram.headers)],
    ['note index, 1,024 notes', count(ram.noteIndex)],
    ['counterparties', count(ram.counterparties)],
  ];
  section(out, 'RAM in typed arrays (1 MB of flash)', [['what', 'bytes'], ...rows]);
}

export function printPromises(out: Output, promises: readonly Kept[]): void {
  out.line();
  out.line(out.style('bold', 'Promises'));
  for (const { what, holds, figures } of promises) {
    const mark = holds ? out.style('green', 'holds ') : out.style(['red', 'bold'], 'BROKEN');
    out.line(`  ${mark}  ${what}: ${figures}`);
  }
}
