/**
 * `npm run build:board -- NAME`: an image for a board, with the Moddable SDK and ESP-IDF. It never burns a
 * fuse: with `--secure` it builds an image whose first start does, and refuses to flash that one.
 */
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { BIT_RATES_KBPS } from '../../hal/pn532/commands.js';
import { boardPage } from '../board-page/bundle.js';
import { CliError } from '../cli/cli-error.js';
import { EXIT_HELP, Exit } from '../cli/output/exit.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { writeFiles } from '../page/write-files.js';
import { BOARDS, boardNamed, boards, LINKS, ROOT } from './boards.js';
import { buildImage } from './image.js';
import { findSdk, needIdf } from './sdk.js';
import { secured } from './secure.js';

const OUT = join(ROOT, '.cache/moddable');

interface Options {
  readonly link?: string;
  readonly flash?: true;
  readonly debug?: true;
  readonly secure?: true;
  readonly out?: string;
}

async function build(
  name: string,
  settings: readonly string[],
  { link, flash, debug, secure, out }: Options,
): Promise<void> {
  const { board } = boardNamed(name);
  const wrong = settings.find((setting) => !/^\w+=/.test(setting));
  if (wrong !== undefined) throw new CliError(Exit.usage, 'setting', `${wrong} is no setting: NAME=VALUE`);
  // A board with a rate that its driver refuses would never start.
  const rate = settings.find((setting) => setting.startsWith('bitRate='));
  if (rate !== undefined && !BIT_RATES_KBPS.some((kbps) => rate === `bitRate=${kbps}`)) {
    const why = `${rate} is no bit rate: ${BIT_RATES_KBPS.join(', ')} kbit/s`;
    throw new CliError(Exit.usage, 'setting', why);
  }
  const provider = settings.find((setting) => setting.startsWith('crypto='));
  if (provider !== undefined && provider !== 'crypto=libsodium') {
    const why = `${provider} is no provider of crypto: libsodium, or none for our own`;
    throw new CliError(Exit.usage, 'setting', why);
  }
  if (secure && (flash || debug)) {
    const why =
      '--secure only builds. The first start of such an image burns fuses, for good: sign it and flash it by hand, as hal/README.md says';
    throw new CliError(Exit.usage, 'conflicting-options', why);
  }
  const sdk = findSdk();
  needIdf(sdk.env);
  const root = out === undefined ? OUT : resolve(out);
  const image = buildImage({
    sdk,
    name,
    chip: board.chip,
    folder: secure ? secured(name, root) : join(BOARDS, name),
    out: join(root, secure ? 'out-secure' : 'out'),
    debug: debug ?? false,
    flash: flash ?? false,
    settings: [...(link ? [`link=${link}`] : []), ...settings],
  });
  process.stdout.write(`image: ${image}\n`);
  // The first start of a secure one burns fuses: no page offers that.
  if (!secure) process.stdout.write(`page: ${await writePage(image)}\n`);
}

/** The page that flashes this image from a browser, for any static host. Returns its folder. */
async function writePage(image: string): Promise<string> {
  const folder = join(image, 'page');
  writeFiles(folder, await boardPage(image));
  return folder;
}

await runCommand(
  commandLine('build:board')
    .description('Builds an image for a board, with the Moddable SDK and ESP-IDF.')
    .argument(
      '<board>',
      boards()
        .map(({ name }) => name)
        .join(', '),
    )
    .argument('[settings...]', "what takes the place of the board's own, as NAME=VALUE")
    .addOption(new Option('--link <kind>', 'how the PN532 is wired').choices(LINKS))
    .option('--flash', 'write it to the board at the end')
    .option('--debug', 'with the debugger')
    .option('--secure', 'an image whose first start burns fuses; it is only built')
    .option('--out <folder>', 'where the build goes')
    .addHelpText('after', EXIT_HELP)
    .action(build),
);
