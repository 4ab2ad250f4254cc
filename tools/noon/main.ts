/**
 * `npm run check:noon`: a site at noon without a network beyond its own: honest users and cheats, real codes,
 * terminals and gateways in virtual time; then all bills at the real bank.
 */
import { cpus } from 'node:os';
import type { NoonSize } from '../../sim/account/noon/plan.js';
import { CliError } from '../cli/cli-error.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { natural, positive } from '../fuzz/natural.js';
import { noon } from './rounds.js';
import { noonTable } from './told.js';

/** Faults that are told in full. */
const FAULTS_TOLD = 20;

async function check({ jobs, ...size }: NoonSize & { readonly jobs: number }): Promise<void> {
  if (size.cheats > size.users)
    throw new CliError(Exit.usage, 'cheats', 'there are no more cheats than users');
  const began_ms = performance.now();
  const { rounds, morning } = await noon(size, jobs, (what) => console.error(`… ${what}`));
  for (const line of noonTable(rounds)) console.log(line);
  const wall_s = (performance.now() - began_ms) / 1_000;
  console.log(
    `${size.users} certificates: ${morning.cpu_s.toFixed(1)} s of processor; the command: ${wall_s.toFixed(0)} s`,
  );
  const faults = rounds.flatMap(({ kind, faults }) => faults.map((fault) => `gateway ${kind}: ${fault}`));
  for (const fault of faults.slice(0, FAULTS_TOLD)) console.log(`fault: ${fault}`);
  if (faults.length > FAULTS_TOLD) console.log(`and ${faults.length - FAULTS_TOLD} more`);
  const { seed, users, cheats, terminals } = size;
  if (faults.length > 0)
    console.log(
      `replay: npm run check:noon -- --seed ${seed} --users ${users} --cheats ${cheats} --terminals ${terminals}`,
    );
  process.exitCode = faults.length === 0 ? Exit.fine : Exit.violated;
}

const command = commandLine('check:noon')
  .description('A site at noon without a network beyond its own, with its gateway up, down and split.')
  .option('--users <n>', 'how many', positive, 30_000)
  .option('--cheats <n>', 'how many of them', natural, 1_000)
  .option('--terminals <n>', 'how many', positive, 120)
  .option('--seed <n>', 'of everything', natural, 1)
  .option('--jobs <n>', 'rounds at a time', positive, Math.min(2, cpus().length))
  .addHelpText('after', EXIT_HELP)
  .action(check);

await runCommand(command);
