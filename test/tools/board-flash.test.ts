import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { boardPage } from '../../tools/board-page/bundle.js';
import { TABLE_AT } from '../../tools/board-page/flash-manifest.js';
import { PROGRAM_AT } from '../../tools/cli/serial/firmware-image.js';
import { partitions } from '../../tools/moddable/boards.js';
import { launchChromium } from '../../tools/page/chromium.js';
import { type Served, servePage } from '../../tools/page/server.js';
import { fakeBuild } from '../support/board-build.js';
import { BoardPage, SILENCE_MS } from '../support/board-page.js';
import { Esp32C3, FLASH_BYTES } from '../support/esp32c3.js';
import { skipsPage } from '../support/page.js';

/** Four blocks of the stub's, and a pull in the third. */
const CODE_BYTES = 60_000;
const LAST_BLOCK = 3;
const SECTOR_BYTES = 4096;
/** Where each file of a build for this chip belongs. */
const PARTS = { 'bootloader.bin': 0, 'partition-table.bin': TABLE_AT, 'xs_esp32.bin': PROGRAM_AT };
const NOTES = partitions('esp32-c3-devkit').find(({ name }) => name === 'notes')!;

/** A board whose flash is full of what was there: a wallet's notes among it. */
function oldBoard(): Esp32C3 {
  const chip = new Esp32C3();
  const old = Buffer.alloc(SECTOR_BYTES);
  new SimEntropy(1, 'old flash').fill(old);
  chip.flash.fill(old);
  return chip;
}

const notesOf = (flash: Buffer): Buffer => flash.subarray(NOTES.offset, NOTES.offset + NOTES.size);

describe.skipIf(skipsPage)('ESP Web Tools, and a chip on the port of Chromium', () => {
  let browser: Browser;
  let served: Served;
  let image: string;
  let page: BoardPage;
  beforeAll(async () => {
    browser = await launchChromium();
    image = fakeBuild({ codeBytes: CODE_BYTES });
    served = await servePage(await boardPage(image), 0);
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  /** `flash` when the image has been written over it, and nothing else: whole sectors are erased. */
  function withImage(flash: Buffer): Buffer {
    const written = Buffer.from(flash);
    for (const [name, offset] of Object.entries(PARTS)) {
      const part = readFileSync(join(image, name));
      const sectors = Math.ceil(part.length / SECTOR_BYTES);
      written.fill(0xff, offset, offset + sectors * SECTOR_BYTES);
      part.copy(written, offset);
    }
    return written;
  }

  /** The page with the installer on it: nobody answers on the port. */
  async function offered(chip: Esp32C3): Promise<void> {
    page = await BoardPage.open(browser, served.url, () => chip.open());
    await page.stopClock();
    const said = await page.pass(page.press('Check the board, then flash it'), SILENCE_MS);
    expect(said[0]).toContain('no tapnote answers');
    expect(said[1]).toContain('Leave “Erase device” unticked');
  }

  const click = (name: string) =>
    page.pass(page.page.getByRole('button', { name, exact: true }).click({ timeout: 0 }));
  const see = (message: string) =>
    page.pass(page.page.locator('ewt-page-message', { hasText: message }).waitFor({ timeout: 0 }));

  /** Through the dialog, as far as a click goes. */
  async function install({ erase = false } = {}): Promise<void> {
    await page.pass(page.page.getByText('Install tapnote').click({ timeout: 0 }));
    if (erase) await page.pass(page.page.getByRole('checkbox').click({ timeout: 0 }));
    await click('Next');
    await click('Install');
  }

  it('write the image where it belongs and nothing else, and leave the notes; ticked, they take them too', async () => {
    const chip = oldBoard();
    const before = Buffer.from(chip.flash);
    await offered(chip);
    const asked: string[] = [];
    page.page.on('request', (request) => asked.push(request.url()));
    await click('Flash it');
    await install();
    await see('Installation complete!');
    expect(chip.flash.equals(withImage(before))).toBe(true);
    expect(chip.runs).toBe('program');

    await click('Next');
    await install({ erase: true });
    await see('Installation complete!');
    expect(chip.flash.equals(withImage(Buffer.alloc(FLASH_BYTES, 0xff)))).toBe(true);
    expect(asked.filter((url) => !url.startsWith(served.url))).toEqual([]);
    expect(page.complaints).toEqual([]);
    expect(new Set(page.rates)).toEqual(new Set([115_200]));
  });

  it('say that a board was pulled midway; it is flashed again, and its notes are as they were', async () => {
    const chip = oldBoard();
    const before = Buffer.from(chip.flash);
    await offered(chip);
    await click('Flash it');
    chip.onBlock = (number) => {
      if (number === LAST_BLOCK) chip.pull();
    };
    await install();
    await see('Serial data stream stopped');
    expect(chip.flash.equals(before)).toBe(false);
    expect(chip.flash.equals(withImage(before))).toBe(false);
    expect(notesOf(chip.flash).equals(notesOf(before))).toBe(true);

    // Their dialog does not find the way back: the page is opened again.
    await page.close();
    chip.onBlock = () => {};
    chip.plug();
    await offered(chip);
    await click('Flash it');
    await install();
    await see('Installation complete!');
    expect(chip.flash.equals(withImage(before))).toBe(true);
    expect(chip.runs).toBe('program');
  });
});
