import { type Browser, chromium } from 'playwright-core';

/** Debian's: `tools/setup-debian.sh` installs it. */
export const CHROMIUM = '/usr/bin/chromium';

/** As root in a container, without a display, and without looking for anybody else's servers. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/** How long whatever is awaited in a page may take: a hang ends, and no machine is so slow. */
export const PATIENCE_MS = 600_000;
