/** A bank in a process of its own, so that nobody else's processor time is counted with its own. */
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { Bank } from '../../../sim/bank/bank.js';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import { Publisher } from '../../../sim/bank/ledger/publisher.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';

export interface Asked {
  /** `publish`: what was settled goes into the logs, as a served bank does it each second. */
  readonly what: 'usage' | 'publish' | 'end';
}

/** What the bank has used so far. */
export interface Usage {
  /** Of its process. */
  readonly cpu_us: number;
  readonly transactions: number;
  readonly retries: number;
}

const [, , token, time_s, database] = process.argv;
const engine = database === undefined ? undefined : new PostgresEngine(database);
const bank = await Bank.open({
  crypto: opensslCrypto,
  entropy: new SimEntropy(1, 'bench'),
  time_s: Number(time_s),
  ...(engine && { database: engine }),
});
const publisher = new Publisher(bank.logs, opensslCrypto, []);
const server = new BankServer(bank, { token });
const url = await server.listen();

process.on('message', ({ what }: Asked) => {
  if (what === 'end') {
    void end();
    return;
  }
  if (what === 'publish') void publisher.publish().then(tellUsage);
  else tellUsage();
});

function tellUsage(): void {
  const { user, system } = process.cpuUsage();
  process.send!({ cpu_us: user + system, ...bank.tries } satisfies Usage);
}

async function end(): Promise<void> {
  await server.close();
  await (engine ?? bank).close();
  process.exit();
}

process.send!({ url });
