import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../firmware/protocol/refusal.js';
import { hex } from '../../sim/bank/bytes.js';
import { BankServer } from '../../sim/bank/server/http.js';
import type { Town } from '../../sim/world/town.js';
import { csv } from '../../tools/cli/bank/statement.js';
import { TOKEN } from '../support/counter-token.js';
import { leavesInFlight, offlineTotal, pays, syncs, townOf } from '../support/town.js';
import { tapnote } from './run-cli.js';

/** The fields of RFC 4180, by one who knows nothing of ours. */
const parsed = (text: string): string[][] => {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows[rows.length - 1].push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
};

describe('rows for a sheet', () => {
  it('are read as they were written, whatever is in them', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', ' ', 'é', '=') });
    const safe = text.filter((each) => !/^[=+\-@\t\r]/.test(each));
    const row = fc.array(safe, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        expect(parsed(csv(rows))).toEqual(rows);
      }),
    );
  });

  it('are no formulas, and amounts are numbers', () => {
    for (const formula of ['=1+1', '+1', '-1', '@a', '\t=1'])
      expect(parsed(csv([[formula, -5]]))).toEqual([[`'${formula}`, '-5']]);
  });
});

describe('a merchant’s account', () => {
  let town: Town;
  let server: BankServer;
  let url: string;
  let account: number;
  const day = () => new Date(town.world.now_s * 1_000).toISOString().slice(0, 10);
  const id = (name: string) => hex(town.resident(name).id);
  const run = (...args: string[]) =>
    tapnote(['bank', ...args, '--bank', url], { TAPNOTE_COUNTER_TOKEN: TOKEN });

  beforeAll(async () => {
    town = await townOf({ Mei: { loaded: 1_000 }, 'Till 1': { category: 5812 } });
    account = town.resident('Till 1').account;
    await town.enrol('Till 2', { account, category: 5812 });
    for (const amount of [30, 50]) await pays(town, 'Mei', 'Till 1', amount);
    await syncs(town, 'Till 1');
    const whole = await offlineTotal(town);
    const refund = town.resident('Till 1').device.terminal.order('push', 20);
    expect(town.touch('Till 1', 'Mei', { ...refund, refund: {} }).result?.refusal?.why).toBe(Refusal.notSold);
    expect(town.touch('Till 1', 'Mei', refund).result?.outcome).toBe('paid');
    await pays(town, 'Mei', 'Till 2', 100);
    expect(await offlineTotal(town)).toBe(whole);
    await leavesInFlight(town, 'Mei', 'Till 2', 7);
    await syncs(town, 'Mei', 'Till 1');
    server = new BankServer(town.bank, { token: TOKEN });
    url = await server.listen();
  });
  afterAll(() => server.close());

  it('is told what each terminal took, paid back and has not brought yet', async () => {
    const rows = (await run('day', `${account}`, day(), '--csv')).out;
    const [head, ...terminals] = parsed(rows);
    expect(head.join(',')).toBe(
      'terminal,taken,taken_count,paid,paid_count,refunded,refunded_count,open,open_count',
    );
    const of = (name: string) => terminals.find(([terminal]) => terminal === id(name))?.slice(1);
    expect(of('Till 1')).toEqual(['80', '2', '20', '1', '20', '1', '0', '0']);
    expect(of('Till 2')).toEqual(['100', '1', '0', '0', '0', '0', '7', '1']);
    expect((await run('day', `${account}`, day(), '--text')).out).toMatch(
      /\nall +180 +3 +20 +1 +20 +1 +7 +1\n/,
    );
    expect((await run('day', `${account}`, '2020-02-29', '--csv')).out).toContain(`${id('Till 1')},0,0,0,0`);
    for (const wrong of ['2026-02-30', 'today'])
      expect((await run('day', `${account}`, wrong)).err).toContain('[invalid-argument]');
    expect((await run('day', '999', day())).err).toContain('[bank-unknown-account]');
  });

  it('sees which sale a refund was of, on both sides’ statements', async () => {
    const text = (await run('day', `${account}`, day(), '--text')).out;
    const [, refund, sale] = /\nrefund ([0-9a-f]{8}) +20 +of sale ([0-9a-f]{8})\n$/.exec(text) ?? [];
    for (const of of [account, town.resident('Mei').account]) {
      const rows = parsed((await run('statement', `${of}`, '--csv')).out).slice(1);
      const [tied] = rows.filter((row) => row[6] !== '');
      expect([tied[5].slice(0, 8), tied[6].slice(0, 8)]).toEqual([refund, sale]);
      expect(rows.find((row) => row[5] === tied[6])?.[2]).toMatch(/^-?50$/);
      expect((await run('statement', `${of}`)).out).toMatch(new RegExp(`${refund} +refund of ${sale}\n`));
    }
  });

  it('has a statement as rows and as text, which say the same', async () => {
    const { out } = await run('statement', `${account}`, '--csv');
    const [head, ...rows] = parsed(out);
    expect(head).toEqual(['time', 'reason', 'amount', 'currency', 'place', 'reference', 'refund_of']);
    const held = rows.reduce((sum, [, , amount]) => sum + Number(amount), 0);
    expect(held).toBe(160);
    const text = (await run('statement', `${account}`, '--text')).out;
    expect(text).toBe((await run('statement', `${account}`)).out);
    for (const [, reason, amount, , place] of rows)
      expect(text).toMatch(new RegExp(`${reason} +${amount} +${place}`));
    expect((await run('statement', `${account}`, '--csv', '--json')).err).toContain('[conflicting-options]');
  });

  it('moves one of its terminals to another device of it alone', async () => {
    const wrong = await run('move', id('Till 1'), id('Mei'));
    expect(wrong.err).toContain('[bank-unknown-device]');
    expect((await run('move', id('Till 1'), id('Till 2'))).out).toContain('syncs once more');
    await syncs(town, 'Till 1', 'Till 2');
    expect(town.resident('Till 2').device.wallet.ledger.held).toBe(160);
    expect((await town.bank.audit()).faults).toEqual([]);
  });
});
