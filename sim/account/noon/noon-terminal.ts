import { BillKind, terminalIdOf } from '../../../firmware/account/bill.js';
import type { Platform } from '../../../firmware/account/decision.js';
import { openBillLog } from '../../../firmware/account/open-bill-log.js';
import { type PoolHook, PoolVerdict } from '../../../firmware/account/pool-hook.js';
import { Pos, type Taken } from '../../../firmware/account/pos.js';
import { crc32 } from '../../../hal/crc32.js';
import type { Crypto } from '../../../hal/crypto.js';
import { DeviceClock } from '../../chip/device-clock.js';
import { SimEntropy } from '../../chip/entropy.js';
import { NorFlash } from '../../chip/nor-flash.js';
import type { VirtualClock } from '../../chip/virtual-clock.js';
import { terminalNameOf } from '../pool-channel.js';
import { PoolClient } from '../pool-client.js';
import { seededKey } from '../seeded-key.js';
import { NOON_LIMITS, NOON_S, type Visit } from './plan.js';

/** From one customer to the next. */
const SERVICE_US = 2_000_000;
/** A bill, its code and what the store puts around them, rounded up. */
const BILL_FLASH_BYTES = 512;
const SECTOR_BYTES = 4_096;
/** Of a store with next to nothing in it. */
const SECTORS_MIN = 16;
const TIDY_STEPS_MAX = 1_000;
const PLACE = 5_812;

/** How a visit ended. */
export interface Ended {
  readonly visit: Visit;
  readonly terminal: NoonTerminal;
  readonly taken: Taken;
  /** The terminal has decided by its own rules alone, since no gateway has answered. */
  readonly isAlone: boolean;
  /** From the scan to the decision. */
  readonly waited_us: number;
}

export interface NoonTerminalOptions {
  readonly crypto: Crypto;
  readonly clock: VirtualClock;
  readonly seed: number;
  readonly number: number;
  readonly platform: Platform;
  readonly site: string;
  /** Public key of the site’s gateways. */
  readonly gateway: Uint8Array;
  /** By how much its clock is wrong. */
  readonly clock_s: number;
  /** As many come to it in the hour. */
  readonly visits: number;
  /** The code that is shown to it. */
  readonly show: (visit: Visit, now_s: number) => Uint8Array;
  readonly send: (instance: string, frame: Uint8Array) => void;
  readonly ended: (ended: Ended) => void;
}

/** Of a terminal by its number, 64 bytes. */
export const terminalKey = (crypto: Crypto, seed: number, number: number): Uint8Array =>
  seededKey(crypto, seed, `terminal ${number}`);

/** A point of sale with a store of its own, a queue of customers, and its end of the site’s pool. */
export class NoonTerminal {
  /** As topics name it. */
  readonly name: string;
  readonly id: Uint8Array;
  readonly pos: Pos;
  readonly client: PoolClient;
  /** Side of a split network. */
  side = 0;
  readonly #queue: Visit[] = [];
  #isServing = false;
  #isAlone = false;

  constructor(private readonly options: NoonTerminalOptions) {
    const { crypto, clock, seed, number, platform, site, gateway, clock_s, visits, send } = options;
    const key = terminalKey(crypto, seed, number);
    this.id = terminalIdOf(crypto, key.subarray(32));
    this.name = terminalNameOf(crypto, key.subarray(32));
    const sectorCount = SECTORS_MIN + Math.ceil((visits * BILL_FLASH_BYTES) / SECTOR_BYTES);
    const log = openBillLog(new NorFlash({ sectorCount }), crc32, {
      ...{ crypto, terminal: this.id, clocksApart_s: NOON_LIMITS.clocksApart_s },
      now_s: NOON_S + clock_s,
    });
    this.client = new PoolClient({
      ...{ crypto, key, site, gateway, bills: log, send },
      entropy: new SimEntropy(seed, `pool of terminal ${number}`),
      clock: new DeviceClock(clock),
    });
    this.pos = new Pos({
      ...{ crypto, key, log, platforms: [platform], home: platform.publicKey, limits: NOON_LIMITS },
      ...{ scene: 0, tierMin: 0, pool: this.#pool() },
    });
  }

  /** Nobody waits at it. */
  get isIdle(): boolean {
    return !this.#isServing && this.#queue.length === 0;
  }

  arrive(visit: Visit): void {
    this.#queue.push(visit);
    if (!this.#isServing) this.#serve();
  }

  #serve(): void {
    const visit = this.#queue.shift();
    if (!visit) return;
    const { clock, clock_s, show, ended } = this.options;
    this.#isServing = true;
    this.#isAlone = false;
    const began_us = clock.now_us;
    const now_s = NOON_S + Math.floor(began_us / 1e6);
    const purchase = { kind: BillKind.sale, amount: visit.amount, place: PLACE };
    this.pos.scan(purchase, now_s + clock_s, show(visit, now_s), (taken) => {
      const waited_us = clock.now_us - began_us;
      ended({ visit, terminal: this, taken, isAlone: this.#isAlone, waited_us });
      for (let steps = 0; this.pos.log.tidy() && steps < TIDY_STEPS_MAX; steps++);
      clock.schedule(SERVICE_US, () => {
        this.#isServing = false;
        this.#serve();
      });
    });
  }

  /** The client, and a note of whether it was answered. */
  #pool(): PoolHook {
    const { client } = this;
    return {
      ask: (ask, done) =>
        client.ask(ask, (verdict) => {
          this.#isAlone = verdict === PoolVerdict.unanswered;
          done(verdict);
        }),
      booked: () => client.booked(),
      released: () => client.released(),
    };
  }
}
