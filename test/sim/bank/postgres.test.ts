import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Bank } from '../../../sim/bank/bank.js';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import { postgresPrograms, startPostgres } from '../../../sim/host/postgres-cluster.js';
import { skipWithout } from '../../support/external.js';
import { crypto, enrolDevice, openBank, START_S, seededEntropy, syncDevice } from './world.js';

const ROOT = new URL('../../..', import.meta.url).pathname;
const SUITES = [
  ...['bank', 'sync', 'transfers', 'double-spend', 'seams-money', 'pages', 'random'],
  ...['concurrency', 'loss', 'reserves', 'engine'],
  ...['bills', 'rules', 'fares', 'cheats', 'essentials'].map((name) => `platform/${name}`),
];

const programs = postgresPrograms();

describe.skipIf(skipWithout(programs !== undefined, 'a PostgreSQL server (Debian: postgresql)'))(
  'a bank',
  () => {
    it('passes its suite on a PostgreSQL server as on PGlite, and survives a broken connection', async () => {
      const { url, stop } = await startPostgres(programs!);
      try {
        const files = SUITES.map((name) => `test/sim/bank/${name}.test.ts`);
        const { stdout, stderr } = await promisify(execFile)('npx', ['vitest', 'run', ...files], {
          cwd: ROOT,
          env: { ...process.env, TAPNOTE_BANK_URL: url, NO_COLOR: '1' },
          maxBuffer: 1 << 26,
        }).catch((error: { stdout: string; stderr: string }) => error);
        expect(stdout, stderr).toMatch(
          new RegExp(`Test Files {2}${SUITES.length} passed \\(${SUITES.length}\\)`),
        );
        const engine = new PostgresEngine(url);
        const bank = await Bank.open({
          crypto,
          entropy: seededEntropy('x'),
          time_s: START_S,
          database: engine,
        });
        const account = await bank.createAccount(1, 'a');
        const kill = 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()';
        const other = new PostgresEngine(url);
        await other.transaction('bank', (sql) => sql.rows(kill));
        await bank.deposit(account, 5).catch(() => {}); // the one that finds the connection broken may fail
        await bank.deposit(account, 5);
        expect((await bank.balance(account)).available).toBeGreaterThanOrEqual(5);
        expect((await bank.audit()).faults).toEqual([]);
        await Promise.all([engine.close(), other.close()]);
      } finally {
        stop();
      }
    }, 900_000);

    it('whose connection is cut again and again brings every sync to its end, and books nothing twice', async () => {
      const { url, stop } = await startPostgres(programs!);
      const [engine, other] = [new PostgresEngine(url), new PostgresEngine(url)];
      try {
        const bank = await openBank({ database: engine });
        const payer = await enrolDevice(bank, 'payer', { money: 1_000 });
        const shops = [];
        for (let i = 0; i < 8; i++) shops.push(await enrolDevice(bank, `shop ${i}`, { settleTo: 'account' }));
        for (let n = 0; n < 40; n++) payer.book(shops[n % 8].take(payer.pay(shops[n % 8], 10)));
        const kill = 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()';
        const before = bank.tries.retries;
        // So often that one transaction is tried again every time, and not once too often.
        const cutting = (async () => {
          for (let cut = 0; cut < 8; cut++) {
            await new Promise((resolve) => setTimeout(resolve, 30));
            await other.transaction('public', (sql) => sql.rows(kill));
          }
        })();
        await Promise.all([cutting, ...[...shops, payer].map((device) => syncDevice(bank, device))]);
        expect(bank.tries.retries).toBeGreaterThan(before);
        expect(payer.held).toBe(600);
        for (const { identity } of shops) expect((await bank.balance(identity.account)).available).toBe(50);
        expect(await bank.audit()).toMatchObject({ ok: true, owed: [] });
      } finally {
        await Promise.all([engine.close(), other.close()]);
        stop();
      }
    });
  },
);
