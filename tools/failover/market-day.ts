/** A market day on a database whose primary is killed again and again. */

import { hostCrypto } from '../../hal/crypto/host.js';
import { Bank } from '../../sim/bank/bank.js';
import { PostgresEngine } from '../../sim/bank/db/postgres.js';
import { BankClient } from '../../sim/bank/server/client.js';
import { BankServer } from '../../sim/bank/server/http.js';
import { SimEntropy } from '../../sim/chip/entropy.js';
import { PostgresPair } from '../../sim/host/postgres-pair.js';
import { Market, PRICE, type Seller, type Terminal } from '../bench/bank/terminals.js';

const START_S = 1_800_000_000;
const TOKEN = 'a-token-of-a-bank-that-lives-for-one-day';
const STALLS = 4;
const SALES_MAX = 6;
/** Activity before a kill: at least, and how much more at the most. */
const QUIET_MS = 200;
const QUIET_SPREAD_MS = 1_000;
/** Nobody waits for so many tries but for what never comes. */
const TRIES = 200;
const PAUSE_MS = 50;

export interface FailoverDay {
  readonly kills: number;
  /** Payments whose stall was told that its sync is done, and deposits that were answered. */
  readonly payments: number;
  readonly deposits: number;
  /** How often the bank tried a transaction again. */
  readonly retries: number;
  /** From each promotion to the first answer after it. */
  readonly outages_ms: readonly number[];
  /** Whatever must not be, in words. */
  readonly faults: readonly string[];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Stall extends Seller {
  /** Payments taken, and how many of them a sync that came to its end has brought to the bank. */
  taken: number;
  told: number;
}

/** `programs`: the folder of PostgreSQL's own. */
export async function failoverDay(
  programs: string,
  kills: number,
  seed: number,
  tell: (what: string) => void = () => {},
): Promise<FailoverDay> {
  const pair = await PostgresPair.start(programs);
  const engine = new PostgresEngine(pair.url);
  try {
    const bank = await Bank.open({
      crypto: hostCrypto,
      entropy: new SimEntropy(seed, 'bank'),
      time_s: START_S,
      database: engine,
    });
    const server = new BankServer(bank, { token: TOKEN, log: { info() {}, error() {} } });
    try {
      const client = new BankClient(await server.listen(), TOKEN, TRIES);
      return await new Day(pair, bank, client, seed, tell).live(kills);
    } finally {
      await server.close();
    }
  } finally {
    await engine.close();
    await pair.stop();
  }
}

class Day {
  readonly #dice: SimEntropy;
  readonly #stalls: Stall[] = [];
  readonly #customers: Terminal[] = [];
  readonly #answers_ms: number[] = [];
  readonly #faults: string[] = [];
  #deposits = 0;
  #isOver = false;

  constructor(
    private readonly pair: PostgresPair,
    private readonly bank: Bank,
    private readonly client: BankClient,
    seed: number,
    private readonly tell: (what: string) => void,
  ) {
    this.#dice = new SimEntropy(seed, 'market day');
  }

  async live(kills: number): Promise<FailoverDay> {
    const market = new Market(this.client, START_S);
    for (let i = 0; i < STALLS; i++) {
      this.#stalls.push({ ...(await market.seller()), taken: 0, told: 0 });
      this.#customers.push(await market.customer());
    }
    const saver = await this.client.createAccount(1, 'saver');
    const all = [...this.#stalls.map((stall) => this.#trade(stall)), this.#save(saver)];
    const outages_ms = [];
    try {
      for (let kill = 1; kill <= kills; kill++) {
        outages_ms.push(await this.#failover());
        this.tell(`primary ${kill} of ${kills} killed, back in ${outages_ms[kill - 1].toFixed(0)} ms`);
      }
    } finally {
      this.#isOver = true;
      await Promise.all(all);
    }
    await this.#count(saver);
    const payments = this.#stalls.reduce((sum, { told }) => sum + told, 0);
    const { retries } = this.bank.tries;
    return { kills, payments, deposits: this.#deposits, retries, outages_ms, faults: this.#faults };
  }

  /** Time from the promotion to the first answer to anybody; the pair is whole again then. */
  async #failover(): Promise<number> {
    await pause(QUIET_MS + this.#below(QUIET_SPREAD_MS));
    this.pair.killPrimary();
    await this.pair.promote();
    const promoted_ms = performance.now();
    const before = this.#answers_ms.length;
    while (this.#answers_ms.length === before) await pause(1);
    const outage_ms = this.#answers_ms[before] - promoted_ms;
    await this.pair.addStandby();
    return outage_ms;
  }

  async #trade(stall: Stall): Promise<void> {
    while (!this.#isOver) {
      for (let i = this.#below(SALES_MAX); i >= 0; i--, stall.taken++)
        stall.terminal.sell(this.#customers[this.#below(STALLS)]);
      await this.#bringIn(stall);
      await this.#customers[this.#below(STALLS)].sync();
    }
  }

  /** What a stall was told is there is to be there ever after. */
  async #bringIn(stall: Stall): Promise<boolean> {
    const { taken } = stall;
    if (!(await stall.terminal.sync())) return pause(PAUSE_MS).then(() => false);
    stall.told = taken;
    this.#answers_ms.push(performance.now());
    return true;
  }

  async #save(account: number): Promise<void> {
    while (!this.#isOver) {
      await this.client.deposit(account, 1);
      this.#deposits++;
      this.#answers_ms.push(performance.now());
    }
  }

  /** Everybody comes to the bank for the last time; then nothing is open. */
  async #count(saver: number): Promise<void> {
    const parties = [...this.#stalls.map(({ terminal }) => terminal), ...this.#customers];
    for (const [i, terminal] of [...parties, ...parties].entries()) {
      let tries = 0;
      while (!(await terminal.sync()) && ++tries < TRIES) await pause(PAUSE_MS);
      if (tries === TRIES) this.#faults.push(`device ${i % parties.length} can sync no more`);
    }
    const is = (what: string, found: number, due: number) => {
      if (found !== due) this.#faults.push(`${what}: ${found} in place of ${due}`);
    };
    for (const { account, taken } of this.#stalls)
      is(`account ${account} of a stall`, (await this.client.balance(account)).available, taken * PRICE);
    is('deposits', (await this.client.balance(saver)).available, this.#deposits);
    const { faults, ok } = await this.client.audit();
    this.#faults.push(...faults);
    if (!ok) this.#faults.push('the audit does not come out even');
  }

  #below(bound: number): number {
    return this.#dice.uint32() % bound;
  }
}
