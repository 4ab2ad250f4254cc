import { spawn } from 'node:child_process';
import { bundlePage } from '../../page/bundle.js';
import { type Served, servePage } from '../../page/server.js';
import { CliError, systemReason } from '../cli-error.js';
import { untilSignal } from '../front-ends/until-signal.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { sim } from '../sim/sim.js';

export interface PageOptions {
  readonly port?: number;
  readonly headless?: boolean;
}

/** What is played where nobody sees a page. */
const MARKET_DAY = 'sim/scenarios/market-day.json';

/**
 * Serves the simulator as a page until it gets a signal. Where nobody could see a page, or none is wanted, it
 * plays the market day line by line. A port that is asked for is served wherever that is.
 */
export async function page(out: Output, { port, headless = false }: PageOptions): Promise<Exit> {
  const isSeen = process.stdout.isTTY === true && hasDisplay();
  if (headless || (port === undefined && !isSeen)) return sim(MARKET_DAY, {});
  const { files } = await bundlePage();
  const served = await servePage(files, port ?? 0).catch((error: NodeJS.ErrnoException): Served => {
    const why = error.code === 'EADDRINUSE' ? 'it is in use; 0 takes any that is free' : systemReason(error);
    throw new CliError(Exit.usage, 'port', `--port ${port}: ${why}`);
  });
  const ending = untilSignal();
  out.line(`The simulator is a page at ${served.url}`);
  out.line('Ctrl-C ends it. `npm start -- --headless` plays a market day here instead.');
  if (isSeen) openBrowser(served.url, out);
  const exit = await ending.promise;
  await served.close();
  return exit;
}

/** Whether a browser that is started here would be seen. */
function hasDisplay(): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return !process.env.SSH_CONNECTION;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** The system's own way to open an address. */
function openBrowser(url: string, out: Output): void {
  const [program, ...before] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[
    process.platform as string
  ] ?? ['xdg-open'];
  const browser = spawn(program, [...before, url], { stdio: 'ignore', detached: true });
  browser.on('error', () => out.line(`No browser could be started: ${program} is missing.`));
  browser.unref();
}
