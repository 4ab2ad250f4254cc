import type { Command } from 'commander';
import { hex } from '../../../sim/bank/bytes.js';
import {
  accountNumber,
  CATEGORY_MAX,
  IDENTITY_TIER_MAX,
  SCENE_MAX,
  terminalId,
  whole,
} from '../arguments.js';
import { publicKey } from '../files/public-key.js';
import type { Output } from '../output/terminal-output.js';
import { limit, terminalLimits } from '../terminal-limits.js';
import { counterOf, done, tell } from './counter.js';
import { terminalsTold } from './platform-told.js';

/** `tapnote bank terminal`: the terminals whose bills a platform takes. */
export function addTerminalCommands(bank: Command, out: Output): void {
  const terminal = bank.command('terminal').description('terminals of merchants, whose bills are taken');
  const counter = counterOf(terminal);

  counter('add', 'take the bills of a terminal from now on; prints its id')
    .argument('<key>', 'its public key: 64 hex digits, or a file with them')
    .argument('<account>', 'of the merchant', accountNumber)
    .option('--limit <name=number>', 'a rule that it keeps, as in a profile; several times', limit, [])
    .option('--scene <number>', 'its scene; 0: none', whole(SCENE_MAX), 0)
    .option('--tier-min <number>', 'the weakest identity that it takes', whole(IDENTITY_TIER_MAX), 0)
    .option(
      '--category <number>',
      'of the merchant, ISO 18245: the only one of its sales',
      whole(CATEGORY_MAX),
      0,
    )
    .action((key: string, account: number, { limit: given, scene, tierMin, category, ...flags }) => {
      const terminalKey = publicKey('key', key, 'tapnote pos');
      const limits = terminalLimits(given);
      return tell(out, flags, async ({ platform }) => {
        const id = await platform.addTerminal(account, terminalKey, { limits, scene, tierMin, category });
        return done(`terminal ${hex(id)} of account ${account}`, { terminal: hex(id) });
      });
    });
  counter('list', 'all terminals, or those of one merchant')
    .argument('[account]', '', accountNumber)
    .action((account: number | undefined, flags) =>
      tell(out, flags, async ({ platform }) => terminalsTold(await platform.terminals(account))),
    );
  counter('suspend', 'set aside what it sends from now on')
    .argument('<terminal>', '16 hex digits', terminalId)
    .action((id: Uint8Array, flags) =>
      tell(out, flags, async ({ platform }) => {
        await platform.suspendTerminal(id);
        return done(`terminal ${hex(id)} is suspended`);
      }),
    );
  counter('lift', 'take its bills again; not those of one that has forked')
    .argument('<terminal>', '16 hex digits', terminalId)
    .action((id: Uint8Array, flags) =>
      tell(out, flags, async ({ platform }) => {
        await platform.liftTerminal(id);
        return done(`terminal ${hex(id)} is not suspended any more`);
      }),
    );
  counter(
    'forks',
    'pairs of bills that exclude each other: with --json their bytes, which stand alone',
  ).action((flags) =>
    tell(out, flags, async ({ platform }) => {
      const forks = await platform.forks();
      const lines = forks.map(({ terminal: id, sequence }) => `${hex(id)}:${sequence}`);
      return { value: forks, lines: lines.length > 0 ? lines : ['no terminal has forked'] };
    }),
  );
}
