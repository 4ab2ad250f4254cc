import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatabaseUrlError, parseDatabaseUrl } from '../../../sim/bank/db/hosts.js';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import { CommitUnknown } from '../../../sim/bank/db/retries.js';
import { postgresPrograms } from '../../../sim/host/postgres-cluster.js';
import { PostgresPair } from '../../../sim/host/postgres-pair.js';
import { failoverDay } from '../../../tools/failover/market-day.js';
import { skipWithout } from '../../support/external.js';

describe('the URL of a database', () => {
  it('has a URL for each of its hosts, with what they have in common', () => {
    const url =
      'postgresql://ann:a%2Cb@one:5433,two,[::1]:5434/bank?target_session_attrs=read-write&sslmode=disable';
    expect(parseDatabaseUrl(url)).toEqual({
      urls: ['one:5433', 'two:5432', '[::1]:5434'].map(
        (host) => `postgresql://ann:a%2Cb@${host}/bank?sslmode=disable`,
      ),
      names: ['one:5433', 'two:5432', '[::1]:5434'],
      connect_ms: 5_000,
    });
    expect(parseDatabaseUrl('postgres://one?connect_timeout=7')).toMatchObject({
      urls: ['postgres://one:5432'],
      connect_ms: 7_000,
    });
  });

  it.each([
    ['', 'expected postgres'],
    ['mysql://one/bank', 'expected postgres'],
    ['postgres://', 'expected postgres'],
    ['postgres://one:x/bank', 'each host'],
    ['postgres://one:0/bank', 'each host'],
    ['postgres://one:65536/bank', 'each host'],
    ['postgres://one,/bank', 'each host'],
    ['postgres://one,,two/bank', 'each host'],
    ['postgres://one two/bank', 'each host'],
    ['postgres://[::1/bank', 'each host'],
    ['postgres://one/bank?target_session_attrs=read-only', 'read-write'],
    ['postgres://one/bank?target_session_attrs=standby', 'read-write'],
    ['postgres://one/bank?target_session_attrs=any&target_session_attrs=standby', 'read-write'],
    ['postgres://ann:se@cret@one/bank', 'each host'],
    ['postgres://ann:se@other,cret@one/bank', 'each host'],
    ['postgres://one%2ftwo/bank', 'each host'],
    ['postgres://one,two/bank?host=three', 'host:'],
    ['postgres://one/bank?port=1', 'port:'],
    ['postgres://one/bank?options=-c%20client_min_messages%3Derror', 'options:'],
    ['postgres://one/bank?connect_timeout=0', 'connect_timeout'],
    ['postgres://one/bank?connect_timeout=1e3', 'connect_timeout'],
  ])('that is %s says in a line what is wrong', (url, why) => {
    expect(() => parseDatabaseUrl(url)).toThrow(DatabaseUrlError);
    expect(() => parseDatabaseUrl(url)).toThrow(why);
  });

  it('is taken apart or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          for (const url of parseDatabaseUrl(`postgres://${text}`).urls) expect(URL.canParse(url)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(DatabaseUrlError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

const programs = postgresPrograms();

describe.skipIf(skipWithout(programs !== undefined, 'a PostgreSQL server (Debian: postgresql)'))(
  'a database with a standby',
  () => {
    it('loses its primary in a market day, three times: no payment is lost or doubled', async () => {
      const day = await failoverDay(programs!, 3, 1);
      expect(day.faults).toEqual([]);
      expect(day.outages_ms).toHaveLength(3);
      expect(Math.min(day.payments, day.deposits)).toBeGreaterThan(3);
    });

    it('is looked for from host to host, and a standby is passed by', async () => {
      const pair = await PostgresPair.start(programs!);
      const [first, second] = parseDatabaseUrl(pair.url).names;
      const engine = new PostgresEngine(`postgres://tapnote@127.0.0.1:1,${second},${first}/postgres`);
      try {
        const [{ port }] = await engine.transaction('public', (sql) =>
          sql.rows<{ port: number }>('select inet_server_port() as port'),
        );
        expect(`127.0.0.1:${port}`).toBe(first);
        const alone = new PostgresEngine(`postgres://tapnote@${second}/postgres`);
        const refused = alone.transaction('public', (sql) => sql.rows('select 1'));
        await expect(refused).rejects.toMatchObject({ code: '25006' });
        await alone.close();
      } finally {
        await engine.close();
        await pair.stop();
      }
    });

    it('whose wait is called off has not committed for certain, and nobody reads what may be lost', async () => {
      const pair = await PostgresPair.start(programs!);
      const engine = new PostgresEngine(pair.url);
      const insert = () => engine.transaction('public', (sql) => sql.rows('insert into notes values (1)'));
      const count = async () => {
        const rows = await engine.transaction('public', (sql) =>
          sql.rows<{ n: number }>('select count(*) as n from notes'),
        );
        return rows[0].n;
      };
      const callOff = async () => {
        while ((await pair.callOffWaits()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      };
      try {
        await engine.transaction('public', (sql) => sql.script('create table notes (n integer)'));
        await pair.pauseStandby();
        const unknown = insert();
        await Promise.all([callOff(), expect(unknown).rejects.toBeInstanceOf(CommitUnknown)]);
        // It is there, on this server. A reader waits for the standby as well, and is told no more than it.
        const read = count();
        await Promise.all([callOff(), expect(read).rejects.toBeInstanceOf(CommitUnknown)]);
        pair.killPrimary();
        await pair.resumeStandby();
        await pair.promote();
        await expect(untilAnswered(count)).resolves.toBe(0);
        await insert();
        expect(await count()).toBe(1);
      } finally {
        await engine.close();
        await pair.stop();
      }
    });
  },
);

async function untilAnswered<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
