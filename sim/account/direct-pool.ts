import {
  type BillsAtHand,
  type PoolAsk,
  type PoolHook,
  PoolVerdict,
} from '../../firmware/account/pool-hook.js';
import type { Pool } from './pool.js';

/**
 * A terminal beside the pool of its site: the same questions and bills as over a network (`PoolClient`),
 * without one between. `reach`: undefined while the site's network is down.
 */
export class DirectPool implements PoolHook {
  constructor(
    private readonly terminal: string,
    private readonly log: BillsAtHand,
    private readonly reach: () => Pool | undefined,
    private readonly now_s: () => number,
  ) {}

  ask(ask: PoolAsk, done: (verdict: PoolVerdict) => void): void {
    this.booked();
    done(this.reach()?.ask(this.terminal, this.#head, ask, this.now_s()) ?? PoolVerdict.unanswered);
  }

  booked(): void {
    const { log } = this;
    const bills = Array.from({ length: log.last - log.receipted }, (_, i) => log.at(log.receipted + 1 + i));
    this.reach()?.log(this.terminal, this.#head, bills, this.now_s());
  }

  released(): void {
    this.reach()?.released(this.terminal, this.#head, this.now_s());
  }

  get #head() {
    const { receipted, last } = this.log;
    return { receipted, last };
  }
}
