/** A bank in a process of its own, so that nobody else's processor time is counted with its own. */
import { hostCrypto } from '../../../hal/crypto/host.js';
import { Bank } from '../../../sim/bank/bank.js';
import { type Engine, engineOf } from '../../../sim/bank/db/engine.js';
import { freshPglite } from '../../../sim/bank/db/fresh-pglite.js';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import { Publisher } from '../../../sim/bank/ledger/publisher.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { storePayments } from './stored.js';

export type Asked =
  /** `publish`: what was settled goes into the logs, as a served bank does it each second. */
  | { readonly what: 'usage' | 'publish' | 'end' }
  /** So many payments come into the books. */
  | { readonly what: 'store'; readonly payments: number };

/** What the bank has used so far. */
export interface Usage {
  /** Of its process. */
  readonly cpu_us: number;
  readonly transactions: number;
  readonly retries: number;
}

const [, , token, time_s, database] = process.argv;
const engine: Engine = database === undefined ? engineOf(await freshPglite()) : new PostgresEngine(database);
const bank = await Bank.open({
  crypto: hostCrypto,
  entropy: new SimEntropy(1, 'bench'),
  time_s: Number(time_s),
  database: engine,
});
const publisher = new Publisher(bank.logs, hostCrypto, []);
const server = new BankServer(bank, { token });
const url = await server.listen();

process.on('message', async (asked: Asked) => {
  if (asked.what === 'end') return end();
  if (asked.what === 'store') return process.send!({ bytes: await storePayments(engine, asked.payments) });
  if (asked.what === 'publish') await publisher.publish();
  tellUsage();
});

function tellUsage(): void {
  const { user, system } = process.cpuUsage();
  process.send!({ cpu_us: user + system, ...bank.tries } satisfies Usage);
}

async function end(): Promise<void> {
  await server.close();
  await engine.close();
  process.exit();
}

process.send!({ url });
