import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Bank } from '../../../sim/bank/bank.js';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import { skipWithout } from '../../support/external.js';
import { postgresPrograms, startPostgres } from '../../support/postgres.js';
import { crypto, START_S, seededEntropy } from './world.js';

const ROOT = new URL('../../..', import.meta.url).pathname;
const SUITES = ['bank', 'sync', 'transfers', 'double-spend', 'seams-money', 'pages', 'random'];

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
  },
);
