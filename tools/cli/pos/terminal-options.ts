import { type Command, Option } from 'commander';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { IDENTITY_TIER_MAX, SCENE_MAX, whole } from '../arguments.js';
import { EXIT_HELP } from '../output/exit.js';
import { limit } from '../terminal-limits.js';
import { brokerUrl, files, siteName } from './site-commands.js';

/** In a bill: a station, or a merchant category. */
const BILL_PLACE_MAX = 0xffff;

/** Whose users it serves. */
export const platformKey = (): Option =>
  new Option('--platform <key>', 'the platform’s public key: 64 hex digits, or a file with them');

/** The options of a terminal that takes one payment, however its user is known. */
export const terminalOptions = (command: Command): Command =>
  command
    .requiredOption('--amount <number>', 'minor units to be paid; 0 alone at a gate', whole(AMOUNT_MAX))
    .option('--state <folder>', 'the terminal, its key and its bills, made there the first time')
    .addOption(
      new Option('--kind <kind>', 'what the bill is for').choices(['sale', 'entry', 'exit']).default('sale'),
    )
    .option('--place <number>', 'station, or merchant category', whole(BILL_PLACE_MAX), 0)
    .option('--time <seconds>', 'the terminal’s clock, Unix time (default: now)', whole(U32_MAX))
    .option(
      '--last-sync <seconds>',
      'Unix time at which a new terminal last synced (default: now)',
      whole(U32_MAX),
    )
    .option('--scene <number>', 'the terminal’s scene; 0: none', whole(SCENE_MAX), 0)
    .option('--tier-min <number>', 'the weakest identity that it takes', whole(IDENTITY_TIER_MAX), 0)
    .option('--limit <name=number>', 'a rule of the terminal, as in a profile; several times', limit, [])
    .option('--deny <file>', 'signed deny list of the platform, then deltas; several times', files, [])
    .option('--whitelist <file>', 'the only serial numbers that may pay, one a line')
    .option(
      '--gateway <url>',
      'MQTT broker of the site’s gateway; without it, this terminal decides alone',
      brokerUrl,
    )
    .option('--site <name>', 'name of the site', siteName)
    .option('--gateway-key <key>', 'the gateway’s public key: 64 hex digits, or a file with them')
    .option('-j, --json <file>', 'write the decision; "-" is standard output')
    .addHelpText('after', EXIT_HELP);
