import { connect } from 'node:net';
import { MqttClient } from 'mqtt';

const PORT = 1_883;
const KEEPALIVE_S = 10;
const RECONNECT_MS = 500;

export interface MqttLinkOptions {
  /** `mqtt://HOST:PORT`, with user and password where the broker wants them. */
  readonly url: string;
  readonly topics: readonly string[];
  readonly hear: (topic: string, payload: Uint8Array) => void;
  /** Runs at every connection, when the topics are subscribed. */
  readonly ready?: () => void;
  /** What the broker empties when this client is gone. */
  readonly willTopic?: string;
  /** False only where it is measured what it costs. */
  readonly noDelay?: boolean;
}

/** A client of an MQTT broker, which comes again by itself. Everything goes at most once: QoS 0. */
export class MqttLink {
  readonly #client: MqttClient;

  constructor({ url, topics, hear, ready, willTopic, noDelay = true }: MqttLinkOptions) {
    const { hostname, port, username, password } = new URL(url);
    // Left alone, a socket holds small packets back while one is not acknowledged (Nagle): 40 ms each way.
    const stream = () => connect({ host: hostname, port: Number(port) || PORT, noDelay });
    this.#client = new MqttClient(stream, {
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_S,
      reconnectPeriod: RECONNECT_MS,
      // An ask that waited for a broker would be answered when nobody waits for it any more.
      queueQoSZero: false,
      ...(username !== '' && {
        username: decodeURIComponent(username),
        password: decodeURIComponent(password),
      }),
      ...(willTopic !== undefined && {
        will: { topic: willTopic, payload: Buffer.alloc(0), qos: 0 as const, retain: true },
      }),
    });
    this.#client.on('message', (topic, payload) => hear(topic, Uint8Array.from(payload)));
    this.#client.on('connect', () => this.#client.subscribe([...topics], () => ready?.()));
    // A broker that is not there is no fault: the client tries again, and whoever waits does not wait long.
    this.#client.on('error', () => {});
  }

  /** Lost when there is no connection. */
  publish(topic: string, payload: Uint8Array, retain = false): void {
    if (!this.#client.connected) return;
    this.#client.publish(topic, Buffer.from(payload), { qos: 0, retain });
  }

  async close(): Promise<void> {
    await this.#client.endAsync();
  }
}
