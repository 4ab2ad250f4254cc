import { expect, it } from 'vitest';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import { BankClient } from '../../../sim/bank/server/client.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { postgresPrograms, startPostgres } from '../../../sim/host/postgres-cluster.js';
import { TOKEN } from '../../support/counter-token.js';
import { skipWithout } from '../../support/external.js';
import { enrolDevice, openBank } from './world.js';

const programs = postgresPrograms();

it.skipIf(skipWithout(programs !== undefined, 'a PostgreSQL server (Debian: postgresql)'))(
  'a bank whose database vanishes says so, and serves again when it is back: nothing is lost or doubled',
  async () => {
    const cluster = await startPostgres(programs!);
    const engine = new PostgresEngine(cluster.url);
    const faults: { err?: Error }[] = [];
    const log = { info() {}, error: (what: object) => void faults.push(what) };
    try {
      const bank = await openBank({ database: engine });
      const server = new BankServer(bank, { token: TOKEN, log });
      const url = await server.listen();
      const client = new BankClient(url, TOKEN);
      const payer = await enrolDevice(bank, 'payer', { money: 100 });
      const shop = await enrolDevice(bank, 'shop', { settleTo: 'account' });
      payer.book(shop.take(payer.pay(shop, 40)));
      const { account } = shop.identity;
      const line = client.openSync();
      let messages = 0;
      const torn = shop.sync(async (message) => {
        if (++messages === 3) cluster.kill();
        return line.step(message);
      });
      await expect(torn).rejects.toMatchObject({ code: 'internal' });
      await expect(client.deposit(account, 7)).rejects.toMatchObject({
        code: 'internal',
        message: 'a fault of the bank',
      });
      expect((await fetch(url)).status).toBe(200);
      expect(faults.length).toBeGreaterThanOrEqual(2);
      cluster.restart();
      await client.deposit(account, 7);
      for (const device of [shop, payer]) {
        const again = client.openSync();
        await device.sync((message) => again.step(message));
      }
      expect((await client.balance(account)).available).toBe(47);
      expect(payer.held).toBe(60);
      expect(await client.audit()).toMatchObject({ ok: true, owed: [] });
      await server.close();
    } finally {
      await engine.close();
      cluster.stop();
    }
  },
);
