import { type PooledBill, PoolVerdict } from '../../../firmware/account/pool-hook.js';
import { putU32 } from '../../../firmware/bytes.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { NO_POOL_RULES } from '../../../sim/account/pool.js';
import { nodeClock } from '../../../sim/host/node-clock.js';
import { nodeEntropy } from '../../../sim/host/node-entropy.js';
import { MqttGateway, MqttTerminal } from '../../../sim/host/pool-mqtt.js';

const SITE = 'bench';
const PLATFORM = Uint8Array.of(1, 2, 3, 4);

const keyOf = (number: number): Uint8Array => {
  const seed = new Uint8Array(32);
  putU32(seed, 0, number);
  return crypto.ed25519KeyFromSeed(seed);
};

export interface Round {
  /** Milliseconds of each decision, as its terminal waits for it. */
  readonly waited_ms: readonly number[];
  readonly unanswered: number;
}

interface BenchTerminal {
  readonly terminal: MqttTerminal;
  readonly log: PooledBill[];
}

/** Terminals at a broker, one gateway, and users who pay once each: everything over real sockets. */
export class BenchSite {
  readonly #gateway: MqttGateway;
  readonly #terminals: readonly BenchTerminal[];
  #users = 0;

  private constructor(url: string, gatewayUrl: string, count: number, noDelay: boolean, heard: () => void) {
    const [key, keys] = [keyOf(0), Array.from({ length: count }, (_, i) => keyOf(i + 1))];
    this.#gateway = new MqttGateway({
      ...{ crypto, entropy: nodeEntropy, key, site: SITE, url: gatewayUrl, noDelay, ready: heard },
      terminals: keys.map((each) => each.slice(32)),
      rules: NO_POOL_RULES,
      time_s: () => Math.floor(Date.now() / 1_000),
    });
    this.#terminals = keys.map((own) => {
      const log: PooledBill[] = [];
      const bills = {
        receipted: 0,
        get last() {
          return log.length;
        },
        at: (sequence: number) => log[sequence - 1],
      };
      const terminal = new MqttTerminal({
        ...{
          crypto,
          entropy: nodeEntropy,
          clock: nodeClock,
          key: own,
          site: SITE,
          bills,
          url,
          noDelay,
          heard,
        },
        gateway: key.slice(32),
      });
      return { terminal, log };
    });
  }

  /** Resolves when every terminal has met the gateway. */
  static open(url: string, gatewayUrl: string, count: number, noDelay: boolean): Promise<BenchSite> {
    return new Promise((resolve) => {
      const heard = (): void => {
        if (site.#terminals.every(({ terminal }) => terminal.client.gateways.length > 0)) resolve(site);
      };
      const site = new BenchSite(url, gatewayUrl, count, noDelay, heard);
    });
  }

  /** Each terminal decides `each` times, `every_ms` apart, all of them evenly spread. */
  async round(each: number, every_ms: number): Promise<Round> {
    const waited_ms: number[] = [];
    let unanswered = 0;
    const lives = this.#terminals.map(async (one, i) => {
      await pause((every_ms * i) / this.#terminals.length);
      for (let n = 0; n < each; n++) {
        const began_ms = performance.now();
        const verdict = await this.#pay(one);
        const took_ms = performance.now() - began_ms;
        waited_ms.push(took_ms);
        if (verdict === PoolVerdict.unanswered) unanswered++;
        await pause(every_ms - took_ms);
      }
    });
    await Promise.all(lives);
    return { waited_ms, unanswered };
  }

  #pay({ terminal: { client }, log }: BenchTerminal): Promise<PoolVerdict> {
    const pseudonym = new Uint8Array(8);
    putU32(pseudonym, 4, ++this.#users);
    const ask = { platform: PLATFORM, pseudonym, serial: this.#users, counter: 1, amount: 100, quota: 500 };
    return new Promise((done) =>
      client.ask(ask, (verdict) => {
        log.push({ ...ask, sequence: log.length + 1, kind: 0, time_s: 0 });
        client.booked();
        done(verdict);
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#terminals.map(({ terminal }) => terminal.close()));
    await this.#gateway.close();
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, Math.max(0, ms)));
