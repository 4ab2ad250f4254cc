import { CliError } from '../../cli/cli-error.js';
import { Exit } from '../../cli/output/exit.js';
import { SilenceError } from '../../cli/serial/client.js';
import { type Firmware, PROGRAM_AT, programIn, refuseUpdate } from '../../cli/serial/firmware-image.js';
import { boardWords, meetBoard } from './board.js';
import { complain, element, say } from './page.js';

/** What of ESP Web Tools' manifest this page reads: its build wrote it. */
interface Manifest {
  readonly builds: readonly [{ readonly chipFamily: string; readonly parts: readonly Part[] }];
}
interface Part {
  readonly path: string;
  readonly offset: number;
}

const MANIFEST = 'manifest.json';
/** Of the npm package esp-web-tools, beside this page. */
const INSTALLER = './esp-web-tools/install-button.js';

/**
 * Shows what can be flashed. Nothing lies beside a page that no build has made. `act` runs what the user has
 * asked for.
 */
export async function offerInstall(act: (check: () => Promise<void>) => Promise<void>): Promise<void> {
  const manifest = await fetch(MANIFEST)
    .then(async (response) => (response.ok ? ((await response.json()) as Manifest) : undefined))
    .catch(() => undefined);
  if (!manifest) return;
  const [{ chipFamily, parts }] = manifest.builds;
  const { path } = parts.find(({ offset }) => offset === PROGRAM_AT)!;
  try {
    const program = await (await fetch(path)).arrayBuffer();
    const { firmware } = programIn(new Uint8Array(program), path);
    element('image').textContent = `Firmware ${firmware.version} for an ${chipFamily}, of your own build.`;
    element('check').hidden = false;
    element('check').addEventListener('click', () => void act(() => checkBoard(firmware)));
  } catch (error) {
    complain(error);
  }
}

/** A device that holds money keeps a firmware that reads it: the installer shows where it may be written. */
async function checkBoard(next: Firmware): Promise<void> {
  element('installer').replaceChildren();
  const found = await meetBoard().catch((error: unknown): 'silent' => {
    if (error instanceof SilenceError) return 'silent';
    throw error;
  });
  if (found === undefined) return;
  if (found === 'silent') {
    say('no tapnote answers: a new board, or one that is asleep. A wallet that may be there stays as it is.');
  } else {
    say(boardWords(found.identity));
    const refused = refuseUpdate(found.identity, next);
    await found.leave();
    if (refused !== undefined)
      throw new CliError(Exit.violated, 'keeps-firmware', `the device keeps its firmware: ${refused}`);
  }
  await showInstaller();
}

async function showInstaller(): Promise<void> {
  try {
    await import(INSTALLER);
  } catch {
    throw new CliError(Exit.absent, 'no-installer', NO_INSTALLER);
  }
  const button = document.createElement('esp-web-install-button');
  button.setAttribute('manifest', MANIFEST);
  const start = document.createElement('button');
  start.slot = 'activate';
  start.textContent = 'Flash it';
  button.append(start);
  element('installer').append(button);
  say('Leave “Erase device” unticked: its notes would go, and with them the money.', 'bad');
}

const NO_INSTALLER =
  'ESP Web Tools do not lie beside this page: `npm ci` installs them, without `--omit=dev`; then build the page ' +
  'again. Or write the image with `npx tapnote flash`';
