import { spawn } from 'node:child_process';
import type { PageFiles } from '../../page/page-files.js';
import { type Served, servePage } from '../../page/server.js';
import { CliError, systemReason } from '../cli-error.js';
import { untilSignal } from '../front-ends/until-signal.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';

/** Serves these files to this machine until it gets a signal. Without a `port` it takes any that is free. */
export async function serveUntilSignal(
  files: PageFiles,
  port: number | undefined,
  tell: (url: string) => void,
): Promise<Exit> {
  const served = await servePage(files, port ?? 0).catch((error: NodeJS.ErrnoException): Served => {
    const why = error.code === 'EADDRINUSE' ? 'it is in use; 0 takes any that is free' : systemReason(error);
    throw new CliError(Exit.usage, 'port', `--port ${port}: ${why}`);
  });
  const ending = untilSignal();
  tell(served.url);
  const exit = await ending.promise;
  await served.close();
  return exit;
}

/** Whether somebody sits here who would see a browser. */
export function isPageSeen(): boolean {
  if (process.stdout.isTTY !== true) return false;
  if (process.platform === 'darwin' || process.platform === 'win32') return !process.env.SSH_CONNECTION;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** The system's own way to open an address. */
export function openBrowser(url: string, out: Output): void {
  const [program, ...before] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[
    process.platform as string
  ] ?? ['xdg-open'];
  const browser = spawn(program, [...before, url], { stdio: 'ignore', detached: true });
  browser.on('error', () => out.line(`No browser could be started: ${program} is missing.`));
  browser.unref();
}
