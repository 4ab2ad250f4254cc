import { describe, expect, it } from 'vitest';
import { skipsPage, usePage } from '../../support/page.js';

const town = (steps: readonly object[]): string =>
  JSON.stringify({
    title: 'Far',
    start: '2026-05-16T09:00:00+08:00',
    people: [{ name: 'Mei', deposit: 1_000 }],
    steps: [{ do: 'load', who: 'Mei', amount: 100 }, ...steps],
  });
const wait = (days: number) => ({ do: 'wait', for: `${days}d` });

describe.skipIf(skipsPage)('a file that is opened, in Chromium', () => {
  const browser = usePage();

  it('may wait for years; where it cannot be played, the town that was open goes on', async () => {
    const page = await browser.open();
    await page.openFile('decades.json', town([wait(900), wait(900), { do: 'sync', who: 'Mei' }]));
    expect(await page.tile('Mei').innerText()).toContain('1.00');
    const steps = await page.steps();
    await page.openFile('ended.json', town([wait(9_000), { do: 'sync', who: 'Mei' }]));
    expect(await page.outcome()).toContain('[bank-key-ended]');
    await page.openFile('far.json', town([wait(9_000), wait(9_999_999), { do: 'sync', who: 'Mei' }]));
    expect(await page.outcome()).toContain('expected all to be over by the year 2100 [step]');
    expect(await page.steps()).toBe(steps);
    await page.play('1 hour later');
    expect(await page.tab('Books')).toContain('All money is there.');
    expect(page.complaints).toEqual([]);
  });
});
