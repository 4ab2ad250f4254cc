/** A bank in a process of its own, so that nobody else's processor time is counted with its own. */
import { hostCrypto } from '../../../hal/crypto/host.js';
import { Bank } from '../../../sim/bank/bank.js';
import { PostgresEngine } from '../../../sim/bank/db/postgres.js';
import { BankServer } from '../../../sim/bank/server/http.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';

export interface Asked {
  readonly what: 'usage' | 'end';
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
  crypto: hostCrypto,
  entropy: new SimEntropy(1, 'bench'),
  time_s: Number(time_s),
  ...(engine && { database: engine }),
});
const server = new BankServer(bank, { token });
const url = await server.listen();

process.on('message', ({ what }: Asked) => {
  if (what === 'end') {
    void end();
    return;
  }
  const { user, system } = process.cpuUsage();
  process.send!({ cpu_us: user + system, ...bank.tries } satisfies Usage);
});
async function end(): Promise<void> {
  await server.close();
  await (engine ?? bank).close();
  process.exit();
}

process.send!({ url });
