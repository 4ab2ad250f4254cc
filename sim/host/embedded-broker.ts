import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { Aedes, type AuthenticateError } from 'aedes';
import { poolTopics } from './pool-mqtt.js';

/** Of one MQTT packet: a part of a deny list in its topic, and much more than any frame. */
const PACKET_BYTES_MAX = 4_096;
const CONNECTIONS_MAX = 1_024;
const GATEWAY = 'gateway';
/** MQTT 3.1.1, table 3.1: bad user name or password. */
const refused: AuthenticateError = Object.assign(new Error('password'), { returnCode: 4 });

export interface EmbeddedBrokerOptions {
  readonly site: string;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** False only where it is measured what it costs. */
  readonly noDelay?: boolean;
}

export interface EmbeddedBroker {
  /** For terminals. */
  readonly url: string;
  /** For the gateway of this process: it alone says what gateways say, and gives out deny lists. */
  readonly gatewayUrl: string;
  close(): Promise<void>;
}

/** An MQTT broker in this process. Throws the system's error when it cannot listen. */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { site, host, port, noDelay = true } = options;
  const password = randomBytes(16).toString('hex');
  const { root } = poolTopics(site);
  const gateways = new WeakSet<object>();
  const broker = await Aedes.createBroker({
    authenticate: (client, username, given, done) => {
      if (username !== GATEWAY) return done(null, true);
      if (given?.toString() !== password) return done(refused, null);
      gateways.add(client);
      done(null, true);
    },
    // Terminals ask; all else on these topics is the gateway's.
    authorizePublish: (client, { topic }, done) => {
      const isGateway = client === null || gateways.has(client);
      done(isGateway || topic.startsWith(`${root}/to/`) ? null : new Error('not for terminals'));
    },
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.setNoDelay(noDelay);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on(
      'data',
      boundedPackets(() => socket.destroy()),
    );
    broker.handle(socket);
  });
  server.maxConnections = CONNECTIONS_MAX;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    // Its timers would keep the process.
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    throw error;
  }
  const { port: given } = server.address() as { port: number };
  return {
    url: `mqtt://${host}:${given}`,
    gatewayUrl: `mqtt://${GATEWAY}:${password}@${host}:${given}`,
    close: async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * Watches the fixed headers of MQTT packets (MQTT 3.1.1, section 2.2) go by, and calls `tooLong` at the first
 * packet that the broker would have to keep more of than PACKET_BYTES_MAX.
 */
export function boundedPackets(tooLong: () => void): (chunk: Uint8Array) => void {
  /** Bytes of the packet behind its head that are still to come. */
  let left = 0;
  let [length, shift, isInHead] = [0, 0, false];
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const passed = Math.min(left, chunk.length - at);
        left -= passed;
        at += passed;
      } else if (!isInHead) {
        [length, shift, isInHead] = [0, 0, true];
        at++;
      } else {
        length |= (chunk[at] & 0x7f) << shift;
        shift += 7;
        const isMore = (chunk[at++] & 0x80) !== 0;
        if (length > PACKET_BYTES_MAX || (isMore && shift > 21)) return tooLong();
        if (!isMore) [left, isInHead] = [length, false];
      }
    }
  };
}
