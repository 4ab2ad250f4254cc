import { describe, expect, it } from 'vitest';
import { faultsOf } from '../../support/axe.js';
import { skipsPage, usePage } from '../../support/page.js';

const TABS = ['Touch', 'Wire', 'Inside', 'Codes', 'Books', 'Story'];
/** A laptop and a phone. */
const WIDTHS = [1280, 390];

describe.skipIf(skipsPage)('the look of the page, in Chromium', () => {
  const browser = usePage();

  it.each(WIDTHS.flatMap((width) => [false, true].map((dark) => [width, dark ? 'dark' : 'light'] as const)))(
    'at %i pixels, %s: axe-core finds nothing, and nothing is wider than the screen',
    async (width, colours) => {
      const town = await browser.open({ width, dark: colours === 'dark' });
      expect(await faultsOf(town.page)).toEqual([]);
      await town.pay('Lin', 'Noodle stall', '150');
      await town.play('Copy: Mei');
      await town.switch('Power of Rui');
      await town.tab('Codes');
      await town.play('Show a code: Ana');
      for (const tab of TABS) {
        await town.tab(tab);
        expect(await faultsOf(town.page), tab).toEqual([]);
        const wide = await town.page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(wide, tab).toBeLessThanOrEqual(0);
      }
      expect(town.complaints).toEqual([]);
    },
  );

  it('does not jump: what is there stays where it is while touches come and go', async () => {
    const town = await browser.open();
    const places = () =>
      Promise.all(
        ['.touch', '.devices', '.panels'].map(async (place) => {
          const box = await town.page.locator(place).boundingBox();
          return box && [box.x, box.y, box.width];
        }),
      );
    const before = await places();
    await town.pay('Mei', 'Noodle stall', '12.50');
    expect(await places()).toEqual(before);
    await town.pay('Mei', 'Noodle stall', '60');
    expect(await places()).toEqual(before);
    await town.page.getByRole('combobox', { name: 'What goes wrong' }).selectOption('card power');
    expect(await places()).toEqual(before);
    await town.tab('Inside');
    expect(await places()).toEqual(before);
  });

  it('is played with the keyboard alone', async () => {
    const town = await browser.open();
    const { keyboard } = town.page;
    const focused = () =>
      town.page.evaluate('document.activeElement.name || document.activeElement.innerText');
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 40 && (await focused()) !== name; i++) await keyboard.press('Tab');
      expect(await focused()).toBe(name);
    };
    await tabTo('from');
    await keyboard.type('Rui');
    await tabTo('amount');
    await keyboard.press('Control+A');
    await keyboard.type('7.70');
    await tabTo('Touch');
    expect(await town.act(() => keyboard.press('Enter'))).toContain('Rui → Noodle stall 7.70 paid in');
    await town.page.getByRole('tab', { name: 'Touch' }).focus();
    await keyboard.press('ArrowLeft');
    expect(await focused()).toBe('Story');
    expect(await town.page.getByRole('tabpanel').innerText()).toContain('Rui → Noodle stall');
  });
});
