/**
 * Random lives of wallets among each other, judged after every step: `npm run fuzz:wallet -- --seed N --steps
 * M`.
 */
import '../compile-sooner.mjs';
import { hostCrypto } from '../../hal/crypto/host.js';
import { emptyTally } from '../../sim/wallet/judge.js';
import { Life } from '../../sim/wallet/life.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { mutantTable } from './mutant.js';
import { natural } from './natural.js';
import { liveMutants, STEPS_OF_LIFE } from './wallet-mutants.js';

interface Options {
  readonly seed: number;
  readonly steps?: number;
  readonly trace?: boolean;
  readonly mutants?: boolean;
}

const TELL_EVERY_MS = 10_000;

const command = commandLine('fuzz:wallet')
  .description(
    'Random lives of wallets, their owners, their bank and hostile peers, judged after every step.',
  )
  .option('--seed <n>', 'of the first life; the next has the next number', natural, 1)
  .option('--steps <n>', 'end after so many; endless without', natural)
  .option('--trace', 'say every step')
  .option('--mutants', 'let wallets with one line changed live, and say what found each out')
  .addHelpText('after', EXIT_HELP)
  .action(async (options: Options) => {
    process.exitCode = await (options.mutants ? liveAll(options.steps) : fuzz(options));
  });

function fuzz(options: Options): Exit {
  const tally = emptyTally();
  const start = Date.now();
  let told = start;
  const tell = () => {
    const rate = (tally.steps * 1000) / Math.max(1, Date.now() - start);
    const counts = Object.entries(tally).map(([what, count]) => `${count} ${what}`);
    console.log(`${counts.join(', ')}; ${rate.toFixed(1)} steps a second`);
  };
  for (let seed = options.seed; options.steps === undefined || tally.steps < options.steps; seed++) {
    const before = tally.steps;
    try {
      const trace = options.trace ? console.log : undefined;
      new Life({ seed, crypto: hostCrypto, trace }, tally).live(STEPS_OF_LIFE);
    } catch (error) {
      tell();
      console.error(error);
      console.error(`replay: npm run fuzz:wallet -- --seed ${seed} --steps ${tally.steps - before} --trace`);
      return Exit.violated;
    }
    if (Date.now() - told < TELL_EVERY_MS) continue;
    told = Date.now();
    tell();
  }
  tell();
  return Exit.fine;
}

async function liveAll(stepsMax = 20_000): Promise<Exit> {
  const fates = await liveMutants(stepsMax, ({ mutant, killedBy }) =>
    console.error(`${mutant}: ${killedBy === undefined ? 'SURVIVES' : 'killed'}`),
  );
  for (const line of mutantTable('steps', fates)) console.log(line);
  return fates.every(({ killedBy }) => killedBy !== undefined) ? Exit.fine : Exit.violated;
}

await runCommand(command);
