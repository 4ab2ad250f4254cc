import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { scanned } from '../../../sim/account/scanned.js';
import { readCodes } from '../../../tools/cli/pos/qr-reader.js';
import { skipsPage, type TownPage, usePage } from '../../support/page.js';
import { tapnote } from '../../tools/run-cli.js';

/** What the town's people have paid in, minor units. */
const ALL_MONEY = 140_000;
const TORN_TOUCHES = 6;

const scenarioWith = (step: object): string =>
  JSON.stringify({
    title: 'A file',
    start: '2026-05-16T09:00:00+08:00',
    people: [{ name: 'Mei' }],
    steps: [step],
  });

describe.skipIf(skipsPage)('the page, in Chromium', () => {
  const browser = usePage();
  let town: TownPage;

  beforeAll(async () => {
    if (!skipsPage) town = await browser.open();
  });
  afterEach(async () => {
    expect(town.complaints).toEqual([]);
    expect(await town.tab('Books')).toContain('All money is there.');
  });

  it('pays by touch: the money is where it was paid to, and the touch is shown', async () => {
    expect(await town.pay('Mei', 'Noodle stall', '12.50')).toMatch(/^Mei → Noodle stall 12\.50 paid in \d/);
    expect(await town.tile('Mei').innerText()).toContain('187.50');
    expect(await town.tile('Noodle stall').innerText()).toContain('12.50 of it received');
    expect(await town.tab('Touch')).toContain('Noodle stall (terminal) and Mei (card): paid');
    expect(await town.allMoney()).toBe(ALL_MONEY);
  });

  it('shows any moment of the touch, and plays it in slow motion', async () => {
    await town.tab('Touch');
    const moment = town.page.getByRole('slider', { name: 'A moment of the touch' });
    const said = () => town.page.locator('.now').innerText();
    expect(await said()).toContain('the terminal looks for a card');
    const lit = () => town.page.locator('.states [aria-current]').allInnerTexts();
    expect(await lit()).toEqual([
      'looks for a card',
      'not selected',
      'nothing is open',
      'nothing is open',
      'active: pays and is paid',
      'active: pays and is paid',
    ]);
    await moment.fill('40000');
    expect(await said()).toMatch(/^40\.0 ms the terminal has sent HELLO[\s\S]*on the air, \w+: I\(\d\)/);
    await moment.fill((await moment.getAttribute('max')) ?? '');
    expect(await said()).toContain('the card has answered 9000');
    const [terminal, , payee, payer] = await lit();
    expect([terminal, payee, payer]).toEqual([
      'no touch under way',
      'received: a receipt is given',
      'paid: there is a receipt',
    ]);
    await moment.fill('0');
    await town.click('Slow motion');
    while ((await moment.inputValue()) === '0') await town.page.waitForTimeout(20);
    await town.click('Slow motion');
    const paused = await moment.inputValue();
    await town.page.waitForTimeout(100);
    expect(await moment.inputValue()).toBe(paused);
  });

  it('decodes what was said to its fields, on every layer', async () => {
    const apdus = await town.tab('Wire');
    expect(apdus).toMatch(/SELECT, 9 bytes[\s\S]*application: tapnote[\s\S]*ephemeral key: [0-9a-f]{64}/);
    expect(apdus).toMatch(/certificate\s+id: [0-9a-f]{16}/);
    expect(apdus).toContain('and a tag of 16');
    await town.page.getByLabel('Frames on the air').check();
    expect(await town.tab('Wire')).toMatch(/RATS: e0[\s\S]*I\(0\)/);
    await town.page.getByLabel('PN532 frames').check();
    expect(await town.tab('Wire')).toMatch(/InListPassiveTarget[\s\S]*ACK[\s\S]*InDataExchange answers: ok/);
    await town.page.getByLabel('APDUs').check();
  });

  it('loses nothing in a touch that is torn at any byte, and finishes it with the next', async () => {
    await town.fill({ from: 'Rui', to: 'Green Farm', amount: '3.10' });
    const chooseCause = town.page.getByRole('combobox', { name: 'What goes wrong' });
    const slider = town.page.getByRole('slider');
    const where = town.page.locator('.where', { hasText: ' of ' });
    const torn = fc.record({
      cause: fc.constantFrom('hand away', 'card power', 'terminal power'),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(torn, async ({ cause, part }) => {
        await chooseCause.selectOption(cause);
        await where.waitFor();
        const most = Number(await slider.getAttribute('max'));
        await slider.fill(String(1 + Math.floor(part * (most - 1))));
        const before = await town.holdings();
        const said = await town.play('Touch');
        expect(said).toMatch(/torn|paid in|refused/);
        expect(await town.allMoney()).toBe(ALL_MONEY);
        const after = await town.holdings();
        const isTaken = after['Green Farm'].held > before['Green Farm'].held;
        expect(said.includes('in flight until they touch again')).toBe(after.Rui.inFlight > 0);
        expect(/ paid|Green Farm has the 3\.10/.test(said)).toBe(isTaken);
        await chooseCause.selectOption('');
        const finished = await town.play('Only finish what is open');
        expect(finished).toMatch(/resumed in|nothing was open/);
        expect(finished.includes('3.10 from before is taken now')).toBe(after.Rui.inFlight > 0 && !isTaken);
        expect(finished.includes('3.10 from before had been taken then')).toBe(
          after.Rui.inFlight > 0 && isTaken,
        );
        const { Rui } = await town.holdings();
        expect(Rui.inFlight).toBe(0);
        expect(await town.allMoney()).toBe(ALL_MONEY);
      }),
      // The terminal is gone once all is paid, and nobody is left to say so.
      { numRuns: TORN_TOUCHES, examples: [[{ cause: 'terminal power', part: 1 }]] },
    );
  });

  it('says of a touch that is torn after the payee has booked what each of the two knows', async () => {
    await town.fill({ from: 'Rui', to: 'Noodle stall', amount: '5' });
    await town.page.getByRole('combobox', { name: 'What goes wrong' }).selectOption('hand away');
    const where = town.page.locator('.where', { hasText: ' of ' });
    const slider = town.page.getByRole('slider', { name: 'At which byte' });
    await where.waitFor();
    let byte = Number(await slider.getAttribute('max'));
    while (!(await where.innerText()).includes('receipt, command')) await slider.fill(String(--byte));
    expect(await town.play('Touch')).toMatch(
      /^Rui → Noodle stall 5\.00 paid, and then torn: hand away at byte \d+ on the air; Noodle stall has the 5\.00, and Rui has it in flight until they touch again \[torn\]$/,
    );
    expect((await town.holdings()).Rui.inFlight).toBe(500);
    await town.page.getByRole('combobox', { name: 'What goes wrong' }).selectOption('');
    expect(await town.play('Touch again')).toContain(
      'it was paid before; 5.00 from before had been taken then: now its payer knows',
    );
    expect(await town.play('Only finish what is open')).toContain('nothing was open');
    expect((await town.holdings()).Rui.inFlight).toBe(0);
    expect(await town.allMoney()).toBe(ALL_MONEY);
  });

  it('tears no touch before it knows which byte is meant', async () => {
    // The worker is asked to rehearse when this lets it.
    await town.page.evaluate(`
      globalThis.held = [];
      globalThis.post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message) {
        if (message.call === 'rehearse') held.push(() => post.call(this, message));
        else post.call(this, message);
      };
    `);
    const touch = town.page.getByRole('button', { name: 'Touch', exact: true });
    const where = town.page.locator('.where');
    await town.fill({ from: 'Rui', to: 'Noodle stall', amount: '5' });
    await town.page.getByRole('combobox', { name: 'What goes wrong' }).selectOption('hand away');
    expect(await where.innerText()).toBe('The touch is rehearsed …');
    expect(await touch.isDisabled()).toBe(true);
    await town.page.waitForFunction('held.length > 0');
    await town.page.evaluate('held.splice(0).forEach((ask) => ask())');
    await where.filter({ hasText: ' of ' }).waitFor();
    expect(await touch.isDisabled()).toBe(false);
    await town.fill({ amount: '60' });
    expect(await touch.isDisabled()).toBe(true);
    await town.fill({ amount: 'much' });
    expect(await where.innerText()).toBe('This touch cannot be.');
    expect(await town.refused(() => town.click('Touch'))).toContain('[amount]');
    await town.page.evaluate('Worker.prototype.postMessage = post');
    await town.page.getByRole('combobox', { name: 'What goes wrong' }).selectOption('');
    await town.play('The bank settles');
  });

  it('asks for the button, then for the PIN, and says which limit stops a payment', async () => {
    expect(await town.pay('Mei', 'Green Farm', '60')).toContain('the card asks for its button [button]');
    expect(await town.tile('Mei').innerText()).toContain('pay 60.00?');
    expect(await town.play('Press the button of Mei')).toContain('agreed');
    expect(await town.play('Touch again')).toContain('paid in');
    expect(await town.pay('Mei', 'Green Farm', '101')).toContain('wants the PIN [pin]');
    for (const wrong of ['0000', '', '', '', '']) {
      await town.fill({ pin: wrong });
      expect(await town.play('Touch again')).toContain('wants the PIN [pin]');
    }
    await town.fill({ pin: '1357' });
    expect(await town.play('Touch again')).toMatch(/^Mei → Green Farm, again 101\.00 paid in \d/);
    expect(await town.page.getByLabel('PIN, if asked').inputValue()).toBe('');
    expect(await town.play('Touch again')).toBe('Mei → Green Farm, again 101.00 it was paid before');
    expect(await town.pay('Lin', 'Green Farm', '300.01')).toContain(
      'too much for one payment [paymentLimit]',
    );
    expect(await town.pay('Mei', 'Green Farm', '99')).toContain('not enough money [insufficient]');
    expect(await town.tab('Inside')).toMatch(/paid today\s+173\.50 out of 600\.00/);
    expect(await town.page.getByRole('meter', { name: 'paid today' }).getAttribute('value')).toBe('29');
    expect(await town.allMoney()).toBe(ALL_MONEY);
  });

  it('shows a wearable’s screen, and its buttons type the PIN', async () => {
    expect(await town.pay('Lin', 'Noodle stall', '150')).toContain('wants the PIN [pin]');
    const screen = town.page.getByRole('status', { name: 'Screen of Lin' });
    expect(await screen.innerText()).toContain('150.00 CNY');
    await town.play('Press A of Lin');
    expect(await screen.innerText()).toContain('PIN');
    for (const [i, digit] of [2, 5, 8, 0].entries()) {
      if (i > 0) await town.play('Press B of Lin');
      for (let turn = 0; turn < digit; turn++) await town.play('Press A of Lin');
    }
    expect(await screen.innerText()).toContain('***0');
    await town.play('Hold A of Lin');
    expect(await town.play('Touch again')).toContain('paid in');
    expect(await screen.innerText()).toContain('Ready');
    expect(await town.allMoney()).toBe(ALL_MONEY);
  });

  it('has switches: what is off answers nobody, and without a network there is no bank', async () => {
    await town.switch('Power of Rui');
    expect(await town.pay('Rui', 'Noodle stall', '1')).toContain('torn');
    await town.switch('Power of Rui');
    expect(await town.pay('Rui', 'Noodle stall', '1')).toContain('paid in');
    await town.switch('Network of Rui');
    expect(await town.refused(() => town.click('Sync: Rui'))).toContain('[no-network]');
    expect(await town.play('Sync: Lin')).toContain('holds');
    await town.switch('Network of Rui');
    expect(await town.play('Sync: Rui')).toContain('holds');
    expect(await town.allMoney()).toBe(ALL_MONEY);
  });

  it('shows codes that any reader reads, and a gate books each once, or says why not', async () => {
    await town.tab('Codes');
    await town.page.getByLabel('To be billed').fill('3.50');
    expect(await town.play('Show a code: Ana')).toMatch(/^Ana shows code 1 valid for 1 minute/);
    const picture = await town.page.getByRole('img', { name: 'Code 1 of Ana' }).screenshot();
    const [text] = (await readCodes(picture)) ?? [];
    expect(AccountCode.parse(scanned(text))?.counter).toBe(1);
    expect(await town.play('Metro gate scans Ana')).toBe(
      'Metro gate scans the code of Ana 3.50 billed, and deducted later',
    );
    expect(await town.play('Metro gate scans Ana')).toContain('was taken before [code-seen]');
    await town.play('Show one for the amount: Ana');
    await town.page.getByLabel('To be billed').fill('3.60');
    expect(await town.play('Metro gate scans Ana')).toContain('it is for another amount [code-mismatch]');
    await town.play('1 hour later');
    await town.page.getByLabel('To be billed').fill('3.50');
    expect(await town.play('Metro gate scans Ana')).toContain('a fresh one is needed [code-stale]');
    await town.play('Show a code: Bo');
    expect(await town.play('Canteen scans Bo')).toContain('identity is too weak');
    await town.page.getByLabel('To be billed').fill('20.01');
    expect(await town.play('Metro gate scans Bo')).toContain('[code-quota]');
    const shown = await town.tab('Codes');
    expect(shown).toContain('Metro gate: 3.50 billed');
    expect(shown).toContain('Canteen: 0.00 billed');
    expect(await town.allMoney()).toBe(ALL_MONEY);
  });

  it('says in words, with a code, what cannot be', async () => {
    /** With something else said before it. */
    const refused = async (act: () => Promise<unknown>): Promise<string> => {
      await town.play('The bank settles');
      return town.refused(act);
    };
    for (const amount of ['', '0', '1.234', '-5', '1e3', '1,400,00', '99999999', '99999999999'])
      expect(
        await refused(async () => {
          await town.fill({ amount: amount || ' ' });
          await town.click('Touch');
        }),
      ).toContain('[amount]');
    await town.fill({ amount: '99999999999' });
    expect(await refused(() => town.click('Touch'))).toMatch(
      /^An amount is from 0\.01 to [\d,.]+\. \[amount\]$/,
    );
    expect(await town.pay('Lin', 'Noodle stall', '1,400.00')).toMatch(
      /^Lin → Noodle stall 1,400\.00 refused/,
    );
    const withPin = refused(async () => {
      await town.fill({ amount: '1', pin: '12' });
      await town.click('Touch');
    });
    expect(await withPin).toContain('[pin]');
    const toOneself = refused(async () => {
      await town.fill({ from: 'Rui', to: 'Rui', amount: '1' });
      await town.click('Touch');
    });
    expect(await toOneself).toContain('[step]');
  });

  it('names the one whose device was copied and spent twice, and nobody else', async () => {
    expect(await town.play('Copy: Rui')).toContain('Rui’s copy has the same money');
    expect(await town.pay('Rui', 'Noodle stall', '20')).toContain('paid in');
    expect(await town.pay('Rui’s copy', 'Green Farm', '20')).toContain('paid in');
    await town.play('Sync: Noodle stall');
    await town.play('Sync: Green Farm');
    await town.play('Sync: Rui');
    await town.play('Sync: Rui’s copy');
    expect(await town.tile('Rui').innerText()).toContain('named for spending twice');
    const books = await town.tab('Books');
    expect(books).toMatch(/Rui [0-9a-f]{16} proof by \w+, \d+ bytes, verified/);
    expect(books.match(/proof by/g)).toHaveLength(1);
    expect(await town.tab('Story')).toContain('The bank names Rui');
  });

  it('lights where each wallet is in its life: suspended, its PIN locked by three wrong ones', async () => {
    const lifecycleOf = (who: string) =>
      town.page.locator('.machine:visible').filter({ hasText: `${who}: lifecycle` });
    const lit = (who: string) => lifecycleOf(who).locator('[aria-current]').innerText();
    await town.tab('Inside');
    await town.click('Look inside Rui');
    expect(await lit('Rui')).toBe('suspended by its bank');
    await town.click('Look inside Lin');
    expect(await lit('Lin')).toBe('active: pays and is paid');
    const before = await town.holdings();
    for (const wrong of ['0000', '0001', '0002'])
      expect(await town.pay('Lin', 'Noodle stall', '101', wrong)).toContain('refused');
    expect(await town.holdings()).toEqual(before);
    await town.tab('Inside');
    expect(await lit('Lin')).toBe('PIN locked: takes no PIN');
    await town.tab('Touch');
    expect(await lit('Lin')).toBe('active: pays and is paid');
    const moment = town.page.getByRole('slider', { name: 'A moment of the touch' });
    await moment.fill((await moment.getAttribute('max')) ?? '');
    expect(await lit('Lin')).toBe('PIN locked: takes no PIN');
    expect(await lifecycleOf('Lin').locator('.walked').count()).toBe(1);
  });

  it('goes on in time, and settles', async () => {
    expect(await town.play('1 day later')).toContain('1 day');
    expect(await town.play('The bank settles')).toContain('The bank settles');
  });

  it('saves a session that page and command line play again, to the byte and to the same end', async () => {
    const holdings = await town.holdings();
    const said = await town.tab('Wire');
    const file = await town.save();
    const saved = readFileSync(file, 'utf8');
    const session = JSON.parse(saved);
    expect(session.steps).toHaveLength(await town.steps());
    const { status, out } = await tapnote(['sim', file, '--json', '-']);
    expect(status).toBe(0);
    const report = JSON.parse(out);
    const replayed = report.holdings.map(
      (each: { name: string; held: number; inFlight: number; account?: number }) => [
        each.name,
        { held: each.held, inFlight: each.inFlight, account: each.account ?? 0 },
      ],
    );
    expect(Object.fromEntries(replayed)).toEqual(holdings);
    expect(report.accused.map(({ who }: { who: string }) => who)).toEqual(['Rui']);
    await town.openFile('session.json', saved);
    expect(await town.tab('Wire')).toBe(said);
    expect(await town.holdings()).toEqual(holdings);
    expect(readFileSync(await town.save(), 'utf8')).toBe(saved);
  });

  it.each([
    ['what is no JSON', '{ "title": ', 'json-syntax'],
    ['what is no scenario', '{ "title": "Nothing" }', 'schema'],
    ['a step of nobody’s', scenarioWith({ do: 'sync', who: 'Bo' }), 'name'],
    ['a step that there is not', scenarioWith({ do: 'steal', who: 'Mei' }), 'schema'],
    ['more than a scenario may have', ' '.repeat(1_000_001), 'file-size'],
  ])('says what is wrong with a file: %s; the town stays as it is', async (_, text, code) => {
    const before = await town.holdings();
    const steps = await town.steps();
    await town.openFile('wrong.json', text);
    expect(await town.outcome()).toContain(`[${code}]`);
    expect(await town.steps()).toBe(steps);
    expect(await town.holdings()).toEqual(before);
  });

  it('is another town with another seed behind its address', async () => {
    await town.page.goto(`${town.page.url().split('?')[0]}?seed=7`);
    await town.page.getByRole('button', { name: 'Touch', exact: true }).waitFor();
    expect(JSON.parse(readFileSync(await town.save(), 'utf8')).seed).toBe(7);
    expect(await town.page.locator('.clock').innerText()).toContain('seed 7');
    expect(await town.allMoney()).toBe(ALL_MONEY);
  });

  it('says in words, with a code, that a seed is none, and shows the way to a town', async () => {
    const address = town.page.url().split('?')[0];
    for (const seed of ['abc', '-1', '1.5', '4294967296', '99999999999999999999', '', '9'.repeat(300)]) {
      await town.page.goto(`${address}?seed=${seed}`);
      const alert = town.page.getByRole('alert');
      expect(await alert.innerText(), seed).toMatch(/^“.{0,41}” is no seed: .+ 0 to 4,294,967,295.+\[seed\]/);
    }
    await town.page.getByRole('link', { name: 'Open the first town' }).click();
    await town.page.getByRole('button', { name: 'Touch', exact: true }).waitFor();
    expect(await town.page.locator('.clock').innerText()).toContain('seed 1');
  });

  it('opens a scenario that comes with tapnote, and plays on from its end', async () => {
    await town.openTown('torn-touch');
    expect(await town.tab('Books')).toContain('All money is there.');
    expect(await town.tab('Story')).toContain('torn');
    const steps = await town.steps();
    expect(await town.play('1 hour later')).toContain('1 hour');
    expect(await town.steps()).toBe(steps + 1);
  });
});
