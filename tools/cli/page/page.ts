import { bundlePage } from '../../page/bundle.js';
import type { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { sim } from '../sim/sim.js';
import { isPageSeen, openBrowser, serveUntilSignal } from './serve-page.js';

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
  const isSeen = isPageSeen();
  if (headless || (port === undefined && !isSeen)) return sim(MARKET_DAY, {});
  const { files } = await bundlePage();
  return serveUntilSignal(files, port, (url) => {
    out.line(`The simulator is a page at ${url}`);
    out.line('Ctrl-C ends it. `npm start -- --headless` plays a market day here instead.');
    if (isSeen) openBrowser(url, out);
  });
}
