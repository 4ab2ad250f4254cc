import { describe, expect, it } from 'vitest';
import { skipsPage, usePage } from '../../support/page.js';

describe.skipIf(skipsPage)('a device that is dragged, in Chromium', () => {
  const browser = usePage();

  it('pays the one that it is brought to, and nothing else that is dropped there pays', async () => {
    const town = await browser.open();
    // Where all tiles are seen at once, nothing moves away under the hand.
    await town.page.setViewportSize({ width: 1280, height: 2_000 });
    const all = await town.allMoney();
    await town.fill({ from: 'Lin', to: 'Green Farm', amount: '3.25' });
    const said = await town.act(() => town.tile('Mei').dragTo(town.tile('Noodle stall')));
    expect(said).toMatch(/^Mei → Noodle stall 3\.25 paid in \d/);
    expect(await town.page.getByLabel('Who pays').inputValue()).toBe('Mei');
    const steps = await town.steps();
    await town.page.getByRole('heading', { name: 'tapnote' }).dragTo(town.tile('Noodle stall'));
    await town.tile('Mei').dragTo(town.tile('Mei'));
    expect(await town.play('Touch again')).toContain('it was paid before');
    expect(await town.steps()).toBe(steps + 1);
    // What is to go wrong is asked for in the form first.
    await town.page.getByRole('combobox', { name: 'What goes wrong' }).selectOption('card power');
    await town.tile('Lin').dragTo(town.tile('Green Farm'));
    expect(await town.page.getByLabel('Who is paid').inputValue()).toBe('Green Farm');
    expect(await town.steps()).toBe(steps + 1);
    expect(await town.allMoney()).toBe(all);
    expect(town.complaints).toEqual([]);
  });
});
