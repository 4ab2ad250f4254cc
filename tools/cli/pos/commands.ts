import type { Command } from 'commander';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { IDENTITY_TIER_MAX, SCENE_MAX, whole } from '../arguments.js';
import { frontEndOptions, needFrontEnd, readerOption } from '../front-ends/reader-options.js';
import { EXIT_HELP } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import type { CardFlags } from './card.js';
import type { FaceFlags } from './face.js';
import type { CodeFlags } from './make.js';
import { addSiteCommands } from './site-commands.js';
import type { TakeFlags } from './take.js';
import { platformKey, terminalOptions } from './terminal-options.js';

const VALIDITY_S = 60;
const VALIDITY_S_MAX = 255;
const DAY_S = 86_400;
const SCALE = 8;
const SCALE_MAX = 64;
const WAIT_S = 60;
const WAIT_S_MAX = 86_400;
const PERMILLE = 1_000;
const CLEAR_PERMILLE = 990;
const CONFIDENCE_MIN_PERMILLE = 900;
const FACE_MAX = 2_000;

const HELP = `
The code of an account is a QR code with two signatures: the platform's over the user's certificate, the user's
over the code. A terminal decides offline: docs/accounts.md has the bytes and the rules.

Examples:
  $ npx tapnote pos code --keys demo --out code.png
  $ npx tapnote pos scan code.png --platform demo/platform-key --amount 1250 --state till
  $ npx tapnote pos scan code.png --platform demo/platform-key --amount 1250 --state till   # refused: seen
  $ npx tapnote pos card --port /dev/ttyUSB1 --amount 1250 --state till
  $ npx tapnote pos bills till
  $ npx tapnote pos deny-list make --keys demo --serials lost.txt --edition 1 --out demo/deny
  $ npx tapnote pos refund till 1 --amount 250
  $ npx tapnote pos upload till --bank http://127.0.0.1:4810 --platform platform-key   # of the bank
${EXIT_HELP}`;

/** `tapnote pos`: codes of accounts made, and payments taken by codes, account cards and faces. */
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

  terminalOptions(
    pos
      .command('scan')
      .description('read a code from a picture, a file or the command line, decide about it, and book a bill')
      .argument('<CODE>', 'picture (PNG, JPEG), file with the text, or the text itself')
      .addOption(platformKey().makeOptionMandatory()),
  )
    .option(
      '--site-key <file>',
      'seed of its site’s key: 64 hex digits; it opens codes that are sealed to it',
    )
    .action(async (code: string, flags: TakeFlags) => {
      const { scan } = await import('./scan.js');
      await scan(out, code, flags);
    });

  terminalOptions(
    frontEndOptions(
      pos
        .command('card')
        .description('take a payment by an account card, over a reader of this machine, and book a bill'),
      'over PC/SC: any reader that the system knows',
    )
      .addOption(readerOption())
      .addOption(platformKey().default(undefined, 'the practice bank’s')),
  )
    .option('--flash <file>', 'the terminal’s wallet, which a card trusts (default: a practice one)')
    .option('--pin <digits>', 'of the card’s holder')
    .option('--wait <seconds>', 'for a card, and for a torn touch to be finished', whole(WAIT_S_MAX), WAIT_S)
    .action(async (flags: CardFlags, command: Command) => {
      needFrontEnd(flags, command);
      const { takeCard } = await import('./card.js');
      await takeCard(out, flags);
    });

  terminalOptions(
    pos
      .command('face')
      .description('take a payment by a face, as a stand-in for a recogniser tells it, and book a bill')
      .argument('<NAME>', 'who is in the picture')
      .addOption(platformKey().makeOptionMandatory())
      .requiredOption('--faces <file>', 'who pays by face: an account’s number and a name, one a line'),
  )
    .option('--clear <number>', 'how clear the picture is, in thousandths', whole(PERMILLE), CLEAR_PERMILLE)
    .option(
      '--confidence-min <number>',
      'below this a face is nobody’s, in thousandths',
      whole(PERMILLE),
      CONFIDENCE_MIN_PERMILLE,
    )
    .option('--face-max <number>', 'minor units that a face pays at once', whole(AMOUNT_MAX), FACE_MAX)
    .action(async (name: string, flags: FaceFlags) => {
      const { takeFace } = await import('./face.js');
      await takeFace(out, name, flags);
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
