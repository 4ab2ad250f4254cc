/**
 * `npm run check:failover -- --kills N`: a market day with real firmware, a served bank and PostgreSQL with a
 * synchronous standby; the primary is killed and the standby promoted, again and again.
 */
import { postgresPrograms } from '../../sim/host/postgres-cluster.js';
import { CliError } from '../cli/cli-error.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { table } from '../cli/output/table.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { natural, positive } from '../fuzz/natural.js';
import { failoverDay } from './market-day.js';

async function check({ kills, seed }: { kills: number; seed: number }): Promise<void> {
  const programs = postgresPrograms();
  if (!programs)
    throw new CliError(Exit.absent, 'missing', 'PostgreSQL is needed: tools/setup-debian.sh installs it');
  const day = await failoverDay(programs, kills, seed, (what) => console.error(`… ${what}`));
  const longest_ms = Math.max(...day.outages_ms);
  const rows = [
    ['primaries killed', `${day.kills}`],
    ['payments that were acknowledged', `${day.payments}`],
    ['deposits that were acknowledged', `${day.deposits}`],
    ['transactions that were tried again', `${day.retries}`],
    ['longest time from a promotion to an answer', `${longest_ms.toFixed(0)} ms`],
  ];
  for (const line of table(rows)) console.log(line);
  for (const fault of day.faults) console.log(`fault: ${fault}`);
  console.log(day.faults.length === 0 ? 'nothing is lost, nothing is doubled' : `seed ${seed}`);
  process.exitCode = day.faults.length === 0 ? Exit.fine : Exit.violated;
}

const command = commandLine('check:failover')
  .description('a market day whose database loses its primary, again and again')
  .option('--kills <n>', 'so often', positive, 20)
  .option('--seed <n>', 'of who pays whom; when a primary is killed is chance', natural, 1)
  .addHelpText('after', EXIT_HELP)
  .action(check);

await runCommand(command);
