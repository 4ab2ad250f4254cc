import type { Bank } from '../bank/bank.js';
import { BankError } from '../bank/codes.js';
import type { KeyTold } from '../bank/key-state.js';
import { type Below, DAY_S } from './draws.js';
import type { WorldClock } from './loose-device.js';

/** How long a key of an operator lasts, and how long before its use it is told of. */
export const KEY_S = 400 * DAY_S;
const OVERLAP_S = 20 * DAY_S;
/** What an operator freezes at once when it is at its quota; minor units. */
const RESERVES = 50_000;

export const OPERATORS = [
  { number: 1, name: 'all', reserves: 3_000_000 },
  { number: 2, name: 'a part', reserves: 300_000, reservePermille: 100 },
];

/** The people who look after the operators of the country: their keys, and their reserves. */
export class Operators {
  constructor(
    private readonly bank: Bank,
    private readonly world: WorldClock,
    private readonly below: Below,
  ) {}

  /** Who forgets that has no bank that a device believes. */
  async renewKeys(): Promise<void> {
    for (const { number } of OPERATORS)
      if (this.#endOf(number) < this.world.now_s + KEY_S / 2) await this.renewKey(number);
  }

  /**
   * A new key, of which devices hear before it is used. Who looks after it too late for that, since the clock
   * has jumped, has it used at once, or when the one before has run out.
   */
  async renewKey(operator: number): Promise<string> {
    const { now_s } = this.world;
    const last_s = Math.max(now_s, this.#endOf(operator));
    const late_s = () => (this.below(2) === 0 ? now_s : last_s);
    const from_s = now_s + OVERLAP_S <= last_s ? now_s + OVERLAP_S : late_s();
    try {
      const { version } = await this.bank.renewOperatorKey(operator, from_s);
      return `operator ${operator}, key ${version}`;
    } catch (error) {
      if (!(error instanceof BankError)) throw error;
      return `${operator} ${error.code}`;
    }
  }

  /** How much longer the key holds that the operator signs with. */
  keyLeft_s(operator: number): number {
    const [{ until_s }] = this.#keysOf(operator).filter(({ state }) => state === 'signs');
    return until_s - this.world.now_s;
  }

  /** Freezes more as long as there is no quota for a load; how often it had to. */
  async provideQuota(operator: number, amount: number): Promise<number> {
    for (let times = 0; ; times++) {
      if ((await this.bank.reserves(operator)).quota >= amount) return times;
      await this.bank.freezeReserves(operator, RESERVES);
    }
  }

  /** When the last of its keys runs out. */
  #endOf = (operator: number): number => Math.max(...this.#keysOf(operator).map(({ until_s }) => until_s));

  #keysOf = (number: number): KeyTold[] =>
    this.bank.operatorKeys().filter(({ operator }) => operator === number);
}
