import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hex } from '../../sim/bank/bytes.js';
import { BankServer } from '../../sim/bank/server/http.js';
import type { Town } from '../../sim/world/town.js';
import { serve } from '../support/console.js';
import { TOKEN } from '../support/counter-token.js';
import { offlineTotal, pays, syncs, townOf } from '../support/town.js';
import { tapnote, temporary } from './run-cli.js';

const DAY_S = 86_400;

describe('tapnote bank give', () => {
  let town: Town;
  let server: BankServer;
  let url: string;
  let giver: number;
  const id = (name: string) => hex(town.resident(name).id);
  const day = (after: number) =>
    new Date((town.world.now_s + after * DAY_S) * 1_000).toISOString().slice(0, 10);
  const run = (...args: string[]) =>
    tapnote(['bank', ...args, '--bank', url], { TAPNOTE_COUNTER_TOKEN: TOKEN });
  const statement = async (account: number) => (await run('statement', `${account}`)).out;

  beforeAll(async () => {
    town = await townOf({ Mei: {}, Office: {}, Shop: { category: 5411 } });
    await town.enrol('Market', { category: 5411, place: 7 });
    giver = town.resident('Office').account;
    await town.bank.deposit(giver, 1_000);
    server = new BankServer(town.bank, { token: TOKEN });
    url = await server.listen();
  });
  afterAll(() => server.close());

  it('gives money that is good in one place until a day, and that day is one of them', async () => {
    const words = ['--purpose', '5411', '--place', '7', '--until', day(3)];
    const given = await run('give', `${giver}`, id('Mei'), '600', ...words);
    expect(`${given.status} ${given.err}`).toBe('0 ');
    expect(given.out).toBe(`600 for device ${id('Mei')}, at its next sync: target 65536\n`);
    await syncs(town, 'Mei');
    const image = temporary('given.bin');
    writeFileSync(image, town.resident('Mei').device.nor.exportImage());
    expect((await tapnote(['inspect', image])).out).toContain('only for category 5411, place 7');
    const whole = await offlineTotal(town);
    const order = town.resident('Shop').device.terminal.order('pull', 100);
    expect(town.touch('Shop', 'Mei', order).result).toMatchObject({ outcome: 'refused' });
    await pays(town, 'Mei', 'Market', 100);
    expect(await offlineTotal(town)).toBe(whole);
    await syncs(town, 'Market', 'Mei');
    const text = await statement(giver);
    expect(text).toMatch(/^available +400$/m);
    const target = `target 65536 \\(category 5411, place 7, before ${day(4)}T00:00:00Z\\)`;
    expect(text).toMatch(new RegExp(`^given, of ${target} +500$`, 'm'));
  });

  it('has it back the day after, with what is left', async () => {
    const midnight_s = Date.parse(`${day(4)}T00:00:00Z`) / 1_000;
    town.world.pass(midnight_s - town.world.now_s - 60);
    await syncs(town, 'Mei');
    expect(await statement(giver)).toMatch(/^available +400$/m);
    town.world.pass(120);
    await syncs(town, 'Mei');
    const text = await statement(giver);
    expect(text).toMatch(/^available +900$/m);
    expect(text).toMatch(/expired +500 +available:/);
    expect(text).not.toContain('given, of');
    const audit = await run('audit');
    expect(`${audit.status} ${audit.out}`).toContain('all money is there');
  });

  it('shows the holder what lies in the account, which is loaded again as what it is', async () => {
    await run('give', `${giver}`, id('Mei'), '50', '--payee', id('Shop'));
    await syncs(town, 'Mei');
    await run('suspend', id('Mei'));
    await syncs(town, 'Mei');
    await run('suspend', id('Mei'), '--lift');
    const { account } = town.resident('Mei');
    const [, number] = /^for target (\d+) only \(payee [0-9a-f]{16}\) +50$/m.exec(await statement(account))!;
    const loaded = await run('load', `${account}`, id('Mei'), '50', '--purpose', number);
    expect(`${loaded.status} ${loaded.err}`).toBe('0 ');
    await syncs(town, 'Mei');
    await pays(town, 'Mei', 'Shop', 50);
    await syncs(town, 'Shop', 'Mei');
    const audit = await run('audit');
    expect(`${audit.status} ${audit.out}`).toContain('all money is there');
  });

  it('knows where a merchant stands by what its wallet was made with', async () => {
    const flash = temporary('placed.bin');
    const device = await serve(['--simulate', '--flash', flash]);
    const env = { XDG_STATE_HOME: temporary('give-state'), TAPNOTE_COUNTER_TOKEN: TOKEN };
    const made = ['--category', '5411', '--place', '9', '--amount', '0'];
    const { status, err } = await tapnote(['provision', '--port', device.port, '--bank', url, ...made], env);
    expect(`${status} ${err}`).toBe('0 ');
    expect((await tapnote(['inspect', flash])).out).toMatch(/merchant [0-9a-f]{16}, .*, place 9/);
    await device.kill();
  });

  it('says in a line what is wrong', async () => {
    const wrong = async (...args: string[]) => (await run('give', `${giver}`, ...args)).err;
    expect(await wrong(id('Mei'), '600', '--until', day(-1))).toContain('[bank-time]');
    expect(await wrong(id('Mei'), '999999')).toContain('[bank-funds]');
    expect(await wrong('00'.repeat(8), '1')).toContain('[bank-unknown-device]');
    expect(await wrong(id('Mei'), '1', '--payee', id('Mei'))).toContain('[bank-unknown-device]');
    for (const bad of [
      ['--place', '0'],
      ['--purpose', '65536'],
      ['--until', '2026-02-30'],
    ])
      expect(await wrong(id('Mei'), '1', ...bad), bad.join(' ')).toContain('[invalid-argument]');
  });
});
