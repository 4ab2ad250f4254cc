/** The figures of docs/benchmarks.md and the one line of README.md, so that none is ever copied by hand. */
import { fillMarked } from '../marked.js';
import { answer } from './answer.js';
import { assumptionCells } from './assumptions.js';
import { isMet, verdicts } from './budgets.js';
import { CASE_TEXT } from './cases.js';
import { slope } from './growth.js';
import { LINK_OF_BUDGET } from './measure.js';
import { memoryNeed_bytes } from './memory.js';
import { ramTable } from './ram-table.js';
import type { Results } from './results.js';
import { withDriverCells } from './with-driver.js';

const MARK = 'how-fast';
const n = (value: number) => Math.round(value).toLocaleString('en-GB');
const M = (instructions: number) => (instructions / 1e6).toFixed(1);
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** A table of figures, its first column in words. */
const tableOf = ([head, ...rows]: readonly string[][]): string[] =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map(row);

/** Throws before anything is written when the results are not of a whole bench. */
export function writeDocuments(results: Results): void {
  const tables = [
    ...touches(results),
    '',
    ...driven(results),
    '',
    ...budgets(results),
    '',
    ...assumed(results),
    '',
  ];
  const figures = [...tables, ...facts(results), ''];
  fillMarked('docs/benchmarks.md', MARK, figures);
  fillMarked('README.md', MARK, [...answer(results), '']);
  fillMarked('hal/README.md', 'ram', [...ramTable(results.memory), '']);
}

function touches({ cases }: Results): string[] {
  const links = cases.strangers.links.map(({ link }) => link);
  const head = [
    'a touch, ms',
    ...links,
    'payee has it in flash',
    'crypto waited for',
    'all else',
    'APDU bytes',
  ];
  const rows = Object.values(cases).map(({ name, links, done, paid, apduBytes }) => [
    CASE_TEXT[name],
    ...links.map(({ timed }) => (timed ? (timed.total_us / 1e3).toFixed(0) : 'fails')),
    paid.end_ms.toFixed(0),
    `${M(done.crypto)} M`,
    `${M(done.other)} M`,
    n(apduBytes),
  ]);
  return tableOf([head, ...rows]);
}

function budgets(results: Results): string[] {
  const rows = verdicts(results).map((verdict) => {
    const { what, is, most, unit } = verdict;
    return [what, `${n(is)} ${unit}`, `${n(most)}`, isMet(verdict) ? 'met' : '**not met**'];
  });
  return [['budget', 'is', 'at most', ''], ['---', '---:', '---:', '---'], ...rows].map(row);
}

const driven = ({ withDriver }: Results): string[] => tableOf(withDriverCells(withDriver));

function assumed({ assumptions }: Results): string[] {
  const [head, ...rows] = assumptionCells(assumptions);
  return [head, head.map(() => '---:'), ...rows].map(row);
}

function facts({
  growth,
  driver,
  boots,
  memory,
  image_bytes,
  codecs,
  noble,
  cases,
  ...pace
}: Results): string[] {
  const { strangers } = cases;
  if (!noble) throw new Error('--docs takes the whole bench: no --quick');
  const ms = (instructions: number) => n((instructions * pace.cyclesPerInstruction) / pace.clock_MHz / 1e3);
  const budgeted = strangers.links.find(({ link }) => link === LINK_OF_BUDGET)!;
  const slopes = Object.values(growth).map((curve) => `${curve.what} ${n(slope(curve)).replace('-', '−')}`);
  const inC = strangers.steps
    .filter(({ name }) => name !== 'idle' && name !== 'search')
    .reduce((all, { instructions }) => all + instructions, 0);
  const codec = (of: (count: (typeof codecs)[number]) => number) =>
    codecs.reduce((all, each) => all + of(each), 0);
  const { air } = budgeted.timed!;
  const failures = strangers.links.flatMap(({ link, failure }) =>
    failure === undefined ? [] : [`- Over ${link} baud a touch does not come to its end: ${failure}.`],
  );
  const total_ms = budgeted.withoutCompute_ms.toFixed(0);
  const cborX = codec(({ cborX }) => cborX) / codec(({ fixed }) => fixed);
  const withNoble = (noble.terminal + noble.card) / inC;
  return [
    `- On the air ${n(air.bytes)} bytes in ${air.frames} frames, ${(air.busy_us / 1e3).toFixed(0)} ms. ` +
      `With a processor that took no time the touch would take ${total_ms} ms ` +
      `(strangers, ${LINK_OF_BUDGET} baud).`,
    ...failures,
    '- The PN532’s driver, whose decisions are JavaScript too, is in the second table and the rows that say so: ' +
      `${M(driver.instructions.terminal)} M instructions on the terminal, ` +
      `${M(driver.instructions.card)} M on the card. With it ${driver.sessionToTransfer_ms.toFixed(0)} ms are from ` +
      `session to transfer, and the touch takes ${driver.touch_ms.toFixed(0)} ms.`,
    `- Growth, instructions for each more, both sides together: ${slopes.join('; ')}.`,
    '- From reset to ready: ' +
      `${boots.map(({ what, instructions }) => `${what} ${ms(instructions)} ms`).join('; ')}.`,
    `- RAM of the engine ${n(memoryNeed_bytes(memory))} bytes, garbage of a whole touch and stack included, ` +
      'where its own objects and the firmware’s classes are preloaded into flash.',
    `- Flash for the program ${n(image_bytes.all / 1024)} KB, of it the firmware’s bytecode ` +
      `${n(image_bytes['firmware, as bytecode'] / 1024)} KB.`,
    `- The objects of a payment through cbor-x: ${cborX.toFixed(1)} times the instructions ` +
      'of the fixed-shape codec.',
    `- The same touch with noble in the engine: ${withNoble.toFixed(0)} times the instructions.`,
  ];
}
