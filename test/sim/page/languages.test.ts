import { describe, expect, it } from 'vitest';
import { GALLERY_NAMES } from '../../../sim/page/gallery-names.js';
import { TOWN } from '../../../sim/page/town.js';
import chinese from '../../../sim/texts/chinese.json' with { type: 'json' };
import { faultsOf } from '../../support/axe.js';
import { skipsPage, type TownPage, usePage } from '../../support/page.js';
import { tapnote, temporary } from '../../tools/run-cli.js';

/** Of scenarios, which are called so in every language. */
const NAMES: ReadonlySet<string> = new Set(GALLERY_NAMES);
const TABS = ['touch', 'wire', 'inside', 'codes', 'books', 'story'];

/** Every text that is on the page and is one of the table's English ones: nothing of it was to be said. */
async function english({ page }: TownPage): Promise<string[]> {
  const texts = await page.evaluate(`(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) found.push(node.data.trim());
    for (const { attributes } of document.body.querySelectorAll('*'))
      for (const name of ['aria-label', 'title', 'aria-valuetext'])
        if (attributes[name]) found.push(attributes[name].value);
    return found;
  })()`);
  return (texts as string[]).filter((text) => text in chinese && /[a-z]/.test(text) && !NAMES.has(text));
}

describe.skipIf(skipsPage)('the page in another language and other currencies, in Chromium', () => {
  const browser = usePage();

  it('speaks Chinese at once, on its screens too, and goes on with the session', async () => {
    const town = await browser.open();
    const { page } = town;
    const { tabs, touch } = { tabs: page.getByRole('tab'), touch: page.locator('form.touch button.main') };
    const step = async (act: () => Promise<unknown>): Promise<string> => {
      const clock = page.locator('.clock');
      const before = await clock.innerText();
      await act();
      while ((await clock.innerText()) === before) await page.waitForTimeout(20);
      return page.locator('.outcomes').innerText();
    };
    await town.pay('Lin', 'Noodle stall', '150');
    const steps = await town.steps();
    await town.click('中文');
    await page.getByText(`第${steps}步`).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh');
    await page.locator('.screen').getByText('A：输入密码').waitFor();
    expect(await step(() => touch.click())).toMatch(/^Lin → Noodle stall 150\.00 被卡拒绝：需要密码/);
    await page.locator('input[name=from], select[name=from]').selectOption('Mei');
    await page.locator('input[name=amount]').fill('12.50');
    expect(await step(() => touch.click())).toMatch(/^Mei → Noodle stall 12\.50 支付成功，用时\d/);
    for (const tab of TABS) {
      await page.locator(`#tab-${tab}`).click();
      expect(await english(town), tab).toEqual([]);
      expect(await faultsOf(page), tab).toEqual([]);
    }
    await page.locator('#tab-books').click();
    expect(await page.locator('#panel-books').innerText()).toContain('资金无缺。');
    expect(await tabs.count()).toBe(TABS.length);
    await town.click('English');
    await page.getByText(`step ${steps + 2}`).waitFor();
    expect(await town.tab('Story')).toMatch(/Mei → Noodle stall\s+12\.50\s+paid in/);
    expect(town.complaints).toEqual([]);
  });

  // ISO 4217, list one: the yen has no smaller unit, the dinar of Kuwait has thousandths.
  it.each([
    { currency: 'JPY', first: '1250', asked: '150', shown: '150', load: '5,000', wrong: '1.5' },
    { currency: 'KWD', first: '1.250', asked: '0.15', shown: '0.150', load: '5.000', wrong: '0.1505' },
  ])('pays in $currency, with its decimals', async ({ currency, first, asked, shown, load, wrong }) => {
    const scenario = JSON.stringify({ ...TOWN, currency });
    const town = await browser.open();
    await town.openFile(`${currency}.json`, scenario);
    expect(await town.page.locator('input[name=amount]').inputValue()).toBe(first);
    expect(await town.page.getByRole('button', { name: `Load ${load}: Mei` }).count()).toBe(1);
    await town.fill({ amount: wrong });
    expect(await town.refused(() => town.click('Touch'))).toBe(`Write an amount such as ${first}. [amount]`);
    expect(await town.pay('Mei', 'Noodle stall', asked)).toContain(`Mei → Noodle stall ${shown} paid in`);
    expect(await town.tile('Noodle stall').innerText()).toContain(`${shown} of it received`);
    // More than is paid by a button: the screen says what for.
    await town.pay('Lin', 'Noodle stall', currency === 'JPY' ? '15000' : '15');
    const asks = currency === 'JPY' ? '15000 JPY' : '15.000 KWD';
    expect(await town.tile('Lin').locator('.screen').innerText()).toContain(asks);
    expect(await town.tab('Books')).toContain('All money is there.');

    const file = temporary(`${currency}.json`, scenario);
    const { status, out } = await tapnote(['sim', file], { LC_ALL: 'zh_CN.UTF-8' });
    expect(status).toBe(0);
    expect(out).toContain(currency === 'JPY' ? '存入140,000 − 取出0 ' : '存入140.000 − 取出0.000 ');
    expect(out).toContain('审计：资金无缺。');
  });
});
