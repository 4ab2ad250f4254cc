import { DenyPart } from '../../firmware/account/deny-part.js';
import { NOTHING } from '../../firmware/bytes.js';
import { FRAME_BYTES_MAX, terminalNameOf } from '../account/pool-channel.js';
import { PoolClient, type PoolClientOptions } from '../account/pool-client.js';
import { PoolGateway, type PoolGatewayOptions } from '../account/pool-gateway.js';
import { HELLO_MS } from '../account/pool-hello.js';
import { hex } from '../bank/bytes.js';
import { MqttLink } from './mqtt-link.js';

/** docs/accounts.md has what goes over each. */
export const poolTopics = (site: string) => {
  const root = `tapnote/1/${site}`;
  return {
    root,
    hello: (instance: string) => `${root}/gateway/${instance}`,
    up: (instance: string, terminal: string) => `${root}/to/${instance}/${terminal}`,
    down: (instance: string, terminal: string) => `${root}/from/${instance}/${terminal}`,
    deny: (platform: string, version: number | string, part: number | string) =>
      `${root}/deny/${platform}/${version}/${part}`,
  };
};

interface Broker {
  readonly url: string;
  readonly noDelay?: boolean;
}

/** A gateway at an MQTT broker. */
export class MqttGateway {
  readonly gateway: PoolGateway;
  readonly #topics: ReturnType<typeof poolTopics>;
  readonly #link: MqttLink;
  readonly #hello: NodeJS.Timeout;
  /** Parts of deny lists, by their topics. */
  #deny = new Map<string, Uint8Array>();

  /** `ready` runs when it can be asked, and again after each break. */
  constructor(options: PoolGatewayOptions & Broker & { readonly ready?: () => void }) {
    const { site, url, noDelay, ready } = options;
    this.gateway = new PoolGateway(options);
    const instance = hex(this.gateway.instance);
    this.#topics = poolTopics(site);
    const topics = this.#topics;
    const hello = topics.hello(instance);
    this.#link = new MqttLink({
      url,
      noDelay: noDelay !== false,
      topics: [topics.up(instance, '+'), hello],
      willTopic: hello,
      hear: (topic, payload) => this.#hear(topic, payload, instance),
      ready: () => {
        this.#greet();
        for (const [of, bytes] of this.#deny) this.#link.publish(of, bytes, true);
        ready?.();
      },
    });
    this.#hello = setInterval(() => this.#greet(), HELLO_MS);
  }

  /**
   * Gives the parts of deny lists to all terminals, those too that come later, in place of what there was.
   */
  deny(parts: readonly DenyPart[]): void {
    const old = this.#deny;
    this.#deny = new Map(
      parts.map((part) => [this.#topics.deny(hex(part.platform), part.version, part.part), part.bytes]),
    );
    for (const topic of old.keys()) if (!this.#deny.has(topic)) this.#link.publish(topic, NOTHING, true);
    for (const [topic, bytes] of this.#deny) this.#link.publish(topic, bytes, true);
  }

  /** It says that it goes, and goes. */
  async close(): Promise<void> {
    clearInterval(this.#hello);
    this.#link.publish(this.#topics.hello(hex(this.gateway.instance)), NOTHING, true);
    await this.#link.close();
  }

  #greet(): void {
    this.#link.publish(this.#topics.hello(hex(this.gateway.instance)), this.gateway.hello(), true);
  }

  #hear(topic: string, payload: Uint8Array, instance: string): void {
    // Somebody else has emptied our place, where anybody may write.
    if (topic === this.#topics.hello(instance)) {
      if (payload.length === 0) this.#greet();
      return;
    }
    if (payload.length > FRAME_BYTES_MAX) return;
    const terminal = topic.slice(topic.lastIndexOf('/') + 1);
    const reply = this.gateway.take(terminal, payload);
    if (reply) this.#link.publish(this.#topics.down(instance, terminal), reply);
  }
}

/** A terminal at an MQTT broker. */
export class MqttTerminal {
  readonly client: PoolClient;
  readonly #link: MqttLink;

  /** `heard` runs when a gateway has said something. */
  constructor(options: Omit<PoolClientOptions, 'send'> & Broker & { readonly heard?: () => void }) {
    const { site, crypto, key, url, noDelay, heard } = options;
    const topics = poolTopics(site);
    const name = terminalNameOf(crypto, key.subarray(32));
    const up = (instance: string, frame: Uint8Array): void =>
      this.#link.publish(topics.up(instance, name), frame);
    this.client = new PoolClient({ ...options, send: up });
    this.#link = new MqttLink({
      url,
      noDelay: noDelay !== false,
      topics: [topics.hello('+'), topics.down('+', name)],
      hear: (topic, payload) => {
        const [kind, of] = topic.slice(topics.root.length + 1).split('/');
        if (kind === 'from' && payload.length <= FRAME_BYTES_MAX) this.client.take(of, payload);
        else if (kind === 'gateway' && payload.length === 0) this.client.gone(of);
        else if (kind === 'gateway') this.client.hello(payload);
        heard?.();
      },
    });
  }

  async close(): Promise<void> {
    this.client.close();
    await this.#link.close();
  }
}

/**
 * What the gateway of a site has given out of one platform's deny lists: its parts, at first all that there
 * are, in any order. Whoever is at the broker may send some: nobody's signature is looked at here.
 */
export class MqttDenyParts {
  readonly #link: MqttLink;

  /** `platform`: as `platformIdOf` names its key, 4 bytes. */
  constructor(url: string, site: string, platform: Uint8Array, hear: (part: DenyPart) => void) {
    this.#link = new MqttLink({
      url,
      topics: [poolTopics(site).deny(hex(platform), '+', '+')],
      hear: (_topic, payload) => {
        const part = DenyPart.parse(payload);
        if (part) hear(part);
      },
    });
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
