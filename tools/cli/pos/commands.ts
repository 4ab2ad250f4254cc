import { type Command, Option } from 'commander';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { IDENTITY_TIER_MAX, SCENE_MAX, whole } from '../arguments.js';
import { EXIT_HELP } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { limit } from '../terminal-limits.js';
import type { CodeFlags } from './make.js';
import type { ScanFlags } from './scan.js';
import { addSiteCommands, brokerUrl, files, siteName } from './site-commands.js';

/** In a bill: a station, or a merchant category. */
const BILL_PLACE_MAX = 0xffff;
const VALIDITY_S = 60;
const VALIDITY_S_MAX = 255;
const DAY_S = 86_400;
const SCALE = 8;
const SCALE_MAX = 64;

const HELP = `
The code of an account is a QR code with two signatures: the platform's over the user's certificate, the user's
over the code. A terminal decides offline: docs/accounts.md has the bytes and the rules.

Examples:
  $ npx tapnote pos code --keys demo --out code.png
  $ npx tapnote pos scan code.png --platform demo/platform-key --amount 1250 --state till
  $ npx tapnote pos scan code.png --platform demo/platform-key --amount 1250 --state till   # refused: seen
  $ npx tapnote pos bills till
  $ npx tapnote pos deny-list make --keys demo --serials lost.txt --edition 1 --out demo/deny
  $ npx tapnote pos refund till 1 --amount 250
  $ npx tapnote pos upload till --bank http://127.0.0.1:4810 --platform platform-key   # of the bank
${EXIT_HELP}`;

/** `tapnote pos`: codes of accounts, made and scanned. */
export function addPosCommands(pos: Command, out: Output): void {
  pos.addHelpText('after', HELP);

  pos
    .command('code')
    .description('certify a user as a platform does, and make a code as that user’s device does')
    .requiredOption('--keys <folder>', 'keys of platform and user, made there the first time')
    .option('--counter <number>', 'of the code: each has a higher one', whole(U32_MAX), 1)
    .option('--valid <seconds>', 'how long it may be shown', whole(VALIDITY_S_MAX, 1), VALIDITY_S)
    .option('--amount <number>', 'minor units that it is for (default: any)', whole(AMOUNT_MAX, 1))
    .option('--quota <number>', 'minor units that the certificate is good for', whole(AMOUNT_MAX), 20_000)
    .option('--tier <number>', 'strength of the user’s identity', whole(IDENTITY_TIER_MAX), 0)
    .option('--scene <number>', 'where the certificate holds; 0: anywhere', whole(SCENE_MAX), 0)
    .option('--serial <number>', 'of the certificate', whole(U32_MAX), 1)
    .option(
      '--certificate <file>',
      'made by `tapnote bank certificate` (default: by the folder’s own platform)',
    )
    .option('--certified <seconds>', 'how long the certificate holds', whole(U32_MAX), DAY_S)
    .option('--time <seconds>', 'Unix time at which it is made (default: now)', whole(U32_MAX))
    .option('-o, --out <file>', 'write its picture: a name that ends in .png or .svg')
    .option('--scale <pixels>', 'of a module in a PNG', whole(SCALE_MAX, 1), SCALE)
    .option('--seal <key>', 'seal it to the site of this public key: 64 hex digits, or a file with them')
    .option('--show', 'draw it on the terminal instead of printing its text')
    .addHelpText('after', EXIT_HELP)
    .action(async (flags: CodeFlags) => {
      const { makeCode } = await import('./make.js');
      makeCode(out, flags);
    });

  pos
    .command('scan')
    .description('read a code from a picture, a file or the command line, decide about it, and book a bill')
    .argument('<CODE>', 'picture (PNG, JPEG), file with the text, or the text itself')
    .requiredOption('--platform <key>', 'the platform’s public key: 64 hex digits, or a file with them')
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
    .option(
      '--site-key <file>',
      'seed of its site’s key: 64 hex digits; it opens codes that are sealed to it',
    )
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
    .addHelpText('after', EXIT_HELP)
    .action(async (code: string, flags: ScanFlags) => {
      const { scan } = await import('./scan.js');
      await scan(out, code, flags);
    });

  pos
    .command('bills')
    .description('list the bills that a terminal has booked, as long as it keeps them')
    .argument('<DIR>', 'folder of the terminal')
    .option('-j, --json <file>', 'write them; "-" is standard output')
    .addHelpText('after', EXIT_HELP)
    .action(async (folder: string, flags: { json?: string }) => {
      const { listBills } = await import('./bills.js');
      listBills(out, folder, flags);
    });

  pos
    .command('refund')
    .description('book a refund of an earlier bill of a terminal')
    .argument('<DIR>', 'folder of the terminal')
    .argument('<SEQUENCE>', 'number of the bill', whole(U32_MAX, 1))
    .option('--amount <number>', 'minor units (default: all that is left of it)', whole(AMOUNT_MAX, 1))
    .option('--time <seconds>', 'the terminal’s clock, Unix time (default: now)', whole(U32_MAX))
    .addHelpText('after', EXIT_HELP)
    .action(async (folder: string, sequence: number, flags: { amount?: number; time?: number }) => {
      const { refund } = await import('./bills.js');
      refund(out, folder, sequence, flags);
    });

  pos
    .command('upload')
    .description('upload the bills of a terminal; on the platform’s receipt its counts begin anew')
    .argument('<DIR>', 'folder of the terminal')
    .requiredOption('--bank <url>', 'the bank with the platform')
    .requiredOption('--platform <key>', 'the platform’s public key: 64 hex digits, or a file with them')
    .addHelpText('after', EXIT_HELP)
    .action(async (folder: string, flags: { bank: string; platform: string }) => {
      const { upload } = await import('./bills.js');
      await upload(out, folder, flags);
    });

  addSiteCommands(pos, out);

  pos
    .command('vectors')
    .description('print a code byte by byte and the sizes of QR codes, as they stand in docs/accounts.md')
    .option('-w, --write', 'put them into docs/accounts.md')
    .action(async ({ write }: { write?: boolean }) => {
      const { vectors } = await import('./vectors.js');
      vectors(out, write === true);
    });
}
