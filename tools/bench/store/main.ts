/** Every figure of the store: `npm run bench:store`, and with `-- --json FILE` for programs. */
import { InvalidArgumentError } from 'commander';
import { jsonOutput, jsonText, STANDARD_OUTPUT } from '../../cli/files/output-file.js';
import { EXIT_HELP, Exit } from '../../cli/output/exit.js';
import { Output } from '../../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../../cli/run-command.js';
import { figuresOf, printAgainst, type Revision, revisionOf } from '../against.js';
import { measureBoots, measureNeglect } from './boot.js';
import { measureCapacity, measureEndless } from './capacity.js';
import type { Figures } from './figures.js';
import { printFigures, printPromises } from './print.js';
import { promises } from './promises.js';
import { measureRam } from './ram.js';
import { measureTouches } from './touch.js';
import { type Life, live } from './wear.js';

const YEAR_DAYS = 365;
const LIVES: readonly Life[] = [
  { name: '50 a day, sync a week', paymentsPerDay: 50, syncEveryDays: 7, days: 5 * YEAR_DAYS, notes: 32 },
  {
    name: 'the same, unit 16',
    paymentsPerDay: 50,
    syncEveryDays: 7,
    days: 5 * YEAR_DAYS,
    notes: 32,
    unit: 16,
  },
  { name: 'the same, 1,000 notes', paymentsPerDay: 50, syncEveryDays: 7, days: 5 * YEAR_DAYS, notes: 1_000 },
  { name: '500 a day, sync a day', paymentsPerDay: 500, syncEveryDays: 1, days: YEAR_DAYS, notes: 32 },
];
const NOTES = [1, 32, 1_000];
const PAYMENTS = [0, 100, 1_000, 2_500];
const UNITS = [4, 16];
const ENDLESS = { payments: 20_000, syncEvery: 500 };
const TOUCHES = 60;

async function measure(seed: number, out: Output): Promise<Figures> {
  let done = 0;
  const step = <T>(what: string, result: () => T): T => {
    out.progress(what, done++, 5 + LIVES.length);
    return result();
  };
  const figures = {
    boot: step('boots', () => NOTES.flatMap((notes) => measureBoots({ seed }, notes, PAYMENTS))),
    neglect: step('boots', () => UNITS.map((unit) => measureNeglect({ seed, unit }, 32))),
    capacity: step('capacity', () =>
      UNITS.flatMap((unit) => NOTES.map((notes) => measureCapacity({ seed, unit }, notes))),
    ),
    endless: step('capacity', () => measureEndless({ seed }, ENDLESS.payments, ENDLESS.syncEvery)),
    touch: await step('touches', () => measureTouches(seed, TOUCHES)),
    wear: LIVES.map((life) => step(life.name, () => live({ seed }, life))),
    ram: measureRam(),
  };
  out.progress('', 1, 1);
  return figures;
}

function parseSeed(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffffffff) {
    throw new InvalidArgumentError('Expected a whole number from 0 to 4294967295.');
  }
  return Number(text);
}

interface Options {
  readonly seed: number;
  readonly json?: string;
  readonly against?: Revision;
}

async function bench({ seed, json, against }: Options): Promise<void> {
  const write = jsonOutput(json);
  const out = new Output(json === STANDARD_OUTPUT ? process.stderr : process.stdout);
  const theirs = against && (await figuresOf(against, 'bench:store', ['--seed', `${seed}`]));
  const figures = await measure(seed, out);
  const kept = promises(figures);
  const report = { seed, promises: kept, ...figures };
  printFigures(out, figures);
  printPromises(out, kept);
  if (against) printAgainst(out, against, theirs, JSON.parse(jsonText(report)));
  write?.(report);
  process.exitCode = kept.every(({ holds }) => holds) ? Exit.fine : Exit.violated;
}

await runCommand(
  commandLine('bench:store')
    .description('Measures the store under the real wallet, and says which promises hold.')
    .option('-s, --seed <number>', 'where everything random comes from', parseSeed, 1)
    .option('-j, --json <file>', 'write all figures to a file; "-" is standard output')
    .option('--against <revision>', 'measure that revision of the git history, too, and compare', revisionOf)
    .addHelpText('after', EXIT_HELP)
    .action(bench),
);
