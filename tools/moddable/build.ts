/**
 * `npm run build:board -- NAME`: an image for a board, with the Moddable SDK and ESP-IDF. It never burns a
 * fuse: with `--secure` it builds an image whose first start does, and refuses to flash that one.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BIT_RATES_KBPS } from '../../hal/pn532/commands.js';
import { BOARDS, boards, LINKS, ROOT } from './boards.js';
import { buildImage } from './image.js';
import { findSdk, needIdf, SetupError } from './sdk.js';
import { secured } from './secure.js';

const OUT = join(ROOT, '.cache/moddable');
const USAGE =
  'npm run build:board -- NAME [--link hsu|i2c|spi] [--flash] [--debug] [--secure] [--out DIR] [SETTING=VALUE ..]';

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      link: { type: 'string' },
      flash: { type: 'boolean', default: false },
      debug: { type: 'boolean', default: false },
      secure: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const [name, ...settings] = positionals;
  const known = boards().map((each) => each.name);
  if (!known.includes(name)) throw new SetupError(`which board? ${known.join(', ')}\n${USAGE}`);
  if (values.link && !LINKS.some((link) => link === values.link))
    throw new SetupError(`no link ${values.link}\n${USAGE}`);
  const wrong = settings.find((setting) => !/^\w+=/.test(setting));
  if (wrong !== undefined) throw new SetupError(`${wrong} is no setting\n${USAGE}`);
  // A board with a rate that its driver refuses would never start.
  const rate = settings.find((setting) => setting.startsWith('bitRate='));
  if (rate !== undefined && !BIT_RATES_KBPS.some((kbps) => rate === `bitRate=${kbps}`))
    throw new SetupError(`${rate} is no bit rate: ${BIT_RATES_KBPS.join(', ')} kbit/s\n${USAGE}`);
  const provider = settings.find((setting) => setting.startsWith('crypto='));
  if (provider !== undefined && provider !== 'crypto=libsodium')
    throw new SetupError(`${provider} is no provider of crypto: libsodium, or none for our own\n${USAGE}`);
  if (values.secure && (values.flash || values.debug)) {
    throw new SetupError(
      '--secure only builds. The first start of such an image burns fuses, for good: sign it and flash it by hand, as hal/README.md says.',
    );
  }
  const sdk = findSdk();
  needIdf(sdk.env);
  const board = boards().find((each) => each.name === name)!.board;
  const root = values.out === undefined ? OUT : resolve(values.out);
  const image = buildImage({
    sdk,
    name,
    chip: board.chip,
    folder: values.secure ? secured(name, root) : join(BOARDS, name),
    out: join(root, values.secure ? 'out-secure' : 'out'),
    debug: values.debug,
    flash: values.flash,
    settings: [...(values.link ? [`link=${values.link}`] : []), ...settings],
  });
  process.stdout.write(`image: ${image}\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = error instanceof SetupError ? 2 : 1;
}
