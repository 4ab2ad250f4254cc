import { describe, expect, it } from 'vitest';
import { skipsPage, usePage } from '../../support/page.js';

describe.skipIf(skipsPage)('money for somebody on the page, in Chromium', () => {
  const browser = usePage();

  it('says of a note what it is for', async () => {
    const town = await browser.open();
    await town.openTown('targeted-money');
    await town.click('Look inside Lin');
    expect(await town.tab('Inside')).toMatch(
      /note\s+[\d.]+\s+of 50\.00, signed by the bank.* only for payee /,
    );
    expect(await town.tab('Books')).toContain('All money is there.');
    expect(town.complaints).toEqual([]);
  });
});
