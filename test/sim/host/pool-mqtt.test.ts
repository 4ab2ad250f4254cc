import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import { DenyLoader } from '../../../firmware/account/deny-list.js';
import { makeDenyDelta, makeDenyList } from '../../../firmware/account/deny-make.js';
import { DenyKind, type DenyPart } from '../../../firmware/account/deny-part.js';
import { type PoolAsk, type PooledBill, PoolVerdict } from '../../../firmware/account/pool-hook.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { NO_POOL_RULES } from '../../../sim/account/pool.js';
import { hex } from '../../../sim/bank/bytes.js';
import { boundedPackets, startEmbeddedBroker } from '../../../sim/host/embedded-broker.js';
import { hasMosquitto, startMosquitto } from '../../../sim/host/mosquitto.js';
import { MqttLink } from '../../../sim/host/mqtt-link.js';
import { nodeClock } from '../../../sim/host/node-clock.js';
import { nodeEntropy } from '../../../sim/host/node-entropy.js';
import { MqttDenyParts, MqttGateway, MqttTerminal, poolTopics } from '../../../sim/host/pool-mqtt.js';
import { skipWithout } from '../../support/external.js';
import { askOf } from '../account/pool-site.js';

const SITE = 'canteen';
const QUOTA = 500;
const keyOf = (byte: number): Uint8Array => crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(byte));
const GATEWAY = keyOf(9);
const PLATFORM = keyOf(1);
const TERMINALS = [keyOf(20), keyOf(21), keyOf(22)];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Whoever waits is told at every event. */
const waiting = new Set<() => void>();
const happened = (): void => {
  for (const look of waiting) look();
};
const until = (condition: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (!condition()) return;
      waiting.delete(look);
      resolve();
    };
    waiting.add(look);
    look();
  });

function gatewayAt(url: string): MqttGateway {
  const gateway = new MqttGateway({
    crypto,
    entropy: nodeEntropy,
    key: GATEWAY,
    site: SITE,
    terminals: TERMINALS.map((key) => key.slice(32)),
    rules: NO_POOL_RULES,
    time_s: () => Math.floor(Date.now() / 1_000),
    url,
    ready: happened,
  });
  closing.push(() => gateway.close());
  return gateway;
}

function terminalAt(url: string, key: Uint8Array) {
  const log: PooledBill[] = [];
  const bills = {
    receipted: 0,
    get last() {
      return log.length;
    },
    at: (sequence: number) => log[sequence - 1],
  };
  const terminal = new MqttTerminal({
    crypto,
    entropy: nodeEntropy,
    clock: nodeClock,
    key,
    site: SITE,
    gateway: GATEWAY.slice(32),
    bills,
    url,
    heard: happened,
  });
  closing.push(() => terminal.close());
  const { client } = terminal;
  /** What the gateway says: on a busy machine, when it says anything in 100 ms. */
  const ask = async (what: PoolAsk): Promise<PoolVerdict> => {
    for (;;) {
      await until(() => client.gateways.length > 0);
      const verdict = await new Promise<PoolVerdict>((done) => client.ask(what, done));
      if (verdict !== PoolVerdict.unanswered) return verdict;
      client.released();
    }
  };
  const book = (what: PoolAsk): void => {
    log.push({ ...what, sequence: log.length + 1, kind: 0, time_s: 0 });
    client.booked();
  };
  return { client, ask, book, log };
}

const brokers = {
  aedes: {
    isThere: true,
    start: async () => {
      const broker = await startEmbeddedBroker({ site: SITE, host: '127.0.0.1', port: 0 });
      closing.push(() => broker.close());
      return { url: broker.url, gatewayUrl: broker.gatewayUrl, program: undefined };
    },
  },
  mosquitto: {
    isThere: hasMosquitto(),
    start: async () => {
      const broker = await startMosquitto();
      closing.push(() => broker.stop());
      return { url: broker.url, gatewayUrl: broker.url, program: broker };
    },
  },
};

describe.each(Object.entries(brokers))('a pool over %s', (name, { isThere, start }) => {
  const skipped = skipWithout(isThere, `${name} (Debian: mosquitto)`);

  it.skipIf(skipped)(
    'refuses a code that another terminal has taken, and what is over the quota',
    async () => {
      const { url, gatewayUrl } = await start();
      gatewayAt(gatewayUrl);
      const [one, two] = TERMINALS.map((key) => terminalAt(url, key));
      const code = askOf(1, 1, 400, QUOTA);
      expect(await one.ask(code)).toBe(PoolVerdict.granted);
      one.book(code);
      expect(await two.ask(code)).toBe(PoolVerdict.seen);
      expect(await two.ask(askOf(1, 2, 101, QUOTA))).toBe(PoolVerdict.quota);
      expect(await two.ask(askOf(1, 2, 100, QUOTA))).toBe(PoolVerdict.granted);
    },
  );

  it.skipIf(skipped)(
    'knows every bill again after the gateway has died, and after the broker has',
    async () => {
      const broker = await start();
      const first = gatewayAt(broker.gatewayUrl);
      const terminals = TERMINALS.map((key) => terminalAt(broker.url, key));
      const bookAll = (from: number) =>
        terminals.forEach(({ book }, user) => {
          for (let counter = from; counter < from + 30; counter++) book(askOf(user, counter, 1, QUOTA));
        });
      const has =
        ({ gateway }: MqttGateway, bills: number) =>
        () =>
          gateway.pool.bills === bills && gateway.whole === TERMINALS.length;
      bookAll(1);
      await until(has(first, 90));
      await first.close();
      await until(() => terminals.every(({ client }) => client.gateways.length === 0));
      bookAll(31);
      const second = gatewayAt(broker.gatewayUrl);
      await until(has(second, 180));
      // With the embedded broker it is the gateway that dies.
      const { program } = broker;
      if (!program) return;
      await program.kill();
      bookAll(61);
      await program.restart();
      await until(has(second, 270));
      const third = gatewayAt(broker.gatewayUrl);
      await until(has(third, 270));
      expect(terminals[0].client.gateways).toHaveLength(2);
      expect(await terminals[1].ask(askOf(0, 90, 1, QUOTA))).toBe(PoolVerdict.seen);
    },
  );

  it.skipIf(skipped)('brings deny lists to terminals that come later, and what is new to all', async () => {
    const { url, gatewayUrl } = await start();
    const gateway = gatewayAt(gatewayUrl);
    const denied = Array.from({ length: 700 }, (_, i) => 3 * i);
    const edition = (version: number) => ({ version, time_s: 1 });
    const issued = { first: 0, last: 3_000 };
    const whole = makeDenyList(crypto, PLATFORM, edition(1), DenyKind.list, denied, issued);
    gateway.deny(whole);
    const parts = new Map<string, DenyPart>();
    const id = platformIdOf(crypto, PLATFORM.slice(32));
    const lists = new MqttDenyParts(url, SITE, id, (part) => {
      parts.set(`${part.version} ${part.part}`, part);
      happened();
    });
    closing.push(() => lists.close());
    await until(() => parts.size === 3);
    const delta = makeDenyDelta(crypto, PLATFORM, edition(2), 1, 701, { added: [1], removed: [] });
    gateway.deny([...whole, ...delta]);
    await until(() => parts.size === 4);
    const loader = new DenyLoader(crypto, PLATFORM.slice(32));
    const inOrder = [...parts.values()].sort((a, b) => a.version - b.version || a.part - b.part);
    for (const { bytes } of inOrder) expect(loader.take(bytes)).toBeUndefined();
    expect([loader.list.version, loader.has(1), loader.has(3), loader.has(2)]).toEqual([
      2,
      true,
      true,
      false,
    ]);
  });
});

describe('the embedded broker', () => {
  const topics = poolTopics(SITE);

  it('lets nobody but its gateway say what gateways say', async () => {
    const { url, gatewayUrl } = await brokers.aedes.start();
    const gateway = gatewayAt(gatewayUrl);
    const { client } = terminalAt(url, TERMINALS[0]);
    await until(() => client.gateways.length === 1);
    const instance = hex(gateway.gateway.instance);
    for (const topic of [topics.hello(instance), topics.down(instance, 'x'), topics.deny('1', 1, 1)]) {
      let isReady = false;
      const stranger = new MqttLink({
        url,
        topics: [`${topics.root}/#`],
        hear: happened,
        ready: () => {
          isReady = true;
          happened();
        },
      });
      closing.push(() => stranger.close());
      await until(() => isReady);
      stranger.publish(topic, new Uint8Array(0), true);
    }
    // A word of the terminal that comes through after all of them.
    const probe = terminalAt(url, TERMINALS[1]);
    await until(() => probe.client.gateways.length === 1);
    expect(client.gateways).toEqual([instance]);
  });

  it('does not take somebody for its gateway who does not know its password', async () => {
    const { gatewayUrl } = await brokers.aedes.start();
    const { port } = new URL(gatewayUrl);
    const answer = await connackOf(Number(port), 'gateway', 'guessed');
    // CONNACK, 2 bytes: no session, bad user name or password.
    expect(answer).toEqual([0x20, 2, 0, 4]);
  });

  it('keeps no packet that is longer than any of ours', () => {
    const cut = (bytes: readonly number[], step: number): boolean => {
      let isCut = false;
      const watch = boundedPackets(() => {
        isCut = true;
      });
      for (let at = 0; at < bytes.length && !isCut; at += step)
        watch(Uint8Array.from(bytes.slice(at, at + step)));
      return isCut;
    };
    const packet = (length: number): number[] => {
      const head = [0x30];
      let rest = length;
      do {
        head.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
        rest >>= 7;
      } while (rest > 0);
      return [...head, ...new Array(length).fill(0xff)];
    };
    for (const step of [1, 2, 7, 10_000]) {
      const fine = [0, 1, 127, 128, 4_096, 3].flatMap(packet);
      expect(cut(fine, step)).toBe(false);
      expect(cut([...fine, ...packet(4_097).slice(0, 3)], step)).toBe(true);
      expect(cut([...fine, 0x30, 0xff, 0xff, 0xff, 0xff], step)).toBe(true);
      expect(cut([...fine, 0x30, 0x80, 0x80, 0x80, 0x80], step)).toBe(true);
    }
  });
});

/** First bytes that the broker answers to a CONNECT of MQTT 3.1.1. */
function connackOf(port: number, user: string, password: string): Promise<number[]> {
  const text = (value: string): number[] => [0, value.length, ...Buffer.from(value)];
  const body = [...text('MQTT'), 4, 0xc2, 0, 10, ...text('c'), ...text(user), ...text(password)];
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(Uint8Array.from([0x10, body.length, ...body])),
    );
    socket.once('data', (answer) => {
      socket.destroy();
      resolve([...answer]);
    });
  });
}
