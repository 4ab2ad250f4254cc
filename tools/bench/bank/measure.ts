import { hostCrypto } from '../../../hal/crypto/host.js';
import { type MeasuredBank, startBank } from './processes.js';
import { Market, synced, type Terminal } from './terminals.js';

const START_S = 1_800_000_000;
const CUSTOMERS = 8;
/** What is not counted brings so much less. */
const WARM_UP_PART = 4;
const VERIFIES = 2_000;
/** What a payee's bank has to look at in each payment: a transfer and a receipt. */
const SIGNATURES_OF_A_PAYMENT = 2;

export interface Workload {
  /** That sync at once, and then one after another. */
  readonly terminals: number;
  /** Taken by each of them since its last sync. */
  readonly payments: number;
  /** Of both, by turns; one more comes first, and is not counted. */
  readonly rounds: number;
  /** Settled payments that are in the books besides. */
  readonly stored: number;
}

/** Of all rounds together. */
export interface Phase {
  syncs: number;
  payments: number;
  cpu_us: number;
  failed: number;
  transactions: number;
  retries: number;
  /** Beside `cpu_us`: what the operators' logs took. What settlement puts into the outbox is in `cpu_us`. */
  ledger_us: number;
}

export interface Measured {
  readonly alone: Phase;
  readonly together: Phase;
  /**
   * Payments a second of one core whose signatures are checked, when nothing else is done: the limit of any
   * bank that looks at them. Measured between the phases, since it changes with what else the machine does.
   */
  readonly limit: number;
  /** Of tables and indexes, for each payment that was only stored. */
  readonly stored_bytes: number | undefined;
  /** Faults that the audit finds at the end; nobody asks it about payments that were only stored. */
  readonly faults: readonly string[];
}

const nothing = (): Phase => ({
  ...{ syncs: 0, payments: 0, cpu_us: 0, failed: 0, transactions: 0, retries: 0 },
  ledger_us: 0,
});

/** Terminals that sync with one bank, one after another and all at once, by turns. */
export async function measureBank(
  programs: string | undefined,
  { terminals, payments, rounds, stored }: Workload,
  tell: (what: string) => void,
): Promise<Measured> {
  const bank = await startBank(START_S, programs);
  try {
    const market = new Market(bank.client, START_S);
    const customers = await Promise.all(Array.from({ length: CUSTOMERS }, () => market.customer()));
    const shops: Terminal[] = [];
    for (let i = 0; i < terminals; i++) shops.push(await market.shop());
    let [alone, together] = [nothing(), nothing()];
    let verified_us = 0;
    let looks = 0;
    let stored_bytes: number | undefined;
    for (let round = 0; round <= rounds; round++) {
      tell(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      if (round === 1 && stored > 0) {
        tell(`storing ${stored} payments`);
        stored_bytes = (await bank.store(stored)) / stored;
      }
      if (round === 1) [alone, together, verified_us, looks] = [nothing(), nothing(), 0, 0];
      const taken = round === 0 ? Math.ceil(payments / WARM_UP_PART) : payments;
      for (const [phase, sync] of [
        [alone, oneByOne],
        [together, atOnce],
      ] as const) {
        shops.forEach((shop, i) => {
          for (let n = 0; n < taken; n++) shop.sell(customers[(i + n) % CUSTOMERS]);
        });
        await count(bank, phase, () => sync(shops));
        verified_us += verify();
        looks++;
        const before = await bank.usage();
        phase.ledger_us += (await bank.publish()).cpu_us - before.cpu_us;
        // Their journals do not grow without end either.
        for (const customer of customers) await synced(customer);
        phase.syncs += terminals;
        phase.payments += terminals * taken;
      }
    }
    const limit = (looks * VERIFIES) / SIGNATURES_OF_A_PAYMENT / (verified_us / 1e6);
    return {
      alone,
      together,
      limit,
      stored_bytes,
      faults: stored > 0 ? [] : (await bank.client.audit()).faults,
    };
  } finally {
    await bank.close();
  }
}

/** How many failed. */
async function oneByOne(shops: readonly Terminal[]): Promise<number> {
  let failed = 0;
  for (const shop of shops) if (!(await shop.sync())) failed++;
  return failed;
}

async function atOnce(shops: readonly Terminal[]): Promise<number> {
  const done = await Promise.all(shops.map((shop) => shop.sync()));
  return done.filter((isDone) => !isDone).length;
}

async function count(bank: MeasuredBank, phase: Phase, work: () => Promise<number>): Promise<void> {
  const before = await bank.usage();
  phase.failed += await work();
  const after = await bank.usage();
  for (const name of ['cpu_us', 'transactions', 'retries'] as const)
    phase[name] += after[name] - before[name];
}

/** Processor time of `VERIFIES` checks. */
function verify(): number {
  const key = hostCrypto.ed25519KeyFromSeed(new Uint8Array(32).fill(1));
  const message = new Uint8Array(200).fill(2);
  const signature = hostCrypto.ed25519Sign(key, message);
  const publicKey = key.slice(32);
  const from = process.cpuUsage();
  for (let i = 0; i < VERIFIES; i++) hostCrypto.ed25519Verify(publicKey, message, signature);
  const { user, system } = process.cpuUsage(from);
  return user + system;
}
