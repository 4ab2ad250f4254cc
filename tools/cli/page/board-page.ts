import { boardPage } from '../../board-page/bundle.js';
import type { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { isPageSeen, openBrowser, serveUntilSignal } from './serve-page.js';

export interface BoardPageOptions {
  readonly port?: number;
  /** The folder of a build, to be flashed from the page. */
  readonly image?: string;
}

/** Serves the page that talks to a board until it gets a signal. */
export async function serveBoardPage(out: Output, { port, image }: BoardPageOptions): Promise<Exit> {
  return serveUntilSignal(await boardPage(image), port, (url) => {
    out.line(`The page for a board is at ${url}`);
    out.line('Ctrl-C ends it. It needs Web Serial: Chromium, Chrome or Edge.');
    if (isPageSeen()) openBrowser(url, out);
  });
}
