import { type Command, Option } from 'commander';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { CATEGORY_MAX, whole } from '../arguments.js';
import { jsonOutput, STANDARD_OUTPUT } from '../files/output-file.js';
import { frontEndOptions, needFrontEnd, readerOption } from '../front-ends/reader-options.js';
import { EXIT_HELP } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import type { CheckFlags } from './check.js';
import { IMAGE_KINDS } from './image-kinds.js';
import type { PayFlags } from './pay.js';
import type { TagSourceFlags } from './tag-source.js';
import type { WriteFlags } from './write.js';

const DAY_S = 86_400;
const WAIT_S = 60;
const WAIT_S_MAX = 86_400;
/** ISO 18245: eating places. */
const CATEGORY = 5_812;

const HELP = `
A passive tag (NTAG215 or larger, or a Type 4 tag) shows whom to pay, and how much where it says so, signed by \
the payee's wallet. A wallet reads it, asks its owner, and then pays that payee alone: docs/tag.md.

Examples:
  $ npx tapnote tag write 1250 --label Noodles --flash stall.bin --out stall-tag.bin
  $ npx tapnote tag read stall-tag.bin
  $ npx tapnote tag check stall-tag.bin
  $ npx tapnote pn532 --field ntag --chips 2           # an empty tag at two readers, without hardware
  $ npx tapnote tag write 1250 --port PORT --flash stall.bin
  $ npx tapnote tag pay --port PORT --flash mine.bin
${EXIT_HELP}`;

const wait = () => new Option('--wait <seconds>', 'for a tag').argParser(whole(WAIT_S_MAX)).default(WAIT_S);

/** A tag at a reader of this machine. */
const atReader = (command: Command): Command =>
  frontEndOptions(command, 'at any reader that PC/SC knows').addOption(readerOption());

const ownWallet = (command: Command, category: number): Command =>
  command
    .option('--flash <file>', 'the flash of the wallet, kept in a file (default: a new practice wallet)')
    .option(
      '--category <number>',
      'merchant category of a new wallet; 0: a person',
      whole(CATEGORY_MAX),
      category,
    );

async function sourceOf(file: string | undefined, flags: TagSourceFlags, command: Command) {
  const { tagAtReader, tagInImage } = await import('./tag-source.js');
  if (file !== undefined) return { tag: tagInImage(file), where: file };
  needFrontEnd(flags, command, 'FILE, --pcsc and --port PATH');
  return { tag: await tagAtReader(flags), where: 'the tag' };
}

/** `tapnote tag`: passive tags that show a payee. */
export function addTagCommands(group: Command, out: Output): void {
  group.addHelpText('after', HELP);

  const write = group
    .command('write')
    .description('sign as the payee’s wallet, and write a tag or its image')
    .argument('[AMOUNT]', 'minor units (default: whoever pays says how much)', whole(AMOUNT_MAX, 1))
    .addOption(new Option('-o, --out <file>', 'write an image of it').conflicts(['pcsc', 'port']))
    .addOption(
      new Option('--kind <name>', 'what the image is of: memory of an NTAG, or the NDEF file of a Type 4 tag')
        .choices(IMAGE_KINDS)
        .default('ntag215'),
    )
    .option('--label <text>', 'what it is for: up to 24 bytes of UTF-8', '')
    .option(
      '--valid <seconds>',
      'how long it holds, at most as the certificate',
      whole(U32_MAX, 1),
      30 * DAY_S,
    )
    .addOption(wait());
  atReader(ownWallet(write, CATEGORY))
    .addHelpText('after', EXIT_HELP)
    .action(async (amount: number | undefined, flags: WriteFlags, command: Command) => {
      if (flags.out === undefined) needFrontEnd(flags, command, '--out FILE, --pcsc and --port PATH');
      const { writePayee } = await import('./write.js');
      await writePayee(out, amount ?? 0, { ...flags, amount: 0 });
    });

  const read = group
    .command('read')
    .description('say what a tag or its image shows; nothing of it is checked')
    .argument('[FILE]', 'image')
    .option('-j, --json <file>', 'write it; "-" is standard output')
    .addOption(wait());
  atReader(read)
    .addHelpText('after', EXIT_HELP)
    .action(async (file: string | undefined, flags: TagSourceFlags & { json?: string }, command: Command) => {
      const writeJson = jsonOutput(flags.json);
      const { tag } = await sourceOf(file, flags, command);
      const { shownTag, tagLines } = await import('./tag-words.js');
      if (flags.json !== STANDARD_OUTPUT)
        for (const line of ['shown, not checked:', ...tagLines(tag)]) out.line(line);
      writeJson?.(shownTag(tag));
    });

  const check = group
    .command('check')
    .description('check a tag or its image as a wallet does: certificate, dates, hot list, signature')
    .argument('[FILE]', 'image')
    .option('--root <key>', 'the root’s public key: 64 hex digits, or a file with them')
    .option('--endorsement <file>', 'the endorsement of the payee’s operator, by that root: 120 bytes')
    .option('--time <seconds>', 'Unix time at which it is looked at (default: now)', whole(U32_MAX))
    .option('-j, --json <file>', 'write what it shows; "-" is standard output')
    .addOption(wait());
  atReader(ownWallet(check, 0))
    .addHelpText('after', `\nWithout --root it is as the wallet of --flash decides.\n${EXIT_HELP}`)
    .action(
      async (
        file: string | undefined,
        flags: TagSourceFlags & CheckFlags & { json?: string },
        command: Command,
      ) => {
        const writeJson = jsonOutput(flags.json);
        const { tag, where } = await sourceOf(file, flags, command);
        const { checkPayee } = await import('./check.js');
        const { shownTag, tagLines } = await import('./tag-words.js');
        checkPayee(out, where, tag, { ...flags, amount: 0 });
        if (flags.json !== STANDARD_OUTPUT)
          for (const line of ['good: a wallet may pay this payee', ...tagLines(tag)]) out.line(line);
        writeJson?.(shownTag(tag));
      },
    );

  const pay = group
    .command('pay')
    .description('read a tag, and pay whom it shows when its owner agrees')
    .argument('[AMOUNT]', 'minor units, where the tag leaves it open', whole(AMOUNT_MAX, 1))
    .option('--holds <number>', 'minor units that a new wallet begins with', whole(AMOUNT_MAX), 10_000);
  atReader(ownWallet(pay, 0))
    .addHelpText(
      'after',
      `\nThe owner is at standard input: "press", "no", "ask AMOUNT" where the tag leaves it open, "cancel".\n${EXIT_HELP}`,
    )
    .action(async (amount: number | undefined, flags: PayFlags & { holds: number }, command: Command) => {
      needFrontEnd(flags, command);
      const { payByTag } = await import('./pay.js');
      await payByTag(out, amount ?? 0, { ...flags, amount: flags.holds });
      process.exit();
    });

  group
    .command('vectors')
    .description('print a tag byte by byte, as it stands in docs/tag.md')
    .option('-w, --write', 'put it into docs/tag.md')
    .action(async ({ write: isWritten }: { write?: boolean }) => {
      const { vectors } = await import('./vectors.js');
      vectors(out, isWritten === true);
    });
}
