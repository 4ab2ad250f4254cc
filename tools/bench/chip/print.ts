/** The results as tables. */
import { table } from '../../cli/output/table.js';
import { answer } from './answer.js';
import { assumptionCells } from './assumptions.js';
import { isMet, verdicts } from './budgets.js';
import { CASE_TEXT } from './cases.js';
import type { Code } from './codes.js';
import { ENERGY_TEXT, energyOf } from './energy.js';
import { slope } from './growth.js';
import { LINK_OF_BUDGET } from './measure.js';
import { memoryNeed_bytes } from './memory.js';
import type { Budgeted, CaseResult, Results } from './results.js';
import { CRYPTO, type Side, type Span, STORE, type Step, sum } from './steps.js';
import { withDriverCells } from './with-driver.js';

const n = (value: number) => Math.round(value).toLocaleString('en-GB');
const M = (instructions: number) => (instructions / 1e6).toFixed(2);
const SIDES = ['terminal', 'card'] as const;

export function printResults(results: Results): string[] {
  const { cases, cyclesPerInstruction, clock_MHz } = results;
  return [
    answer(results).join(' '),
    `A payment on an emulated rv32imc chip, at commit ${results.commit}. Instructions are exact and repeat; milliseconds assume ` +
      `${cyclesPerInstruction} cycles an`,
    `instruction at ${clock_MHz} MHz with all code in the cache. A board adds flash-cache misses and the PN532's own latency.`,
    ...printBudgets(results),
    ...section(`Touches, over ${LINK_OF_BUDGET} baud`, touches(results)),
    ...section('Over other wires, ms', wires(results)),
    ...section('The PN532’s driver, which is in no figure above', driver(results)),
    ...section('With its work', withDriverCells(results.withDriver)),
    ...section('Strangers with it, by what nobody has measured', assumed(results)),
    ...section('Strangers, step by step (millions of instructions)', steps(cases.strangers)),
    ...section('Strangers, by phase (millions of instructions)', phases(cases.strangers)),
    ...section('Strangers, crypto by primitive', primitives(cases.strangers)),
    '',
    `The meter left ${n(cases.strangers.overhead)} instructions in its raw figures, which are taken off. What that correction ` +
      `missed, ${n(cases.strangers.missed)},`,
    'is known from a run without the meter inside the steps and is put right in "other".',
    ...section('Growth: millions of instructions of a touch', growth(results)),
    ...section('From reset to ready', boots(results)),
    ...section('Memory of the engine, bytes', memory(results)),
    ...section('A fresh code of an account, instructions', freshCode(results)),
    ...section(
      'Flash for the program, bytes',
      Object.entries(results.image_bytes).map(([part, b]) => [part, n(b)]),
    ),
    ...section('JavaScript in place of C and of fixed shapes', ratios(results)),
    ...section('Energy of a payment', energyOf(cases.strangers)),
    ...ENERGY_TEXT,
  ];
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : ['', title, ...table(rows).map((row) => `  ${row}`)];
}

/** Which are met. */
export const printBudgets = (results: Budgeted): string[] => section('Budgets', budgets(results));

function budgets(results: Budgeted): string[][] {
  return verdicts(results).map((verdict) => {
    const { what, most, is, unit } = verdict;
    return [isMet(verdict) ? 'met' : 'NOT MET', what, n(is), 'of', n(most), unit];
  });
}

function touches({ cases }: Results): string[][] {
  const head = [
    '',
    'ms',
    'paid at',
    'crypto M',
    'other M',
    'APDU B',
    'air B',
    'frames',
    'air ms',
    'programs',
  ];
  const rows = Object.values(cases).map(({ name, steps, links, done, paid, apduBytes }) => {
    const { timed } = links.find(({ link }) => link === LINK_OF_BUDGET)!;
    const { air } = timed!;
    return [
      CASE_TEXT[name],
      done.end_ms.toFixed(1),
      paid.end_ms.toFixed(1),
      M(done.crypto),
      M(done.other),
      n(apduBytes),
      n(air.bytes),
      n(air.frames),
      (air.busy_us / 1e3).toFixed(1),
      SIDES.map((side) => programs(steps, side)).join('+'),
    ];
  });
  return [head, ...rows];
}

const programs = (steps: readonly Step[], side: Side) =>
  steps
    .filter((step) => step.side === side && step.name !== 'idle')
    .flatMap((step) => step.flash)
    .filter(({ operation }) => operation === 'program').length;

function wires({ cases }: Results): string[][] {
  const { strangers } = cases;
  const head = ['strangers', 'touch', 'paid at', 'without compute', 'wires, terminal', 'wires, card'];
  const rows = strangers.links.map(({ link, timed, failure, withoutCompute_ms }) => {
    if (!timed) return [link, 'none', failure ?? ''];
    const { total_us, paid_us, link: busy } = timed;
    const us = [total_us, paid_us, withoutCompute_ms * 1e3, busy.terminal.busy_us, busy.card.busy_us];
    return [link, ...us.map((each) => (each / 1e3).toFixed(1))];
  });
  return [head, ...rows];
}

function steps({ steps, critical, links }: CaseResult): string[][] {
  const { timed } = links.find(({ link }) => link === LINK_OF_BUDGET)!;
  const head = ['', '', 'from ms', 'to ms', 'all', 'crypto', 'store', 'other', 'flash'];
  const rows = steps.map((step) => {
    const when = timed!.steps.find((each) => each.step === step);
    const ms = (us: number | undefined) => (us === undefined ? '' : (us / 1e3).toFixed(1));
    return [
      title(step),
      critical.has(step) ? 'waited for' : '',
      ms(when?.start_us),
      ms(when?.end_us),
      ...split(step.spans),
      flashOf(step),
    ];
  });
  return [head, ...rows];
}

const driver = ({ driver: { instructions, touch_ms, sessionToTransfer_ms }, cases }: Results): string[][] => [
  ...SIDES.map((side) => [`${side}, millions of instructions in a touch`, M(instructions[side])]),
  [`touch between strangers with it, ms`, touch_ms.toFixed(1)],
  ['without it', cases.strangers.done.end_ms.toFixed(1)],
  ['with it, from session to transfer (R2)', sessionToTransfer_ms.toFixed(1)],
];

const assumed = ({ assumptions }: Results): string[][] =>
  assumptions.length === 0 ? [] : assumptionCells(assumptions);

const title = ({ side, name, behind }: Step) => `${side} ${name}${behind ? ', message sent' : ''}`;

const split = (spans: readonly Span[]) =>
  [sum(spans), sum(spans, CRYPTO), sum(spans, STORE), sum(spans, ['engine'])].map(M);

function flashOf({ flash }: Step): string {
  const of = (operation: string) => flash.filter((each) => each.operation === operation);
  const programs = of('program');
  const bytes = programs.reduce((all, each) => all + each.bytes, 0);
  const written = programs.length > 0 ? `${programs.length} programs, ${bytes} B` : '';
  const reads = of('read').length;
  return [written, reads > 0 ? `${reads} reads` : ''].filter((each) => each !== '').join(', ');
}

function phases({ steps }: CaseResult): string[][] {
  const head = ['', 'all', 'crypto', 'store', 'other'];
  const rows = SIDES.flatMap((side) => {
    const spans = steps.filter((step) => step.side === side).flatMap((step) => step.spans);
    const names = [...new Set(spans.map(({ phase }) => phase))];
    return [
      ...names.map((phase) => [`${side}: ${phase}`, ...split(spans.filter((span) => span.phase === phase))]),
      [`${side}: sum`, ...split(spans)],
    ];
  });
  return [head, ...rows];
}

function primitives({ steps }: CaseResult): string[][] {
  const head = ['in the touch', ...SIDES.flatMap((side) => [`${side}, calls`, 'millions'])];
  const inTouch = steps.filter(({ name }) => name !== 'idle' && name !== 'search');
  const of = (side: Side, code: Code) =>
    inTouch
      .filter((step) => step.side === side)
      .flatMap((step) => step.spans)
      .filter((span) => span.code === code);
  const rows = CRYPTO.map((code) => [
    code as string,
    ...SIDES.flatMap((side) => [String(of(side, code).length), M(sum(of(side, code)))]),
  ]);
  return [head, ...rows.filter((row) => row.some((cell, i) => i > 0 && Number(cell) > 0))];
}

function growth({ growth }: Results): string[][] {
  return Object.values(growth).flatMap((curve) => [
    [curve.what, ...curve.points.map(({ at }) => n(at))],
    ...SIDES.map((side) => [`  ${side}`, ...curve.points.map(({ instructions }) => M(instructions[side]))]),
    [
      `  ${n(slope(curve))} for each more, both sides together${curve.from > 0 ? `, from ${curve.from} on` : ''}`,
    ],
  ]);
}

function boots({ boots, cyclesPerInstruction, clock_MHz }: Results): string[][] {
  const rows = boots.map(({ what, instructions, chunkBytes, slots }) => [
    what,
    M(instructions),
    ((instructions * cyclesPerInstruction) / clock_MHz / 1e3).toFixed(0),
    n(chunkBytes),
    n(slots),
  ]);
  return [['', 'millions', 'ms', 'chunk bytes', 'slots'], ...rows];
}

const freshCode = ({ code }: Results): string[][] => [
  ['counted in flash, signed, as text', n(code.made)],
  ['its modules', n(code.drawn)],
];

function memory({ memory }: Results): string[][] {
  const of = (side: Side) => memory.sides[side];
  const both = (pick: (side: Side) => { chunks: number; slots: number }) =>
    SIDES.flatMap((side) => [n(pick(side).chunks), n(pick(side).slots)]);
  const stack = (side: Side) => ['', n(of(side).stackSlotsMax * 16)];
  return [
    ['', 'terminal: chunks', 'slots', 'card: chunks', 'slots'],
    ['the open wallet', ...both((side) => of(side).wallet)],
    ['a touch adds, at the most', ...both((side) => of(side).touch)],
    ['garbage of a whole touch', ...both((side) => of(side).garbage)],
    ['stack', ...stack('terminal'), ...stack('card')],
    ['sum, of the side that needs more', n(memoryNeed_bytes(memory))],
    ['the device’s own bench adds, at the most', n(memory.selfPayment.chunks), n(memory.selfPayment.slots)],
    [
      'a sync over a cable adds, at the most',
      n(memory.syncPages.most.chunks),
      n(memory.syncPages.most.slots),
    ],
    ['one collection, instructions', '', n(of('terminal').collection), '', n(of('card').collection)],
    ['preloaded on a board: the engine', n(memory.engine.chunks), n(memory.engine.slots)],
    [
      'preloaded on a board: the firmware',
      n(memory.loaded.chunks - memory.engine.chunks),
      n(memory.loaded.slots - memory.engine.slots),
    ],
    ['C stack', n(Math.max(...SIDES.map((side) => of(side).cStackBytesMax)))],
  ];
}

function ratios({ codecs, noble, cases }: Results): string[][] {
  const times = (a: number, b: number) => `${(a / b).toFixed(1)} times`;
  const rows = codecs.map(({ what, bytes, fixed, cborX }) => [
    `${what}, ${bytes} B: cbor-x`,
    n(cborX),
    'fixed shape',
    n(fixed),
    times(cborX, fixed),
  ]);
  if (noble) {
    for (const side of SIDES) {
      const inC = cases.strangers.steps
        .filter((step) => step.side === side && step.name !== 'idle' && step.name !== 'search')
        .reduce((all, step) => all + step.instructions, 0);
      rows.push([`a touch, ${side}: noble`, n(noble[side]), 'libsodium', n(inC), times(noble[side], inC)]);
    }
  }
  return rows;
}
