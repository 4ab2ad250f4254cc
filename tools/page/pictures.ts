/** `npm run docs:page` plays on the page in Chromium and takes the README's pictures of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { count } from '../../sim/words.js';
import { commandLine, runCommand } from '../cli/run-command.js';
import { bundlePage } from './bundle.js';
import { launchChromium } from './chromium.js';
import { servePage } from './server.js';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
/** What a reader of the README waits for at most. */
const BYTES_MAX = 150_000;

interface Picture {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
  play(hands: Hands): Promise<void>;
}

const PICTURES: readonly Picture[] = [
  {
    file: 'page-touch.png',
    width: 1280,
    height: 680,
    dark: false,
    async play(hands) {
      await hands.pay('Mei', 'Noodle stall', '12.50');
      await hands.pay('Rui', 'Noodle stall', '8');
      await hands.pay('Noodle stall', 'Green Farm', '20.50');
    },
  },
  {
    file: 'page-named.png',
    width: 1280,
    height: 640,
    dark: true,
    async play(hands) {
      await hands.press('Copy: Rui');
      await hands.pay('Rui', 'Noodle stall', '30');
      await hands.pay('Rui’s copy', 'Green Farm', '30');
      for (const who of ['Noodle stall', 'Green Farm', 'Rui']) await hands.press(`Sync: ${who}`);
      await hands.see('Books');
    },
  },
];

/** Somebody who plays. */
class Hands {
  constructor(private readonly page: Page) {}

  async pay(from: string, to: string, amount: string): Promise<void> {
    await this.page.getByLabel('Who pays').selectOption(from);
    await this.page.getByLabel('Who is paid').selectOption(to);
    await this.page.getByLabel('Amount').fill(amount);
    await this.press('Touch');
  }

  /** Presses a button, and waits for the step that it plays. */
  async press(name: string): Promise<void> {
    const [, steps] = /step (\d+)/.exec(await this.page.locator('.clock').innerText()) ?? [];
    await this.page.getByRole('button', { name, exact: true }).click();
    await this.page.getByText(`step ${Number(steps) + 1}`).waitFor();
  }

  see(tab: string): Promise<void> {
    return this.page.getByRole('tab', { name: tab }).click();
  }
}

async function take(browser: Browser, url: string, picture: Picture): Promise<Uint8Array> {
  const { width, height, dark } = picture;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole('button', { name: 'Touch', exact: true }).waitFor({ timeout: 0 });
  await picture.play(new Hands(page));
  await page.evaluate('scrollTo(0, 0)');
  const bytes = await page.screenshot();
  await context.close();
  return bytes;
}

const program = commandLine('docs:page')
  .description('play on the page in Chromium, and take the README’s pictures of it')
  .action(async () => {
    const { files } = await bundlePage();
    const served = await servePage(files, 0);
    const browser = await launchChromium();
    try {
      for (const picture of PICTURES) {
        const bytes = await take(browser, served.url, picture);
        if (bytes.length > BYTES_MAX) throw new Error(`${picture.file} has ${count(bytes.length)} bytes`);
        writeFileSync(join(DOCS, picture.file), bytes);
        process.stdout.write(`docs/${picture.file}: ${count(bytes.length)} bytes\n`);
      }
    } finally {
      await browser.close();
      await served.close();
    }
  });

await runCommand(program);
