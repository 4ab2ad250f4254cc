import type { Crypto } from '../../../hal/crypto.js';
import { hex } from '../../bank/bytes.js';
import { SimEntropy } from '../../chip/entropy.js';
import type { VirtualClock } from '../../chip/virtual-clock.js';
import { Chance } from '../../field/chance.js';
import { PoolGateway } from '../pool-gateway.js';
import { HELLO_MS } from '../pool-hello.js';
import type { NoonTerminal } from './noon-terminal.js';
import { NOON_LIMITS, NOON_S } from './plan.js';

/** A frame is on its way for so long, at the most. */
const LATENCY_US_MAX = 15_000;

interface Running {
  readonly gateway: PoolGateway;
  side: number;
}

export interface NoonNetworkOptions {
  readonly crypto: Crypto;
  readonly clock: VirtualClock;
  readonly seed: number;
  readonly site: string;
  /** Signing key of the gateways, 64 bytes. */
  readonly key: Uint8Array;
  /** Public keys of the terminals. */
  readonly terminals: readonly Uint8Array[];
}

/** The site’s own network in virtual time: gateways that come and go, frames on their way, a cut cable. */
export class NoonNetwork {
  terminals: readonly NoonTerminal[] = [];
  /** Gateways that were ever started. */
  started = 0;
  readonly #running = new Map<string, Running>();
  readonly #dice: Chance;
  /** When the last frame of a way arrives: none overtakes another, as on a connection of MQTT. */
  readonly #arrived_us = new Map<string, number>();

  constructor(private readonly options: NoonNetworkOptions) {
    this.#dice = new Chance(options.seed, 'network');
  }

  /** Returns the instance of the new gateway. */
  start(side = 0): string {
    const { crypto, clock, seed, site, key, terminals } = this.options;
    const gateway = new PoolGateway({
      ...{ crypto, key, site, terminals, rules: NOON_LIMITS },
      entropy: new SimEntropy(seed, `gateway ${this.started++}`),
      time_s: () => NOON_S + Math.floor(clock.now_us / 1e6),
    });
    const instance = hex(gateway.instance);
    this.#running.set(instance, { gateway, side });
    this.#greet(instance);
    return instance;
  }

  /** It is gone with all that it knew; nobody is told. */
  kill(instance: string): void {
    this.#running.delete(instance);
  }

  /** Every second terminal loses the others. */
  split(): void {
    for (const [i, terminal] of this.terminals.entries()) terminal.side = i % 2;
  }

  heal(): void {
    for (const terminal of this.terminals) terminal.side = 0;
    for (const running of this.#running.values()) running.side = 0;
  }

  up(terminal: NoonTerminal, instance: string, frame: Uint8Array): void {
    this.#carry(`${terminal.name} up`, () => {
      const to = this.#running.get(instance);
      if (to?.side !== terminal.side) return;
      const reply = to.gateway.take(terminal.name, frame);
      if (reply) this.#down(terminal, instance, () => terminal.client.take(instance, reply));
    });
  }

  #greet(instance: string): void {
    const running = this.#running.get(instance);
    if (!running) return;
    const hello = running.gateway.hello();
    for (const terminal of this.terminals) this.#down(terminal, instance, () => terminal.client.hello(hello));
    this.options.clock.schedule(HELLO_MS * 1_000, () => this.#greet(instance));
  }

  /** What is on its way arrives after the gateway has died, too. */
  #down(terminal: NoonTerminal, instance: string, give: () => void): void {
    this.#carry(`${terminal.name} down`, () => {
      const from = this.#running.get(instance);
      if (!from || from.side === terminal.side) give();
    });
  }

  #carry(way: string, deliver: () => void): void {
    const { clock } = this.options;
    const drawn_us = clock.now_us + 1 + this.#dice.below(LATENCY_US_MAX);
    const time_us = Math.max(drawn_us, this.#arrived_us.get(way) ?? 0);
    this.#arrived_us.set(way, time_us);
    clock.scheduleAt(time_us, deliver);
  }
}
