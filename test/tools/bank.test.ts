import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BankClient } from '../../sim/bank/server/client.js';
import { encodeCbor } from '../../sim/bank/server/codec.js';
import { postgresPrograms, startPostgres } from '../../sim/host/postgres-cluster.js';
import { type Served, serve } from '../support/console.js';
import { skipWithout } from '../support/external.js';
import { failsWith, type Started, startTapnote, tapnote, temporary } from './run-cli.js';

const URL_SAID = /^bank: (\S+)\n.*Ctrl-C/ms;
const programs = postgresPrograms();
const skipped = skipWithout(programs !== undefined, 'PostgreSQL');

let folders = 0;
const fresh = (): string => temporary(`bank-${folders++}`);

describe('the folder of a bank', () => {
  const inside = ['sh', '-c', 'umask 022; exec "$@"', 'sh'];
  const modes = (...paths: string[]) => paths.map((path) => (statSync(path).mode & 0o777).toString(8));
  const serveOnce = async (data: string) => {
    const bank = await startTapnote(['bank', 'serve', '--data', data, '--port', '0'], URL_SAID, { inside });
    expect(await bank.end('SIGTERM')).toBe(0);
  };

  it('is made for its owner alone, and made so again when it has been opened to others', async () => {
    const data = fresh();
    await serveOnce(data);
    expect(modes(data, `${data}/bank`)).toEqual(['700', '700']);
    for (const path of [data, `${data}/bank`]) chmodSync(path, 0o755);
    await serveOnce(data);
    expect(modes(data, `${data}/bank`)).toEqual(['700', '700']);
  });

  it('keeps its books for its owner alone where other things lie beside them', async () => {
    const data = fresh();
    mkdirSync(data, { mode: 0o755 });
    chmodSync(data, 0o755);
    writeFileSync(`${data}/notes.txt`, 'of everybody');
    await serveOnce(data);
    expect(modes(data, `${data}/bank`)).toEqual(['755', '700']);
  });

  it('is for its owner alone as well when a device is provisioned from it', async () => {
    const [data, device] = [fresh(), await serve(['--simulate'])];
    const made = await tapnote(['provision', '--port', device.port, '--new-bank', data], {
      XDG_STATE_HOME: fresh(),
    });
    expect(`${made.status} ${made.err}`).toBe('0 ');
    expect(modes(data, `${data}/bank`)).toEqual(['700', '700']);
    await device.kill();
  });
});

describe('the currency of a bank', () => {
  it('is kept, and is that of its wallets: another one is refused before anything is made', async () => {
    const [data, device] = [fresh(), await serve(['--simulate'])];
    const start = (...more: string[]) =>
      startTapnote(['bank', 'serve', '--data', data, '--port', '0', ...more], URL_SAID);
    const first = await start('--currency', 'EUR');
    await first.end('SIGTERM');
    const wrong = await tapnote(['bank', 'serve', '--data', data, '--port', '0', '--currency', 'CNY']);
    expect([wrong.status, wrong.err]).toEqual([
      2,
      expect.stringContaining('it is a bank of EUR, not of CNY'),
    ]);
    const bank = await start();
    const at = ['--bank', bank.found, '--token-file', `${data}/counter-token`];
    const provision = ['provision', '--port', device.port, ...at];
    const foreign = await tapnote([...provision, '--currency', 'CNY']);
    expect([foreign.status, foreign.err]).toEqual([2, expect.stringContaining('[currency]')]);
    expect((await tapnote(['bank', 'audit', '--json', ...at])).out).not.toContain('CNY');
    expect((await tapnote([...provision, '--amount', '700'])).status).toBe(0);
    // Whoever makes it again hears what that does not change.
    const again = await tapnote([...provision, '--amount', '900', '--pin', '1234']);
    expect([again.status, again.out]).toEqual([
      0,
      expect.stringContaining('it was made before: --amount, --pin changed nothing'),
    ]);
    const { currencies, faults } = JSON.parse((await tapnote(['bank', 'audit', '--json', ...at])).out);
    expect(Object.keys(currencies)).toEqual(['EUR']);
    expect([faults, currencies.EUR.onDevices]).toEqual([[], 700]);
    // A second device of the account, and all that the first one has moves to it.
    const second = await serve(['--simulate']);
    expect((await tapnote(['provision', '--port', second.port, ...at, '--account', '1'])).status).toBe(0);
    const [from, to] = await Promise.all(
      [device, second].map(async ({ port }) => {
        const { out } = await tapnote(['provision', '--port', port, ...at]);
        return /device ([0-9a-f]{16}) is already a wallet of .*, account 1/.exec(out)![1];
      }),
    );
    expect((await tapnote(['bank', 'move', from, to, ...at])).status).toBe(0);
    for (const { port } of [device, second])
      expect((await tapnote(['sync', '--port', port, '--bank', bank.found])).status).toBe(0);
    const { out } = await tapnote(['bank', 'statement', '1', '--json', ...at]);
    expect(JSON.parse(out)).toMatchObject({ available: 0, offline: 700 });
    await device.kill();
    await second.kill();
    await bank.end('SIGTERM');
  });
});

describe('a bank that is served', () => {
  const folder = fresh();
  const token = `${folder}/counter-token`;
  let bank: Started;
  let device: Served | undefined;
  const start = () => startTapnote(['bank', 'serve', '--data', folder, '--port', '0'], URL_SAID);
  const counter = (...args: string[]) =>
    tapnote(['bank', ...args, '--bank', bank.found, '--token-file', token]);
  const told = async (...args: string[]) => JSON.parse((await counter(...args, '--json')).out);

  beforeAll(async () => {
    bank = await start();
  });
  afterAll(async () => {
    await device?.kill();
    await bank.end('SIGTERM');
  });

  it('keeps its token for its owner’s eyes, and tells it once', async () => {
    expect(statSync(token).mode & 0o777).toBe(0o600);
    expect(bank.said()).toMatch(/for its owner alone: [0-9a-f]{48}\n/);
    expect(await bank.end('SIGTERM')).toBe(0);
    bank = await start();
    expect(bank.said()).not.toContain('for its owner alone');
  });

  it('lives a whole life with a device: accounts, notes, syncs over the cable, books that agree', async () => {
    device = await serve(['--simulate']);
    const state = { XDG_STATE_HOME: fresh(), TAPNOTE_COUNTER_TOKEN_FILE: token };
    const at = ['--port', device.port, '--bank', bank.found];
    const provisioned = await tapnote(
      ['provision', ...at, '--name', 'Mei', '--amount', '700', '--tier', '0'],
      state,
    );
    expect(provisioned.err).toBe('');
    const [, id, account] = /device ([0-9a-f]{16}) is a wallet.*account (\d+)/s.exec(provisioned.out)!;
    expect((await counter('deposit', account, '300')).status).toBe(0);
    expect((await counter('load', account, id, '300')).out).toContain('at its next sync');
    expect(await told('statement', account)).toMatchObject({ available: 0, offline: 1_000 });
    expect((await counter('record', id, '--sequence', '1')).err).toContain('[bank-unknown-payment]');
    const [, last] = /--before (\d+)/.exec((await counter('statement', account, '--lines', '1')).out)!;
    const { history } = await told('statement', account, '--before', last);
    expect(history.length).toBe((await told('statement', account)).history.length - 2);
    const synced = await tapnote(['sync', ...at]);
    expect(`${synced.status} ${synced.err}`).toBe('0 ');
    expect(synced.out).toContain(`device ${id} has synced`);
    expect((await counter('limits', id, '--set', 'dayMax=4321')).out).toContain('at its next sync');
    expect(await told('limits', id)).toMatchObject({ dayMax: 4_321, paymentMax: 200_000 });
    expect((await counter('limits', id, '--set', 'tierMax=0,1,2')).status).toBe(2);
    await counter('limits', id, '--set', 'tierMax=0,1,2,3');
    expect(await told('limits', id)).toMatchObject({ tierMax: [0, 1, 2, 3], dayMax: 4_321 });
    await counter('unload', account, id, '250');
    expect((await tapnote(['sync', ...at])).status).toBe(0);
    await counter('withdraw', account, '50');
    expect(await told('statement', account)).toMatchObject({ available: 200, offline: 750 });
    expect((await counter('unlock', id)).status).toBe(0);
    expect((await counter('suspend', id)).out).toContain('is on the hot list');
    expect((await told('hot-list')).devices).toMatchObject([{ device: id, reason: 'suspended' }]);
    expect((await counter('suspend', id, '--lift')).out).toContain('is off the hot list');
    expect((await counter('suspend', id, '--lift')).err).toContain('[bank-not-suspended]');
    expect((await counter('recover', id)).err).toContain('[bank-not-lost]');
    expect(synced.out).not.toContain('any more');
    expect((await counter('lost', id)).status).toBe(0);
    expect((await counter('recover', id)).err).toMatch(/it can be had from \d+ on \[bank-not-yet\]\n$/);
    expect((await told('hot-list')).devices).toMatchObject([{ device: id, reason: 'lost' }]);
    const stopped = await tapnote(['sync', ...at]);
    expect(stopped.status).toBe(0);
    expect(stopped.out).toContain('it neither pays nor is paid any more: the bank has stopped it\n');
    expect(stopped.out).toContain('it holds no money: what it had has gone to its bank');
    expect(await told('statement', account)).toMatchObject({ available: 950, offline: 0 });
    const audit = await counter('audit');
    expect(`${audit.status} ${audit.out}`).toContain('all money is there');
    expect((await counter('proofs')).out).toContain('nobody has cheated');
  });

  it('renews the key of an operator, and the certificate of a device that comes to sync', async () => {
    const [data, other] = [fresh(), await serve(['--simulate'])];
    const days = ['--certificate-days', '20'];
    const renewing = await startTapnote(['bank', 'serve', '--data', data, '--port', '0', ...days], URL_SAID);
    const at = ['--bank', renewing.found, '--token-file', `${data}/counter-token`];
    const made = await tapnote(
      ['provision', '--port', other.port, '--bank', renewing.found, '--token-file', `${data}/counter-token`],
      { XDG_STATE_HOME: fresh() },
    );
    expect(made.err).toBe('');
    expect((await tapnote(['bank', 'renew-key', '9', ...at])).err).toContain('[bank-unknown-operator]');
    const renewed = await tapnote(['bank', 'renew-key', '1', '--in-days', '30', ...at]);
    expect(`${renewed.status} ${renewed.out}`).toMatch(/^0 operator 1, key 1: in use from .*, holds until /);
    expect((await tapnote(['bank', 'renew-key', '1', ...at])).err).toContain('[bank-endorsements]');
    const keys = JSON.parse((await tapnote(['bank', 'keys', '--json', ...at])).out);
    expect(keys).toMatchObject([
      { operator: 1, version: 0 },
      { operator: 2, version: 0 },
      { operator: 1, version: 1 },
    ]);
    const states = async () =>
      JSON.parse((await tapnote(['bank', 'keys', '--json', ...at])).out).map(
        ({ state }: { state: string }) => state,
      );
    expect(await states()).toEqual(['signs', 'signs', 'waits']);
    await tapnote(['bank', 'tick', '--days', '40', ...at]);
    expect(await states()).toEqual(['replaced', 'signs', 'signs']);
    expect((await tapnote(['bank', 'keys', ...at])).out).toMatch(/^operator 1 +key 1 +signs +from /m);
    const stranger = await tapnote(['sync', '--port', other.port, '--bank', bank.found]);
    expect([stranger.status, stranger.err]).toEqual([
      1,
      expect.stringMatching(/not a bank that it believes, most likely not its own.* \[sync-ended\]\n$/),
    ]);
    const synced = await tapnote(['sync', '--port', other.port, '--bank', renewing.found]);
    expect(`${synced.status} ${synced.err}`).toBe('0 ');
    // Its clock is 40 days on, and its first certificate ended after 20.
    const condition = await tapnote(['doctor', '--port', other.port]);
    expect(condition.out).toMatch(/^wallet +active/m);
    const reserves = await tapnote(['bank', 'reserves', '1', '--ratio', '100', '--json', ...at]);
    expect(JSON.parse(reserves.out)).toMatchObject({
      frozen: 1e12,
      permille: 100,
      quota: 1e13 - 10_000,
      backing: 10_000,
    });
    const released = await tapnote(['bank', 'reserves', '1', '--release', '2000000000', '--json', ...at]);
    expect(JSON.parse(released.out)).toMatchObject({ free: 2e9, frozen: 1e12 - 2e9 });
    expect((await tapnote(['bank', 'reserves', '1', '--ratio', '0', ...at])).status).toBe(2);
    expect((await tapnote(['bank', 'audit', ...at])).out).toContain('all money is there');
    await other.kill();
    await renewing.end('SIGTERM');
  });

  it('keeps its books over an end, and over a pulled plug', async () => {
    const { account } = await told('account', 'shop', '--settle-to', 'account');
    await counter('deposit', `${account}`, '25');
    await bank.end('SIGTERM');
    bank = await start();
    expect(await told('statement', `${account}`)).toMatchObject({ available: 25 });
    await bank.end('SIGKILL');
    bank = await start();
    expect(await told('statement', `${account}`)).toMatchObject({ available: 25 });
  });

  it('pays out for an unregistered device by its password alone', async () => {
    const [password, another] = ['tern-and-plover', 'plover-and-tern'].map((text) => temporary(text, text));
    const walker = await serve(['--simulate']);
    const key = ['--bank', bank.found, '--token-file', token];
    const reserving = ['--withdrawal-password-file', password];
    const provision = ['provision', '--port', walker.port, ...key, ...reserving];
    expect((await tapnote([...provision, '--amount', '7'])).status).toBe(2);
    const made = await tapnote(provision, { XDG_STATE_HOME: fresh() });
    const [, id, account] = /device ([0-9a-f]{16}) is a wallet.*account (\d+)/s.exec(made.out)!;
    expect((await counter('deposit', account, '5')).err).toContain('[bank-unregistered]');
    const payOut = (file: string, ...more: string[]) =>
      counter('pay-out', id, '--password-file', file, ...more);
    const wrong = await payOut(another, '--operator', '2');
    expect([wrong.status, wrong.err]).toEqual([1, expect.stringContaining('4 more may be tried')]);
    expect((await payOut(password, '--next-password-file', another)).err).toContain('[bank-funds]');
    expect((await payOut(password)).err).toContain('[bank-password]');
    expect((await payOut(temporary('short', 'tern'))).err).toContain('[password]');
    expect(bank.said() + made.out + wrong.out).not.toMatch(/plover/);
    await walker.kill();
  });

  it('gives back what was on a lost device, or nothing, by the rule that it was made with', async () => {
    for (const [rule, told] of [
      ['recovered', 'came back to its account: 700'],
      ['forfeited', '[bank-forfeited]'],
    ]) {
      const data = fresh();
      const other = await startTapnote(
        ['bank', 'serve', '--data', data, '--port', '0', '--lost-money', rule],
        URL_SAID,
      );
      const lost = await serve(['--simulate']);
      const at = ['--bank', other.found];
      const key = ['--token-file', `${data}/counter-token`];
      const made = await tapnote(['provision', '--port', lost.port, ...at, ...key, '--amount', '700'], {
        XDG_STATE_HOME: fresh(),
      });
      const [, id] = /device ([0-9a-f]{16}) is a wallet/.exec(made.out)!;
      await tapnote(['bank', 'lost', id, ...at, ...key]);
      await tapnote(['bank', 'tick', '--days', '211', ...at, ...key]);
      const recovered = await tapnote(['bank', 'recover', id, ...at, ...key]);
      expect(recovered.out + recovered.err).toContain(told);
      const audit = await tapnote(['bank', 'audit', ...at, ...key]);
      expect(audit.out).toContain('all money is there');
      await lost.kill();
      await other.end('SIGTERM');
    }
  });

  it('opens its counter to nobody without the token', async () => {
    const none = await tapnote(['bank', 'audit', '--bank', bank.found], { TAPNOTE_COUNTER_TOKEN_FILE: '' });
    expect([none.status, none.err]).toEqual([2, failsWith('no-token')]);
    const wrong = temporary('wrong-token', 'x'.repeat(48));
    const refused = await tapnote(['bank', 'audit', '--bank', bank.found, '--token-file', wrong]);
    expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('[bank-unauthorized]')]);
    const short = temporary('short-token', 'x');
    const unusable = await tapnote(['bank', 'audit', '--bank', bank.found, '--token-file', short]);
    expect([unusable.status, unusable.err]).toEqual([2, expect.stringContaining('[token]')]);
    device ??= await serve(['--simulate']);
    const provision = await tapnote(['provision', '--port', device.port, '--bank', bank.found], {
      TAPNOTE_COUNTER_TOKEN_FILE: '',
      XDG_STATE_HOME: fresh(),
    });
    expect([provision.status, provision.err]).toEqual([2, expect.stringContaining('[no-token]')]);
  });

  it('does once what is asked twice under one key', async () => {
    const { account } = await told('account', 'twice');
    const send = (amount: number) =>
      fetch(`${bank.found}/v1/deposit`, {
        method: 'POST',
        headers: {
          'content-type': 'application/cbor',
          authorization: `Bearer ${readFileSync(token, 'utf8').trim()}`,
          'idempotency-key': 'the-same',
        },
        body: new Uint8Array(encodeCbor({ account, amount })),
      });
    const both = await Promise.all([send(40), send(40)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await send(41)).status).toBe(409);
    expect(await told('statement', `${account}`)).toMatchObject({ available: 40 });
  });

  it('says in one line what is wrong with how it is begun', async () => {
    const file = temporary('no-folder', 'text');
    for (const [args, code] of [
      [[], 'missing-option'],
      [['--data', fresh(), '--database', 'postgres://127.0.0.1:9/x'], 'conflicting-options'],
      [['--data', file], 'file-unwritable'],
      [['--data', folder], 'bank-folder'],
      [['--data', fresh(), '--port', new URL(bank.found).port], 'port'],
      [['--database', 'mysql://x', '--token-file', fresh()], 'database-url'],
      [['--database', 'postgres://127.0.0.1:9/x'], 'missing-option'],
      [['--data', fresh(), '--currency', 'yuan'], 'invalid-argument'],
    ] as const) {
      const { status, out, err } = await tapnote(['bank', 'serve', ...args]);
      expect([status, out, err]).toEqual([2, '', failsWith(code)]);
    }
    const secret = ['--database', 'postgres://me:hush@127.0.0.1:9/x', '--token-file', fresh()];
    const dead = await tapnote(['bank', 'serve', ...secret]);
    expect([dead.status, dead.err]).toEqual([3, failsWith('database')]);
    expect(dead.err).not.toContain('hush');
    const two = 'postgres://me:hush@127.0.0.1:9,no-such-host.invalid:7/x';
    const both = await tapnote(['bank', 'serve', '--database', two, '--token-file', fresh()]);
    expect([both.status, both.err]).toEqual([
      3,
      expect.stringMatching(
        / 127\.0\.0\.1:9: .*ECONNREFUSED.*; no-such-host\.invalid:7: .*(ENOTFOUND|EAI_AGAIN).*$/m,
      ),
    ]);
    expect(both.err).not.toContain('hush');
  });

  it('makes no token when it cannot be served, so that the next start tells it', async () => {
    const other = fresh();
    const taken = await tapnote(['bank', 'serve', '--data', other, '--port', new URL(bank.found).port]);
    expect([taken.status, taken.err]).toEqual([2, expect.stringContaining('it is in use')]);
    const next = await startTapnote(['bank', 'serve', '--data', other, '--port', '0'], URL_SAID);
    expect(next.said()).toContain('for its owner alone');
    await next.end('SIGTERM');
  });

  it('tells a browser that it is there, and Prometheus how it is', async () => {
    const page = await (await fetch(bank.found)).text();
    expect(page).toContain(/root key: (\w+)/.exec(bank.said())![1]);
    const metrics = await (await fetch(`${bank.found}/metrics`)).text();
    expect(metrics).toMatch(/^tapnote_requests_total\{path="\/v1\/deposit",status="200"\} \d+$/m);
  });
});

describe.skipIf(skipped)('a bank on a PostgreSQL server', () => {
  let cluster: Awaited<ReturnType<typeof startPostgres>>;
  let bank: Started | undefined;
  beforeAll(async () => {
    cluster = await startPostgres(programs!);
  });
  afterEach(() => bank?.end('SIGTERM'));
  afterAll(() => cluster.stop());

  it('is made there, and found again', async () => {
    const token = temporary('server-token');
    writeFileSync(token, 'a-token-of-the-counter-for-this-test');
    const args = ['bank', 'serve', '--database', cluster.url, '--token-file', token, '--port', '0'];
    bank = await startTapnote(args, URL_SAID);
    const account = await new BankClient(bank.found, 'a-token-of-the-counter-for-this-test').createAccount(
      1,
      'a',
    );
    await bank.end('SIGTERM');
    bank = await startTapnote(args, URL_SAID);
    const client = new BankClient(bank.found, 'a-token-of-the-counter-for-this-test');
    await client.deposit(account, 9);
    expect(await client.balance(account)).toMatchObject({ available: 9 });
  });
});
