/** `npm run bench:chip`: what a payment takes on the chip. See docs/benchmarks.md. */
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { CliError } from '../../cli/cli-error.js';
import { jsonOutput, jsonText, OutputFile, STANDARD_OUTPUT } from '../../cli/files/output-file.js';
import { EXIT_HELP, Exit } from '../../cli/output/exit.js';
import { Output } from '../../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../../cli/run-command.js';
import { buildEngine } from '../../xs/build.js';
import { rootFolder } from '../../xs/folders.js';
import { whyNotOn } from '../../xs/run.js';
import { figuresOf, printAgainst, type Revision, revisionOf } from '../against.js';
import { computeOf, GUARDED, guardOf, isMet, verdicts, writeCompute, writeGuards } from './budgets.js';
import { pairOf } from './cases.js';
import { countTouch } from './count.js';
import { writeDocuments } from './documents.js';
import { measure, measureBudgeted } from './measure.js';
import { printBudgets, printResults } from './print.js';
import type { Results } from './results.js';
import { measureStranger, strangerTable } from './stranger.js';
import { growthPicture } from './svg-growth.js';
import { touchPicture } from './svg-touch.js';

/** Slower than any processor that this is about, and faster. */
const CPI_MAX = 1_000;
const MHZ_MAX = 100_000;

interface Options {
  readonly cpi: number;
  readonly mhz: number;
  readonly quick?: true;
  readonly json?: string;
  readonly svg?: string;
  readonly docs?: true;
  readonly renew?: true;
  readonly stranger?: true;
  readonly check?: true;
  readonly against?: Revision;
}

async function renew({ cpi, mhz }: Options): Promise<void> {
  const guards: Parameters<typeof writeGuards>[0] = {};
  const compute: Parameters<typeof writeCompute>[1] = {};
  for (const name of GUARDED) {
    const touch = await countTouch(pairOf(name));
    guards[name] = guardOf(touch);
    compute[name] = computeOf(touch);
  }
  writeGuards(guards);
  writeCompute({ cyclesPerInstruction: cpi, clock_MHz: mhz }, compute);
}

async function stranger({ cpi, mhz }: Options): Promise<void> {
  const out = new Output(process.stdout);
  for (const line of strangerTable(await measureStranger(), (1_000 * cpi) / mhz)) out.line(line);
}

async function check({ cpi, mhz }: Options): Promise<void> {
  const out = new Output(process.stdout);
  const results = await measureBudgeted({ cyclesPerInstruction: cpi, clock_MHz: mhz }, say);
  for (const line of printBudgets(results)) out.line(line);
  process.exitCode = verdicts(results).every(isMet) ? Exit.fine : Exit.violated;
}

const say = (what: string): void => console.error(`… ${what}`);

async function bench(options: Options, write: ReturnType<typeof jsonOutput>): Promise<void> {
  const { cpi, mhz, quick = false, against } = options;
  const folders = [options.svg, options.docs ? join(rootFolder, 'docs') : undefined];
  const pictures = folders
    .flatMap((folder) => folder ?? [])
    .map((each) => OutputFile.checkFolder('--svg', each));
  const flags = ['--cpi', `${cpi}`, '--mhz', `${mhz}`, ...(quick ? ['--quick'] : [])];
  const theirs = against && (await figuresOf(against, 'bench:chip', flags));
  const pace = { cyclesPerInstruction: cpi, clock_MHz: mhz };
  const results = await measure(pace, quick, say);
  const isPiped = options.json === STANDARD_OUTPUT;
  const out = new Output(isPiped ? process.stderr : process.stdout);
  for (const each of printResults(results)) out.line(each);
  const report = reportOf(results);
  if (against) printAgainst(out, against, summaryOf(theirs), summaryOf(JSON.parse(jsonText(report))));
  write?.(report);
  if (options.docs) writeDocuments(results);
  for (const draw of pictures) {
    draw('touch.svg').write(touchPicture(results, results.cases.strangers));
    if (!quick) draw('growth.svg').write(growthPicture(results));
  }
}

/** For programs: the critical steps by name, since the steps themselves are listed already. */
function reportOf(results: Results): object {
  const cases = Object.entries(results.cases).map(([name, each]) => [
    name,
    { ...each, critical: names(each.critical) },
  ]);
  const budgets = verdicts(results).map((each) => ({ ...each, met: isMet(each) }));
  return { ...results, cases: Object.fromEntries(cases), budgets };
}

const names = (steps: ReadonlySet<{ side: string; name: string; behind: boolean }>) =>
  [...steps].map(({ side, name, behind }) => `${side} ${name}${behind ? ' behind' : ''}`);

/** Without what there are thousands of: every step of every touch. */
const DETAILS = ['steps', 'critical', 'growth', 'heard'];
const summaryOf = (report: unknown): unknown =>
  JSON.parse(JSON.stringify(report, (key, value) => (DETAILS.includes(key) ? undefined : value)));

/** Reads a number above 0. */
const upTo =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (value > 0 && value <= most) return value;
    throw new InvalidArgumentError(`Expected a number above 0, and not above ${most}.`);
  };

/** Nothing was begun when options do not go together. Throws CliError. */
function checkTogether({ renew, stranger, check, ...whole }: Options): void {
  const alone = [renew && '--renew', stranger && '--stranger', check && '--check'].filter(Boolean);
  const { quick, json, svg, docs, against } = whole;
  const others = { quick, json, svg, docs, against };
  const beside = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : `--${name}`));
  const [first, second] = [...alone, ...beside];
  if (alone.length > 0 && second !== undefined)
    throw new CliError(Exit.usage, 'not-together', `${first} and ${second} do not go together`);
  if (docs && quick)
    throw new CliError(Exit.usage, 'docs-quick', '--docs takes the whole bench: leave --quick out');
}

await runCommand(
  commandLine('bench:chip')
    .description(
      'Counts a payment on the emulated chip, instruction by instruction, and times it by a model.',
    )
    .option('--quick', 'without what takes long: noble in the engine, the growth, other assumptions')
    .option('--check', 'measure the budgets alone, and end with status 1 when one is not met')
    .option('--cpi <cycles>', 'cycles that an instruction takes', upTo(CPI_MAX), 1.3)
    .option('--mhz <clock>', 'clock of the processor', upTo(MHZ_MAX), 160)
    .option('-j, --json <file>', 'write all figures to a file; "-" is standard output')
    .option('--svg <folder>', 'draw the plots')
    .option('--docs', 'write docs/benchmarks.md, its plots and the line in README.md')
    .option('--renew', 'count again what the test guards and the simulator spends')
    .option('--stranger', 'what a reader without a key can tell by how long a card computes')
    .option('--against <revision>', 'measure that revision of the git history, too, and compare', revisionOf)
    .addHelpText('after', EXIT_HELP)
    .action(async (options: Options) => {
      checkTogether(options);
      const write = jsonOutput(options.json);
      say('sources of the engine');
      const reason = await whyNotOn('chip');
      if (reason !== undefined)
        throw new CliError(Exit.absent, 'program-missing', `the emulated chip: ${reason}`);
      for (const target of ['host', 'chip'] as const) {
        say(`the engine for the ${target}`);
        await buildEngine(target);
      }
      if (options.renew) await renew(options);
      else if (options.stranger) await stranger(options);
      else if (options.check) await check(options);
      else await bench(options, write);
    }),
);
