import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { CHROMIUM, launchChromium, PATIENCE_MS } from '../../tools/page/chromium.js';
import { type Started, startTapnote } from '../tools/run-cli.js';
import { skipWithout } from './external.js';

/** Whether to skip tests in a browser. */
export const skipsPage = skipWithout(existsSync(CHROMIUM), 'chromium');

export interface Look {
  readonly width?: number;
  readonly dark?: boolean;
}

/** A town on a page, and hands in it. */
export class TownPage {
  /** What the browser complained of, and what was asked of another host than the page's or was not there. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    url: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') this.complaints.push(line.text());
    });
    page.on('response', (response) => {
      if (response.status() >= 400) this.complaints.push(`${response.status()}: ${response.url()}`);
    });
    page.on('request', (request) => {
      const address = request.url();
      if (!address.startsWith(url) && !address.startsWith('blob:')) this.complaints.push(address);
    });
  }

  static async open(
    browser: Browser,
    url: string,
    { width = 1280, dark = false }: Look = {},
  ): Promise<TownPage> {
    const height = width > 600 ? 900 : 844;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const town = new TownPage(await context.newPage(), url);
    await town.page.goto(url);
    await town.page.getByRole('button', { name: 'Touch', exact: true }).waitFor();
    return town;
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  /** Steps played so far. */
  async steps(): Promise<number> {
    return Number(/step (\d+)/.exec(await this.page.locator('.clock').innerText())?.[1]);
  }

  /** Does something that plays a step, and waits for what came of it. */
  async act(act: () => Promise<unknown>): Promise<string> {
    const before = await this.steps();
    await act();
    await this.page.getByText(`step ${before + 1}`).waitFor();
    return this.outcome();
  }

  click(name: string): Promise<void> {
    return this.page.getByRole('button', { name, exact: true }).click();
  }

  /** Presses a button that plays a step. */
  play(name: string): Promise<string> {
    return this.act(() => this.click(name));
  }

  switch(name: string): Promise<string> {
    return this.act(() => this.page.getByRole('switch', { name, exact: true }).click());
  }

  outcome(): Promise<string> {
    return this.page.getByRole('region', { name: 'Outcome' }).innerText();
  }

  /** Does what the page refuses before anything is played. */
  async refused(act: () => Promise<unknown>): Promise<string> {
    const before = await this.steps();
    await act();
    const fault = this.page.locator('.outcomes .bad');
    await fault.waitFor();
    if ((await this.steps()) !== before) throw new Error('a step was played');
    return fault.innerText();
  }

  async fill({
    from,
    to,
    amount,
    pin = '',
  }: {
    from?: string;
    to?: string;
    amount?: string;
    pin?: string;
  }): Promise<void> {
    if (from) await this.page.getByLabel('Who pays').selectOption(from);
    if (to) await this.page.getByLabel('Who is paid').selectOption(to);
    if (amount) await this.page.getByLabel('Amount').fill(amount);
    await this.page.getByLabel('PIN, if asked').fill(pin);
  }

  /** Who pays whom what, touch and all; what came of it in words. */
  async pay(from: string, to: string, amount: string, pin?: string): Promise<string> {
    await this.fill({ from, to, amount, ...(pin && { pin }) });
    return this.play('Touch');
  }

  /** The path of the session that the page gives. */
  async save(): Promise<string> {
    const downloading = this.page.waitForEvent('download');
    await this.click('Save the session');
    return (await downloading).path();
  }

  /** Gives the page a file, and waits until it has opened it, or said why not. */
  async openFile(name: string, text: string): Promise<void> {
    const file = { name, mimeType: 'application/json', buffer: Buffer.from(text) };
    await this.#opening(() => this.page.getByLabel('Open a session').setInputFiles(file));
  }

  async openTown(name: string): Promise<void> {
    await this.#opening(() => this.page.getByLabel('Open a town').selectOption(name));
  }

  async #opening(act: () => Promise<unknown>): Promise<void> {
    await this.page.evaluate('document.querySelector("main").dataset.before = "open"');
    await act();
    await this.page.locator('main:not([data-before]) .devices').waitFor();
  }

  tile(who: string) {
    return this.page.getByRole('article', { name: who, exact: true });
  }

  async tab(name: string): Promise<string> {
    await this.page.getByRole('tab', { name, exact: true }).click();
    return this.page.getByRole('tabpanel', { name }).innerText();
  }

  /** The books: minor units of each device, row by row. */
  async holdings(): Promise<Record<string, { held: number; inFlight: number; account: number }>> {
    await this.tab('Books');
    const rows = await this.page.getByRole('table').last().getByRole('row').all();
    const cells = await Promise.all(rows.slice(1).map((row) => row.locator('th, td').allInnerTexts()));
    return Object.fromEntries(
      cells.map(([name, held, inFlight, account]) => [
        name,
        { held: minor(held), inFlight: minor(inFlight), account: minor(account) },
      ]),
    );
  }

  /**
   * All money, wherever it is: accounts, and what the people's own flash says of devices and what is between
   * them. It never changes.
   */
  async allMoney(): Promise<number> {
    const holdings = Object.values(await this.holdings());
    const byFlash = this.page
      .getByRole('row', { name: /^by the devices’ own flash/ })
      .locator('td')
      .last();
    const accounts = holdings.reduce((sum, { account }) => sum + account, 0);
    return minor(await byFlash.innerText()) + accounts;
  }
}

const minor = (text: string): number =>
  text === '–' ? 0 : Math.round(Number(text.replaceAll(',', '')) * 100);

/** A browser and the page as the command serves it, for the tests of a file. */
export function usePage(): { open(look?: Look): Promise<TownPage> } {
  let browser: Browser;
  let served: Started;
  const open: TownPage[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
    served = await startTapnote(['page', '--port', '0'], /(http:\/\/\S+)/);
  });
  afterAll(async () => {
    for (const town of open) await town.close();
    await browser?.close();
    await served?.end('SIGINT');
  });
  return {
    async open(look) {
      const town = await TownPage.open(browser, served.found, look);
      open.push(town);
      return town;
    },
  };
}
