/**
 * `npm run bench:start`: processor time until the command line has said its help, and until a market day has
 * its first line, beside bare Node and beside another revision.
 */
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
import { processorTime } from './processor-time.js';

const DOCUMENT = 'docs/benchmarks.md';
const PROGRAM = 'tools/tapnote.mjs';
/** The first line with a time: the bank is open, and something has happened. What stands above is a title. */
const FIRST_LINE = /^\d\d:\d\d:\d\d {2}\S/m;
/** What npx and npm run; they take their own time besides. */
const HELP = { args: [PROGRAM, '--help'] };
const STORY = { args: [PROGRAM, 'sim', 'sim/scenarios/market-day.json'], until: FIRST_LINE };
/** In units of bare Node, and of the other revision. */
const BARS = { help: 3, story: 1 / 3 };

interface Options {
  readonly rounds: number;
  readonly json?: string;
  readonly write?: true;
  readonly against?: Revision;
}

interface Start {
  readonly what: string;
  readonly tree: string;
  readonly args: readonly string[];
  readonly until?: RegExp;
}

interface Figures {
  readonly what: string;
  readonly median_ms: number;
  readonly least_ms: number;
}

/**
 * By turns, so that whatever else the machine does meets all of them. Each has run to its end before, so that
 * what it keeps is there.
 */
async function measure(starts: readonly Start[], rounds: number): Promise<Figures[]> {
  for (const { tree, args } of starts) await processorTime(tree, args);
  const times_ms = starts.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, { tree, args, until }] of starts.entries())
      times_ms[i].push(await processorTime(tree, args, until));
  return starts.map(({ what }, i) => {
    const sorted = times_ms[i].sort((a, b) => a - b);
    return { what, median_ms: sorted[sorted.length >> 1], least_ms: sorted[0] };
  });
}

/** Of one tree; `of` tells whose they are. */
const startsOf = (tree: string, of = ''): Start[] => [
  { what: `tapnote --help${of}`, tree, ...HELP },
  { what: `market day, first line${of}`, tree, ...STORY },
];

async function bench({ rounds, json, write, against }: Options): Promise<void> {
  if (write && !against)
    throw new CliError(Exit.usage, 'write-alone', '--write takes --against REVISION: the table has both');
  const writeJson = jsonOutput(json);
  const out = new Output(json === STANDARD_OUTPUT ? process.stderr : process.stdout);
  const starts: Start[] = [
    { what: 'bare Node (node -e 0)', tree: rootFolder, args: ['-e', '0'] },
    ...startsOf(rootFolder),
  ];
  const found = against
    ? await withTreeOf(against, (tree) =>
        measure([...starts, ...startsOf(tree, `, ${against.name}`)], rounds),
      )
    : await measure(starts, rounds);
  const rows = rowsOf(found);
  for (const line of table(rows)) out.line(line);
  const ratios = ratiosOf(found);
  writeJson?.({ figures: found, ratios, bars: BARS });
  if (write) {
    fillMarked(DOCUMENT, 'start', [...markdown(rows), '']);
    out.line(`${DOCUMENT}: written`);
  }
  const isMet = ratios.help <= BARS.help && (ratios.story ?? 0) <= BARS.story;
  process.exitCode = isMet ? Exit.fine : Exit.violated;
}

/** Of medians. */
function ratiosOf([node, help, story, , oldStory]: readonly Figures[]): { help: number; story?: number } {
  const ratio = help.median_ms / node.median_ms;
  return oldStory ? { help: ratio, story: story.median_ms / oldStory.median_ms } : { help: ratio };
}

function rowsOf(found: readonly Figures[]): string[][] {
  const ratios = ratiosOf(found);
  const aims = [
    ['', '', ''],
    aim('bare Node', ratios.help, BARS.help),
    ratios.story === undefined ? ['', '', ''] : aim('that revision', ratios.story, BARS.story),
  ];
  return [
    ['processor time, ms', 'median', 'least', 'ratio', 'at most', ''],
    ...found.map(({ what, median_ms, least_ms }, i) => [
      what,
      median_ms.toFixed(0),
      least_ms.toFixed(0),
      ...(aims[i] ?? ['', '', '']),
    ]),
  ];
}

const aim = (unit: string, ratio: number, most: number): string[] => [
  `${ratio.toFixed(2)} × ${unit}`,
  most.toFixed(2),
  ratio <= most ? 'met' : 'missed',
];

function markdown([head, ...rows]: readonly string[][]): string[] {
  const rule = head.map((_, i) => (i === 0 || i === head.length - 1 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

await runCommand(
  commandLine('bench:start')
    .description('Processor time of a start of the command line, beside bare Node; npx and npm apart.')
    .option('--rounds <n>', 'so many of each, by turns', positive, 15)
    .option('-j, --json <file>', 'write all figures to a file; "-" is standard output')
    .option('-w, --write', `put the figures into ${DOCUMENT}`)
    .option('--against <revision>', 'measure that revision of the git history by turns, too', revisionOf)
    .addHelpText('after', EXIT_HELP)
    .action(bench),
);
