import type { Command } from 'commander';
import type { Fares } from '../../../firmware/account/fare.js';
import { TOLD_DAYS_MAX } from '../../../sim/bank/platform/fares.js';
import { fares } from '../../../sim/bank/server/fields.js';
import { accountNumber, whole } from '../arguments.js';
import { CliError } from '../cli-error.js';
import { readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { counterOf, done, tell } from './counter.js';
import { faresTold, journeysTold } from './platform-told.js';

const FILE_BYTES_MAX = 65_536;

/** A fare table in JSON, with the names of `Fares`. Throws CliError; BankError `malformed`. */
function readFares(file: string): Fares {
  const text = readUserText(file, FILE_BYTES_MAX);
  try {
    return fares({ fares: JSON.parse(text) });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CliError(Exit.usage, 'json-syntax', `${file}: ${error.message}`);
  }
}

/** `tapnote bank fares` and `bank journeys`: what taps at the gates of a network come to. */
export function addFareCommands(bank: Command, out: Output): void {
  const group = bank.command('fares').description('fare tables of merchants that have gates');
  const ofFares = counterOf(group);

  ofFares('set', 'the fares of journeys that begin from now on')
    .argument('<account>', 'of the merchant', accountNumber)
    .argument('<file>', 'a fare table in JSON: see docs/accounts.md, "Transit"')
    .action((account: number, file: string, flags) => {
      const given = readFares(file);
      return tell(out, flags, async ({ platform }) => {
        await platform.setFares(account, given);
        return done(`fares of account ${account}: ${given.zoneOf.length} stations`);
      });
    });
  ofFares('show', 'the fare table that holds now; with --json all there have been')
    .argument('<account>', 'of the merchant', accountNumber)
    .action((account: number, flags) =>
      tell(out, flags, async ({ platform }) => faresTold(await platform.fares(account))),
    );
  counterOf(bank)('journeys', 'journeys of a user and what is charged for them, the oldest first')
    .argument('<account>', '', accountNumber)
    .option('--days <number>', 'those that began so long ago at the most', whole(TOLD_DAYS_MAX, 1), 31)
    .action((account: number, { days, ...flags }) =>
      tell(out, flags, async ({ platform }) => journeysTold(await platform.journeys(account, days))),
    );
}
