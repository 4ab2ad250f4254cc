import type { Command } from 'commander';
import { hex } from '../../../sim/bank/bytes.js';
import { PRIVATE_FILE } from '../../../sim/host/private-folder.js';
import { utc } from '../../../sim/words.js';
import { OutputFile } from '../files/output-file.js';
import { EXIT_HELP } from '../output/exit.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { counterOf, done, tell } from './counter.js';
import type { RestoreOptions } from './restore.js';

/** What keeps a bank's books when their disk is lost, and puts them back. */
export function addBackupCommands(bank: Command, out: Output): void {
  const counter = counterOf(bank);

  counter('backup', 'copy books and keys into a file, for its owner’s eyes: for `bank restore`')
    .requiredOption('-o, --out <file>', 'where it is written')
    .action(({ out: path, ...flags }) => {
      const file = OutputFile.check('--out', path);
      return tell(out, flags, async (client) => {
        const bytes = await client.backup();
        file.write(bytes, PRIVATE_FILE);
        return done(`backup: ${path}, ${bytes.length} bytes`, { bytes: bytes.length });
      });
    });
  counter('resuming', 'devices that have not synced since the books were put back to an earlier time').action(
    (flags) =>
      tell(out, flags, async (client) => {
        const devices = await client.resuming();
        const rows = devices.map(({ device, account, ahead_s }) => [
          hex(device),
          `account ${account}`,
          ahead_s === null ? 'has not come' : `came ${utc(ahead_s)}, and knows a later settlement`,
        ]);
        return { value: devices, lines: rows.length > 0 ? table(rows) : ['all have'] };
      }),
  );

  bank
    .command('restore')
    .description('put a backup into a folder that has no bank; or take books of an earlier time for that')
    .argument('[file]', 'of `bank backup`')
    .option('--data <dir>', 'where it goes')
    .option(
      '--database <url>',
      'on PostgreSQL, after its own tools have put it back, and before it is served',
    )
    .addHelpText('after', EXIT_HELP)
    .action(async (file: string | undefined, options: RestoreOptions) => {
      const { restore } = await import('./restore.js');
      await restore(out, file, options);
    });
}
