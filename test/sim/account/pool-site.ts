import {
  type BillsAtHand,
  type PoolAsk,
  type PooledBill,
  PoolVerdict,
} from '../../../firmware/account/pool-hook.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { NO_POOL_RULES } from '../../../sim/account/pool.js';
import { terminalNameOf } from '../../../sim/account/pool-channel.js';
import { PoolClient } from '../../../sim/account/pool-client.js';
import { PoolGateway } from '../../../sim/account/pool-gateway.js';
import { HELLO_MS } from '../../../sim/account/pool-hello.js';
import { hex } from '../../../sim/bank/bytes.js';
import { DeviceClock } from '../../../sim/chip/device-clock.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';

const START_S = 1_800_000_000;
const SITE = 'a canteen';
const PLATFORM = Uint8Array.of(1, 2, 3, 4);
const GATEWAY_KEY = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(9));
/** Keys of terminals: the same in each run, since making them takes longest. */
const TERMINAL_KEYS = Array.from({ length: 8 }, (_, i) =>
  crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(20 + i)),
);

export interface Network {
  /** Of a frame on its way, milliseconds. */
  readonly latency_ms: number;
  /** Of 100 frames. */
  readonly lost: number;
  readonly doubled: number;
  /** As on a connection of MQTT: what was sent first between two arrives first. */
  readonly isOrdered: boolean;
}

const CALM: Network = { latency_ms: 5, lost: 0, doubled: 0, isOrdered: true };

/** What one terminal decided, and how. */
export interface Decided {
  readonly user: number;
  readonly counter: number;
  readonly amount: number;
  readonly verdict: PoolVerdict;
  /** The gateway that was asked first, if any. */
  readonly instance: string | undefined;
  readonly waited_ms: number;
  readonly isBooked: boolean;
}

/**
 * A terminal with a log, its own rules (a code once, the quota by its own count), and a client of the pool.
 */
export class PoolTerminal implements BillsAtHand {
  readonly name: string;
  readonly client: PoolClient;
  readonly decided: Decided[] = [];
  readonly log: PooledBill[] = [];
  receipted = 0;
  /** Side of a split network. */
  side = 0;
  isBusy = false;
  readonly #clock: DeviceClock;

  constructor(
    private readonly site: PoolSite,
    index: number,
  ) {
    const key = TERMINAL_KEYS[index];
    this.name = terminalNameOf(crypto, key.subarray(32));
    this.#clock = new DeviceClock(site.clock);
    this.client = new PoolClient({
      crypto,
      entropy: new SimEntropy(site.seed, this.name),
      clock: this.#clock,
      key,
      site: SITE,
      gateway: GATEWAY_KEY.subarray(32),
      bills: this,
      send: (instance, frame) => site.up(this, instance, frame),
    });
  }

  get last(): number {
    return this.log.length;
  }
  at(sequence: number): PooledBill {
    if (sequence <= this.receipted || sequence > this.last) throw new RangeError(`no bill ${sequence}`);
    return this.log[sequence - 1];
  }
  /** Those that the platform has no receipt for. */
  get open(): PooledBill[] {
    return this.log.slice(this.receipted);
  }

  /** Somebody shows a code. `isKept`: the terminal books what it may. */
  scan(user: number, counter: number, amount: number, quota: number, isKept: boolean): void {
    const ask = askOf(user, counter, amount, quota);
    const own = this.open.filter(({ serial }) => serial === user);
    const paid = own.reduce((sum, bill) => sum + bill.amount, 0);
    if (this.isBusy || own.some((bill) => bill.counter >= counter) || paid + amount > quota) return;
    this.isBusy = true;
    const began_us = this.site.clock.now_us;
    const [instance] = this.client.gateways;
    this.client.ask(ask, (verdict) => {
      this.isBusy = false;
      const may = verdict === PoolVerdict.granted || verdict === PoolVerdict.unanswered;
      const isBooked = may && isKept;
      const waited_ms = (this.site.clock.now_us - began_us) / 1_000;
      this.decided.push({ user, counter, amount, verdict, instance, waited_ms, isBooked });
      if (isBooked) this.book(ask);
      else this.client.released();
    });
  }

  /** A bill that nobody was asked about, too. */
  book({ platform, pseudonym, serial, counter, amount }: PoolAsk): void {
    const bill = { sequence: this.last + 1, kind: 0, platform, pseudonym, serial, counter, amount };
    this.log.push({ ...bill, time_s: this.site.now_s });
    this.client.booked();
  }

  /** Its platform has all. */
  upload(): void {
    if (!this.isBusy) this.receipted = this.last;
  }
}

/** A gateway that is there until it is killed. */
interface Running {
  readonly gateway: PoolGateway;
  side: number;
}

/** A site in virtual time: terminals, gateways, and a network that loses, doubles, delays and splits. */
export class PoolSite {
  readonly clock = new VirtualClock();
  readonly terminals: PoolTerminal[];
  readonly running = new Map<string, Running>();
  network = CALM;
  readonly #random: SimEntropy;
  /** When the last frame arrives that is on its way from one to the other. */
  readonly #arrived_us = new Map<string, number>();
  #started = 0;

  constructor(
    readonly seed: number,
    terminals: number,
    private readonly rules = NO_POOL_RULES,
  ) {
    this.#random = new SimEntropy(seed, 'network');
    this.terminals = Array.from({ length: terminals }, (_, i) => new PoolTerminal(this, i));
  }

  get now_s(): number {
    return START_S + Math.floor(this.clock.now_us / 1e6);
  }

  start(side = 0): PoolGateway {
    const gateway = new PoolGateway({
      crypto,
      entropy: new SimEntropy(this.seed, `gateway ${this.#started++}`),
      key: GATEWAY_KEY,
      site: SITE,
      terminals: TERMINAL_KEYS.map((key) => key.slice(32)),
      rules: this.rules,
      time_s: () => this.now_s,
    });
    this.running.set(hex(gateway.instance), { gateway, side });
    this.#greet(hex(gateway.instance));
    return gateway;
  }

  /** It is gone with all that it knew; nobody is told. */
  kill(instance: string): void {
    this.running.delete(instance);
  }

  /** The network is one again. */
  heal(): void {
    this.network = CALM;
    for (const terminal of this.terminals) terminal.side = 0;
    for (const each of this.running.values()) each.side = 0;
  }

  runFor(ms: number): void {
    this.clock.runFor(ms * 1_000);
  }

  up(terminal: PoolTerminal, instance: string, frame: Uint8Array): void {
    this.#carry(`${terminal.name} up`, () => {
      const to = this.running.get(instance);
      if (to?.side !== terminal.side) return;
      const reply = to.gateway.take(terminal.name, frame);
      if (reply)
        this.#carry(`${terminal.name} down`, () =>
          this.#down(terminal, instance, (client) => client.take(instance, reply)),
        );
    });
  }

  #greet(instance: string): void {
    const { gateway } = this.running.get(instance) ?? {};
    if (!gateway) return;
    const hello = gateway.hello();
    for (const terminal of this.terminals)
      this.#carry(`${terminal.name} down`, () =>
        this.#down(terminal, instance, (client) => client.hello(hello)),
      );
    this.clock.schedule(HELLO_MS * 1_000, () => this.#greet(instance));
  }

  #down(terminal: PoolTerminal, instance: string, give: (client: PoolClient) => void): void {
    const from = this.running.get(instance);
    // What is on its way arrives after the gateway has died, too.
    if (!from || from.side === terminal.side) give(terminal.client);
  }

  #carry(way: string, deliver: () => void): void {
    const { latency_ms, lost, doubled, isOrdered } = this.network;
    for (const chance of [100 - lost, doubled]) {
      if (this.#random.uint32() % 100 >= chance) continue;
      const drawn_us = this.clock.now_us + 1 + (this.#random.uint32() % (1 + 1_000 * latency_ms));
      const time_us = isOrdered ? Math.max(drawn_us, this.#arrived_us.get(way) ?? 0) : drawn_us;
      this.#arrived_us.set(way, time_us);
      this.clock.scheduleAt(time_us, deliver);
    }
  }
}

export const askOf = (user: number, counter: number, amount: number, quota: number): PoolAsk => ({
  platform: PLATFORM,
  pseudonym: Uint8Array.of(7, 7, 7, 7, 7, 7, 7, user),
  serial: user,
  counter,
  amount,
  quota,
});
