/**
 * `npm run build:board -- NAME`: an image for a board, with the Moddable SDK and ESP-IDF. It never burns a
 * fuse: with `--secure` it builds an image whose first start does, and refuses to flash that one.
 */
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BOARDS, boards, LINKS, ROOT } from './boards.js';
import { findSdk, needIdf, run, SetupError } from './sdk.js';

const OUT = join(ROOT, '.cache/moddable');
const USAGE =
  'npm run build:board -- NAME [--link hsu|i2c|spi] [--flash] [--debug] [--secure] [SETTING=VALUE ..]';

/** The board's folder with the settings of hal/boards/secure.defaults added to its own. */
function secured(name: string): string {
  const folder = join(OUT, 'secure', name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(BOARDS, name), folder, { recursive: true });
  const settings = readFileSync(join(BOARDS, 'secure.defaults'));
  appendFileSync(join(folder, 'sdkconfig/sdkconfig.defaults'), settings);
  return folder;
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      link: { type: 'string' },
      flash: { type: 'boolean', default: false },
      debug: { type: 'boolean', default: false },
      secure: { type: 'boolean', default: false },
    },
  });
  const [name, ...settings] = positionals;
  const known = boards().map((each) => each.name);
  if (!known.includes(name)) throw new SetupError(`which board? ${known.join(', ')}\n${USAGE}`);
  if (values.link && !LINKS.some((link) => link === values.link))
    throw new SetupError(`no link ${values.link}\n${USAGE}`);
  const wrong = settings.find((setting) => !/^\w+=/.test(setting));
  if (wrong !== undefined) throw new SetupError(`${wrong} is no setting\n${USAGE}`);
  if (values.secure && (values.flash || values.debug)) {
    throw new SetupError(
      '--secure only builds. The first start of such an image burns fuses, for good: sign it and flash it by hand, as hal/README.md says.',
    );
  }
  const sdk = findSdk();
  needIdf(sdk.env);
  const out = join(OUT, values.secure ? 'out-secure' : 'out');
  mkdirSync(out, { recursive: true });
  const board = values.secure ? secured(name) : join(BOARDS, name);
  const args = [
    ...(values.debug ? ['-d'] : []),
    ...['-m', '-p', `esp32:${board}`, '-o', out],
    // Without a target, the SDK flashes and starts its debugger.
    ...['-t', values.flash ? 'all' : 'build'],
    join(ROOT, 'manifest.json'),
    ...(values.link ? [`link=${values.link}`] : []),
    ...settings,
  ];
  const { ok, output } = run('mcconfig', args, sdk.env);
  process.stdout.write(output);
  if (!ok) throw new Error(`mcconfig ${args.join(' ')}: failed`);
  process.stdout.write(
    `image: ${join(out, 'bin/esp32', name, values.debug ? 'debug' : 'release', 'tapnote')}\n`,
  );
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = error instanceof SetupError ? 2 : 1;
}
