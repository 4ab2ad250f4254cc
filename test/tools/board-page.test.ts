import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IMAGE_MARK } from '../../firmware/app/version.js';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import { BankServer } from '../../sim/bank/server/http.js';
import { Town } from '../../sim/world/town.js';
import { boardPage } from '../../tools/board-page/bundle.js';
import { flashFiles, TABLE_AT } from '../../tools/board-page/flash-manifest.js';
import { openPort } from '../../tools/cli/serial/port.js';
import { boards, partitions, settingsOf } from '../../tools/moddable/boards.js';
import { launchChromium } from '../../tools/page/chromium.js';
import { type Served, servePage } from '../../tools/page/server.js';
import { isInstalled } from '../../tools/xs/process.js';
import { faultsOf } from '../support/axe.js';
import { fakeBuild, ROOM_BYTES } from '../support/board-build.js';
import { BoardPage } from '../support/board-page.js';
import { serve } from '../support/console.js';
import { TOKEN } from '../support/counter-token.js';
import { skipWithout } from '../support/external.js';
import { skipsPage } from '../support/page.js';
import { startTapnote, tapnote, temporary } from './run-cli.js';

const CONNECT = 'Connect';
const CHECK = 'Check the board, then flash it';
const hasPty = ['python3', 'stty'].every(isInstalled);

describe('what ESP Web Tools write', () => {
  it('lies where every board has it, and never where the notes are', () => {
    // One byte more, and the end of it would lie on the notes.
    const head = readFileSync(join(fakeBuild(), 'xs_esp32.bin')).length;
    expect(() => flashFiles(fakeBuild({ codeBytes: ROOM_BYTES - head }))).not.toThrow();
    expect(() => flashFiles(fakeBuild({ codeBytes: ROOM_BYTES - head + 1 }))).toThrow(/there is room for/);
    const manifest = JSON.parse(new TextDecoder().decode(flashFiles(fakeBuild()).get('manifest.json')));
    const offsets = manifest.builds[0].parts.map(({ offset }: { offset: number }) => offset);
    for (const { name } of boards()) {
      expect(Number(settingsOf(name).get('CONFIG_PARTITION_TABLE_OFFSET'))).toBe(TABLE_AT);
      const app = partitions(name).find(({ type }) => type === 'app')!;
      const notes = partitions(name).find((each) => each.name === 'notes')!;
      expect(offsets).toContain(app.offset);
      expect(Math.max(...offsets)).toBeLessThan(notes.offset);
    }
    // Without this they erase a whole board before they write.
    expect(manifest.new_install_prompt_erase).toBe(true);
    // And without this they write their own protocol to the board's console.
    expect(manifest.new_install_improv_wait_time).toBe(0);
  });
});

describe('tapnote board-page', () => {
  it('serves the page to this machine, with what a build has made', async () => {
    const served = await startTapnote(
      ['board-page', '--port', '0', '--image', fakeBuild()],
      /(http:\/\/127\.0\.0\.1:\d+\/)/,
    );
    const manifest = await fetch(new URL('manifest.json', served.found));
    expect(manifest.headers.get('content-type')).toBe('application/json');
    expect(await (await fetch(new URL('bootloader.bin', served.found))).text()).toBe('bootloader.bin');
    expect(await served.end('SIGINT')).toBe(0);
  });

  it('says in one line what is no image, and a bank what is no address of it', async () => {
    const { status, err } = await tapnote(['board-page', '--image', temporary('no-build')]);
    const { err: origin } = await tapnote(['bank', 'serve', '--data', 'x', '--allow-origin', 'nowhere']);
    expect(origin).toMatch(/^error: [^\n]+ \[invalid-argument\]\n$/);
    expect(err).toMatch(/^error: [^\n]+xs_esp32\.bin is not there: [^\n]+ \[image\]\n$/);
    expect(status).toBe(2);
  });
});

describe.skipIf(skipsPage || skipWithout(hasPty, 'python3 and stty'))(
  'a board on the cable of Chromium, by Web Serial',
  () => {
    let browser: Browser;
    let served: Served;
    let stranger: Served;
    let page: BoardPage | undefined;
    beforeAll(async () => {
      browser = await launchChromium();
      const files = await boardPage(fakeBuild());
      served = await servePage(files, 0);
      const other = IMAGE_MARK.replace(/store \d+/, 'store 99');
      const own = [...files].filter(([name]) => !name.startsWith('esp-web-tools/'));
      stranger = await servePage(new Map([...own, ...flashFiles(fakeBuild({ mark: other }))]), 0);
    });
    afterEach(async () => {
      await page?.close();
      page = undefined;
    });
    afterAll(async () => {
      await browser?.close();
      await served?.close();
      await stranger?.close();
    });

    it('may be flashed, is examined and made a wallet, by the code of the command line; no fen comes or goes', async () => {
      const town = await Town.open({ crypto: opensslCrypto, seed: 7, start_s: 1_800_000_000 });
      const bank = new BankServer(town.bank, { token: TOKEN, origin: new URL(served.url).origin });
      const board = await serve(['--simulate']);
      try {
        page = await BoardPage.open(browser, served.url, () => openPort(board.port));
        expect(await faultsOf(page.page)).toEqual([]);
        expect((await page.press(CHECK)).join()).toContain('simulated board, firmware');
        expect(await page.page.getByRole('button', { name: 'Flash it', exact: true }).isVisible()).toBe(true);

        await page.press(CONNECT);
        const doctor = (await page.press('Doctor')).map((line) => line.trimEnd()).slice(1);
        expect((await page.press('Log')).join()).toContain('started, woken by power');
        await page.page.getByLabel('Bank').fill(await bank.listen());
        await page.page.getByLabel('Token of its counter').fill(TOKEN);
        await page.page.getByLabel('PIN, or none').fill('2468');
        const told = await page.press('Make it a wallet');
        const [, id, account] =
          /device ([0-9a-f]{16}) is a wallet of .*, account (\d+)/.exec(told.at(-1)!) ?? [];
        expect(told.join('\n')).toMatch(/PUK: \d{8} \(write it down/);
        expect(await page.page.locator('#who').innerText()).toContain(`active, device ${id}`);
        const { available, offline } = await town.bank.balance(Number(account));
        expect([available, offline]).toEqual([0, 10_000]);
        expect((await town.bank.audit()).faults).toEqual([]);
        expect((await page.press('Make it a wallet')).at(-1)).toContain('nothing to do');
        await page.press('Disconnect');
        expect(page.complaints).toEqual([]);
        expect(new Set(page.rates)).toEqual(new Set([115_200]));

        // The same words, but for the wallet that it has become.
        const { out } = await tapnote(['doctor', '--port', board.port]);
        const same = (lines: readonly string[]) =>
          lines.filter((line) => !/^(wallet|port)/.test(line) && line !== '');
        expect(same(doctor)).toEqual(same(out.split('\n').map((line) => line.trimEnd())));

        // It holds money now, in the format of its own firmware.
        await page.close();
        page = await BoardPage.open(browser, stranger.url, () => openPort(board.port));
        const refused = (await page.press(CHECK)).at(-1);
        expect(refused).toMatch(
          /^error: the device keeps its firmware: it may hold money .* \[keeps-firmware\]$/,
        );
        expect(await page.page.locator('#installer > *').count()).toBe(0);
      } finally {
        await board.kill();
        await bank.close();
        await town.close();
      }
    });

    it('says in one line, with the code of the command line, that it is gone, silent, or that a bank says no', async () => {
      const board = await serve(['--simulate']);
      page = await BoardPage.open(browser, stranger.url, () => openPort(board.port));
      await page.press(CONNECT);
      await page.page.getByLabel('Bank').fill('http://127.0.0.1:9');
      await page.page.getByLabel('Token of its counter').fill(TOKEN);
      expect((await page.press('Make it a wallet')).at(-1)).toMatch(
        /^error: the bank: http:\/\/127\.0\.0\.1:9 cannot be reached: .* \[bank-unreachable\]$/,
      );
      await page.press('Disconnect');
      expect((await page.press(CHECK)).at(-1)).toMatch(
        /^error: ESP Web Tools do not lie .* \[no-installer\]$/,
      );
      await page.press(CONNECT);
      await board.kill();
      expect((await page.press('Log')).at(-1)).toMatch(/^error: .* \[(device-gone|device-silent)\]$/);
      expect(await page.page.locator('#who').innerText()).toBe('No board is connected.');
      expect(await page.page.getByRole('button', { name: 'Log' }).isDisabled()).toBe(true);
    });
  },
);
