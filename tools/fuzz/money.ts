/**
 * Random honest and hostile lives over real firmware and the real bank: `npm run fuzz:money -- --seed N
 * --steps M`.
 */
import '../compile-sooner.mjs';
import { Lives } from '../../sim/fuzz/lives.js';
import { fillMarked } from '../bench/marked.js';
import { CliError } from '../cli/cli-error.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { judgeMutants, moneyTable } from './money-mutants.js';
import { natural, positive } from './natural.js';

const DOCUMENT = 'sim/fuzz/README.md';
/** What its table of lives shows at least. */
const DOCUMENTED_STEPS = 100_000;

interface Options {
  readonly seed: number;
  readonly lives: number;
  readonly steps: number;
  readonly trace?: boolean;
  readonly mutants?: boolean;
  readonly docs?: boolean;
  readonly jobs: number;
}

/** What came how often. */
type Counts = Map<string, number>;

const command = commandLine('fuzz:money')
  .description('random lives over real firmware and the real bank; every invariant after every step')
  .option('--seed <n>', 'one seed, one run', natural, 1)
  .option('--lives <n>', 'so many lives, each of the next seed', positive, 1)
  .option('--steps <n>', 'so many steps of each', positive, 2_000)
  .option('--trace', 'print every step')
  .option('--mutants', 'leave out one check at a time, and say what finds that out')
  .option('--docs', `write the table of ${DOCUMENT}: of the lives, or of --mutants`)
  .option('--jobs <n>', 'with --mutants: so many at a time', positive, 2)
  .addHelpText('after', EXIT_HELP)
  .action(async (options: Options) => {
    process.exitCode = await (options.mutants ? judgeAll(options) : fuzz(options));
  });

async function fuzz({ seed: first, lives, steps, trace, docs }: Options): Promise<Exit> {
  if (docs && lives * steps < DOCUMENTED_STEPS) {
    const asked = `--docs: ${lives * steps} steps, and the table of lives is of ${DOCUMENTED_STEPS} or more`;
    throw new CliError(Exit.usage, 'docs-short', asked);
  }
  const counts: Counts = new Map();
  let isFine = true;
  for (let seed = first; isFine && seed < first + lives; seed++)
    isFine = await live(seed, steps, trace, counts);
  for (const [kind, count] of sorted(counts)) console.log(`${String(count).padStart(8)}  ${kind}`);
  if (docs && isFine) {
    const asked = `npm run fuzz:money -- --seed ${first} --lives ${lives} --steps ${steps} --docs`;
    fillMarked(DOCUMENT, 'lives', [`\`${asked}\`:`, '', ...tableOf(counts), '']);
  }
  return isFine ? Exit.fine : Exit.violated;
}

/** One life, whose counts are added to those of the others. False when something in it must never be. */
async function live(
  seed: number,
  steps: number,
  trace: boolean | undefined,
  counts: Counts,
): Promise<boolean> {
  const lives = await Lives.open(seed);
  const from = process.cpuUsage();
  let done = 0;
  let isFine = false;
  try {
    for (; done < steps; done++) {
      const what = await lives.step();
      if (trace) console.log(`${done + 1}: ${what}`);
    }
    await lives.end();
    isFine = true;
  } catch (error) {
    console.error(`seed ${seed}, step ${done + 1}: ${(error as Error).message}`);
    console.error(`replay: npm run fuzz:money -- --seed ${seed} --steps ${done + 1} --trace`);
    if (trace) console.error(error);
  }
  const { user, system } = process.cpuUsage(from);
  const rate = done / ((user + system) / 1e6);
  console.log(`seed ${seed}: ${done} steps, ${rate.toFixed(1)} a second of processor time`);
  for (const [kind, count] of lives.counts) counts.set(kind, (counts.get(kind) ?? 0) + count);
  await lives.close();
  return isFine;
}

const sorted = (counts: Counts): [string, number][] => [...counts].sort(([a], [b]) => (a < b ? -1 : 1));

const tableOf = (counts: Counts): string[] => [
  '| what | how often |',
  '| --- | ---: |',
  ...sorted(counts).map(([kind, count]) => `| ${kind} | ${count.toLocaleString('en')} |`),
];

async function judgeAll({ steps, docs, jobs }: Options): Promise<Exit> {
  const fates = await judgeMutants(steps, jobs, ({ mutant, killedBy }) =>
    console.error(`${mutant}: ${killedBy === undefined ? 'SURVIVES' : 'killed'}`),
  );
  const rows = moneyTable(fates);
  for (const row of rows) console.log(row);
  if (docs) fillMarked(DOCUMENT, 'mutants', [...rows, '']);
  return fates.every(({ killedBy }) => killedBy !== undefined) ? Exit.fine : Exit.violated;
}

await runCommand(command);
