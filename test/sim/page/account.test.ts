import { beforeAll, describe, expect, it } from 'vitest';
import { readCodes } from '../../../tools/cli/pos/qr-reader.js';
import { skipsPage, type TownPage, usePage } from '../../support/page.js';

/** What the town's people have paid in, minor units. */
const ALL_MONEY = 140_000;

describe.skipIf(skipsPage)('an account that is billed, on the page', () => {
  const browser = usePage();
  let town: TownPage;
  beforeAll(async () => {
    if (!skipsPage) town = await browser.open();
  });

  it('pays by the code on a wearable, which a till scans and books, and has less after the upload', async () => {
    const account = async () => /([\d,.]+) in the account/.exec(await town.tile('Lin').innerText())?.[1];
    expect(await account()).toBe('200.00');
    await town.tab('Codes');
    expect(await town.page.getByRole('button', { name: 'Canteen scans Lin' }).count()).toBe(0);
    await town.play('Press B of Lin');
    const shown = town.page.getByRole('img', { name: 'Code on the screen of Lin' });
    expect((await readCodes(await shown.screenshot()))?.[0]).toMatch(/^TN1:/);
    await town.page.getByLabel('To be billed').fill('3.50');
    expect(await town.play('Canteen scans Lin')).toBe(
      'Canteen scans the code of Lin 3.50 billed, and deducted later',
    );
    expect(await town.play('Canteen scans Lin')).toContain('[code-seen]');
    expect(await account()).toBe('200.00');
    const booked = await town.tab('Codes');
    expect(booked).toContain('Canteen: 3.50 billed');
    expect(booked).toMatch(/Lin\s+1\s+3\.50/);
    await town.play('Upload the bills: they are deducted');
    expect(await account()).toBe('196.50');
    await town.play('Press B of Lin');
    expect(await shown.count()).toBe(0);
    // The canteen's account has no tile: what it has got is the rest.
    expect(await town.allMoney()).toBe(ALL_MONEY - 350);
    expect(await town.tab('Books')).toContain('All money is there.');
    expect(town.complaints).toEqual([]);
  });
});
