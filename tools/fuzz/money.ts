/**
 * Random honest and hostile lives over real firmware and the real bank: `npm run fuzz:money -- --seed N
 * --steps M`.
 */
import { Lives } from '../../sim/fuzz/lives.js';
import { fillMarked } from '../bench/marked.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { judgeMutants, moneyTable } from './money-mutants.js';
import { natural, positive } from './natural.js';

interface Options {
  readonly seed: number;
  readonly steps: number;
  readonly trace?: boolean;
  readonly mutants?: boolean;
  readonly docs?: boolean;
  readonly jobs: number;
}

const command = commandLine('fuzz:money')
  .description('random lives over real firmware and the real bank; every invariant after every step')
  .option('--seed <n>', 'one seed, one run', natural, 1)
  .option('--steps <n>', 'so many steps', positive, 2_000)
  .option('--trace', 'print every step')
  .option('--mutants', 'leave out one check at a time, and say what finds that out')
  .option('--docs', 'with --mutants: write the table of sim/fuzz/README.md')
  .option('--jobs <n>', 'with --mutants: so many at a time', positive, 2)
  .addHelpText('after', EXIT_HELP)
  .action(async (options: Options) => {
    process.exitCode = await (options.mutants ? judgeAll(options) : fuzz(options));
  });

async function fuzz({ seed, steps, trace }: Options): Promise<Exit> {
  const lives = await Lives.open(seed);
  const from = process.cpuUsage();
  let exit: Exit = Exit.fine;
  let done = 0;
  try {
    for (; done < steps; done++) {
      const what = await lives.step();
      if (trace) console.log(`${done + 1}: ${what}`);
    }
    await lives.end();
  } catch (error) {
    console.error(`seed ${seed}, step ${done + 1}: ${(error as Error).message}`);
    console.error(`replay: npm run fuzz:money -- --seed ${seed} --steps ${done + 1} --trace`);
    if (trace) console.error(error);
    exit = Exit.violated;
  }
  const { user, system } = process.cpuUsage(from);
  const rate = done / ((user + system) / 1e6);
  console.log(`seed ${seed}: ${done} steps, ${rate.toFixed(1)} a second of processor time`);
  for (const [kind, count] of [...lives.counts].sort()) console.log(`${String(count).padStart(8)}  ${kind}`);
  await lives.close();
  return exit;
}

async function judgeAll({ steps, docs, jobs }: Options): Promise<Exit> {
  const fates = await judgeMutants(steps, jobs, ({ mutant, killedBy }) =>
    console.error(`${mutant}: ${killedBy === undefined ? 'SURVIVES' : 'killed'}`),
  );
  const rows = moneyTable(fates);
  for (const row of rows) console.log(row);
  if (docs) fillMarked('sim/fuzz/README.md', 'mutants', [...rows, '']);
  return fates.every(({ killedBy }) => killedBy !== undefined) ? Exit.fine : Exit.violated;
}

await runCommand(command);
