import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountCertificate } from '../../firmware/account/account-certificate.js';
import { AccountCode } from '../../firmware/account/account-code.js';
import { BillKind } from '../../firmware/account/bill.js';
import { opensslCrypto as crypto } from '../../hal/crypto/openssl.js';
import type { Bank } from '../../sim/bank/bank.js';
import { hex } from '../../sim/bank/bytes.js';
import { BankServer } from '../../sim/bank/server/http.js';
import { FARES } from '../firmware/account/fares.js';
import { Till, User } from '../sim/bank/platform/world.js';
import { openBank } from '../sim/bank/world.js';
import { TOKEN } from '../support/counter-token.js';
import { failsWith, tapnote, temporary } from './run-cli.js';

const userKey = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(7));

describe('tapnote bank, as a platform', () => {
  const key = temporary('platform-key');
  const certificate = temporary('certificate');
  const till = temporary('platform-till');
  let bank: Bank;
  let server: BankServer;
  let url: string;
  let terminal: string;
  const run = (...args: string[]) =>
    tapnote(['bank', ...args, '--bank', url], { TAPNOTE_COUNTER_TOKEN: TOKEN });
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out);
  const told = async (...args: string[]) => {
    const { status, out, err } = await run(...args);
    expect(`${status} ${err}`).toBe('0 ');
    return out;
  };
  let counter = 0;
  const code = (amount?: number): string => {
    const first = AccountCertificate.parse(Uint8Array.from(readFileSync(certificate)))!;
    const fields = { created_s: bank.time_s, validity_s: 60, counter: ++counter, amount };
    return AccountCode.build(crypto, userKey, first, fields).text;
  };
  const scan = (text: string, amount: number, ...args: string[]) =>
    tapnote([
      ...['pos', 'scan', text, '--platform', key, '--amount', `${amount}`, '--state', till],
      ...['--time', `${bank.time_s}`, ...args],
    ]);
  const upload = () => tapnote(['pos', 'upload', till, '--bank', url, '--platform', key]);
  /** Cash of 1,000 came in, and 300 of it went out: all accounts together have it, less what is owed. */
  const conserved = async (cash: number) => {
    const { faults, currencies } = await bank.audit();
    expect(faults).toEqual([]);
    expect(currencies.CNY.available - currencies.CNY.overdrawn).toBe(cash);
  };

  beforeAll(async () => {
    bank = await openBank();
    server = new BankServer(bank, { token: TOKEN });
    url = await server.listen();
  });
  afterAll(() => server.close());

  it('certifies a user, whose real terminal books offline, and is paid when its bills come', async () => {
    expect((await run('platform', '1')).err).toEqual(failsWith('bank-platform'));
    expect(await told('platform', '1', '--make', '--out', key)).toMatch(/^[0-9a-f]{64}\n$/);
    for (const name of ['Mei', 'Canteen']) await told('account', name);
    await told('deposit', '1', '1000');
    expect(await told('credit', '1', '--line', '500', '--quota', '800', '--days', '2')).toMatch(
      /^quota +800$/m,
    );
    await told('certificate', '1', '--key', hex(userKey.subarray(32)), '--out', certificate);
    await scan('TN1:', 1); // No code: it makes the terminal's key.
    terminal = (await json('terminal', 'add', join(till, 'terminal-key'), '2')).terminal;
    expect((await scan(code(), 600)).err).toBe('');
    expect((await scan(code(150), 150)).err).toBe('');
    const uploaded = await upload();
    expect([uploaded.status, uploaded.err]).toEqual([0, '']);
    expect(await told('statement', '1')).toMatch(/^available +250$/m);
    expect(await told('statement', '2')).toMatch(/^available +750$/m);
    expect(await told('bills', terminal)).toMatch(/:2 .* sale +code +150 +account 1 +paid\n/);
    expect(await told('terminal', 'list')).toMatch(/account 2 +2 bills/);
    await conserved(1_000);
  });

  it('tells what is owed, by whom and in what state, and takes it from the next deposit', async () => {
    await bank.withdraw(1, 200);
    const more = await run('certificate', '1', '--key', hex(userKey.subarray(32)), '--out', certificate);
    expect(more.err).toEqual(failsWith('bank-promised'));
    await told('credit', '1', '--quota', '100');
    await told('certificate', '1', '--key', hex(userKey.subarray(32)), '--out', certificate);
    expect((await scan(code(), 90)).err).toBe('');
    expect((await upload()).err).toBe('');
    expect(await told('debts')).toMatch(/^account 1 +0\.40 CNY +advanced +since .* bill [0-9a-f]{16}:3$/m);
    expect((await run('audit')).out).toMatch(
      /^ {2}available +[\d.,]+\.\d\d$[\s\S]*^advanced: 0\.40 CNY, for bills of account 1$/m,
    );
    expect((await run('leave', '1')).err).toEqual(failsWith('bank-debt'));
    const name = `${terminal}:3`;
    expect(await told('dispute', name)).toContain('open; the user has signed no amount');
    expect(await json('debts', '1')).toMatchObject([{ state: 'disputed', remaining: 40 }]);
    expect(await told('dispute', name, '--for', 'site')).toContain('decided for the site');
    await told('deposit', '1', '100');
    expect(await told('debts')).toBe('nobody owes anything\n');
    expect(await told('credit-record', '1')).toBe('nothing is held against it\n');
    await conserved(900);
  });

  it('has fare tables of networks, and tells journeys', async () => {
    for (const name of ['Ana', 'Metro']) await told('account', name);
    await told('deposit', '3', '2000');
    const user = await User.at(bank, 3, { quota: 2_000 });
    await user.certify();
    const [gateIn, gateOut] = [await Till.of(bank, { account: 4 }), await Till.of(bank, { account: 4 })];
    expect(await told('fares', 'show', '4')).toBe('no fare table\n');
    expect(await told('journeys', '3')).toBe('no journeys\n');
    const table = temporary('fares.json', JSON.stringify(FARES));
    expect(await told('fares', 'set', '4', table)).toBe('fares of account 4: 4 stations\n');
    expect(await told('fares', 'show', '4')).toMatch(
      /^maximum +800$[\s\S]*^zone 2 +stations 4 +fares 500, 400, 200$/m,
    );
    const [now] = await json('fares', 'show', '4');
    expect(now).toEqual({ from_s: bank.time_s, fares: FARES });
    gateIn.sell(user.code(), FARES.maximum, { kind: BillKind.entry, place: 1 });
    const time_s = bank.time_s + 60;
    gateOut.sell(user.code(undefined, { time_s }), FARES.maximum, { kind: BillKind.exit, place: 4, time_s });
    await gateIn.upload();
    expect(await told('journeys', '3')).toMatch(/^account 4 +1 +\S.* no exit +fare 800 +charged 800$/m);
    await gateOut.upload();
    expect(await told('journeys', '3', '--days', '1')).toMatch(
      /^account 4 +1 +.* 4 .* fare 500 +charged 500$/m,
    );
    expect(await json('journeys', '3')).toMatchObject([{ site: 4, charge: 500, exit: { station: 4 } }]);
    expect(await told('statement', '3')).toMatch(/^available +1500$/m);
    expect(await told('statement', '4')).toMatch(/^available +500$/m);
    await conserved(2_900);
  });

  it('refuses fare tables that are none, and leaves the one that holds', async () => {
    const set = async (text: string) =>
      (await run('fares', 'set', '4', temporary('no-fares.json', text))).err;
    expect(await set('{')).toEqual(failsWith('json-syntax'));
    for (const wrong of ['null', '[]', '{}', JSON.stringify({ ...FARES, flat: -1 })])
      expect(await set(wrong), wrong).toEqual(failsWith('bank-malformed'));
    expect(await set(JSON.stringify({ ...FARES, maximum: 499 }))).toEqual(failsWith('bank-fares'));
    expect((await run('fares', 'set', '99', temporary('fares.json', JSON.stringify(FARES)))).err).toEqual(
      failsWith('bank-unknown-account'),
    );
    expect(await json('fares', 'show', '4')).toMatchObject([{ fares: FARES }]);
    expect((await run('journeys', '99')).err).toEqual(failsWith('bank-unknown-account'));
  });

  it('takes certificates back, and suspends terminals', async () => {
    const { serial } = AccountCertificate.parse(Uint8Array.from(readFileSync(certificate)))!;
    await told('revoke', `${serial}`);
    expect(await told('deny-list', '1')).toBe(`${serial}\n`);
    expect((await run('revoke', '99')).err).toEqual(failsWith('bank-unknown-certificate'));
    const list = temporary('deny-of-platform');
    const fetchList = () => tapnote(['pos', 'deny-list', 'fetch', list, '--platform', key, '--bank', url]);
    expect((await fetchList()).out).toMatch(/: version 2 of .*, 1 denied\n$/);
    expect((await fetchList()).out).toContain('nothing newer than version 2');
    expect((await scan(code(), 5, '--deny', list)).err).toEqual(failsWith('code-hot-listed'));
    const nobodys = ['--platform', '00'.repeat(32), '--bank', url];
    const none = await tapnote(['pos', 'deny-list', 'fetch', temporary('no-deny'), ...nobodys]);
    expect(none.err).toEqual(failsWith('bank-platform'));
    await told('terminal', 'suspend', terminal);
    expect((await run('terminal', 'suspend', terminal)).err).toEqual(failsWith('bank-terminal'));
    expect((await scan(code(), 5)).err).toBe('');
    await upload();
    expect(await told('bills', '2', '--lines', '1')).toContain('suspended');
    await told('terminal', 'lift', terminal);
    expect(await told('terminal', 'forks')).toBe('no terminal has forked\n');
    expect(await told('leave', '1')).toMatch(/^account 1 leaves since .*: \d+ of it may be billed still$/m);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^tapnote_bills_total 4$/m);
    expect(metrics).toMatch(/^tapnote_bills_aside_total 1$/m);
    await conserved(2_900);
  });
});
