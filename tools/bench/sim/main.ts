/** `npm run bench:sim`: touches and syncs a second of processor time, in a town that lives on. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CliError } from '../../cli/cli-error.js';
import { jsonOutput, STANDARD_OUTPUT } from '../../cli/files/output-file.js';
import { EXIT_HELP, Exit } from '../../cli/output/exit.js';
import { table } from '../../cli/output/table.js';
import { Output } from '../../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../../cli/run-command.js';
import { positive } from '../../fuzz/natural.js';
import { rootFolder } from '../../xs/folders.js';
import { type Revision, revisionOf, withTreeOf } from '../against.js';
import { fillMarked } from '../marked.js';
import type { Measured } from './days.js';
import { type Rates, ratesOf, ratiosOf } from './rates.js';

const DAYS_FILE = fileURLToPath(new URL('days.ts', import.meta.url));
/** What the revision that it is measured against must be beaten by. */
const BARS = { touches: 3, syncs: 2 };
const DOCUMENT = 'docs/benchmarks.md';

interface Options {
  readonly days: number;
  readonly rounds: number;
  readonly json?: string;
  readonly docs?: true;
  readonly against?: Revision;
}

/** In a process of its own, so that what one of them has compiled and collected is not another's. */
async function measure(tree: string, days: number): Promise<Measured> {
  const args = ['--import', 'tsx', DAYS_FILE, tree, `${days}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: rootFolder });
  return JSON.parse(stdout);
}

/** By turns, so that whatever else the machine does meets all of them. */
async function measureAll(trees: readonly string[], { days, rounds }: Options): Promise<Rates[]> {
  const runs: Measured[][] = trees.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, tree] of trees.entries()) {
      console.error(`… round ${round + 1} of ${rounds}${trees.length > 1 ? `, ${i + 1} of 2` : ''}`);
      runs[i].push(await measure(tree, days));
    }
  }
  return runs.map(ratesOf);
}

async function bench(options: Options): Promise<void> {
  const { json, against, docs } = options;
  if (docs && !against)
    throw new CliError(
      Exit.usage,
      'docs-alone',
      '--docs takes --against REVISION: rates alone depend on the machine',
    );
  const write = jsonOutput(json);
  const out = new Output(json === STANDARD_OUTPUT ? process.stderr : process.stdout);
  const [now, before] = against
    ? await withTreeOf(against, (tree) => measureAll([rootFolder, tree], options))
    : await measureAll([rootFolder], options);
  const rows = rowsOf(now, before, against);
  for (const line of table(rows)) out.line(line);
  const ratios = before && ratiosOf(now, before);
  write?.({ now, before, ratios, bars: before && BARS });
  if (docs) fillMarked(DOCUMENT, 'sim', [...markdown(rows), '']);
  const isMet = !ratios || (ratios.touches >= BARS.touches && ratios.syncs >= BARS.syncs);
  process.exitCode = isMet ? Exit.fine : Exit.violated;
}

function rowsOf(now: Rates, before: Rates | undefined, against: Revision | undefined): string[][] {
  const n = (value: number) => value.toFixed(value < 100 ? 1 : 0);
  const head = [
    'a second, on one core',
    ...(against ? [against.name] : []),
    'now',
    ...(against ? ['ratio', 'at least'] : []),
  ];
  const rows = (['touches', 'syncs'] as const).map((what) => {
    if (!before) return [what, n(now[what])];
    const ratio = ratiosOf(now, before)[what];
    return [what, n(before[what]), n(now[what]), ratio.toFixed(2), `${BARS[what]}`];
  });
  return [head, ...rows];
}

function markdown([head, ...rows]: readonly string[][]): string[] {
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

await runCommand(
  commandLine('bench:sim')
    .description('Counts the touches and syncs that the simulator plays in a second of one core.')
    .option('--days <n>', 'days that are measured, of 40 touches and 10 syncs', positive, 20)
    .option('--rounds <n>', 'so many times; the median counts', positive, 3)
    .option('-j, --json <file>', 'write all figures to a file; "-" is standard output')
    .option('--docs', `write the figures of ${DOCUMENT}`)
    .option('--against <revision>', 'measure that revision of the git history by turns, too', revisionOf)
    .addHelpText('after', EXIT_HELP)
    .action(bench),
);
