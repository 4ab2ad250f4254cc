import type { Identity } from '../../../firmware/console/identity.js';
import { hex } from '../../../sim/bank/bytes.js';
import { PortError } from '../../cli/serial/byte-port.js';
import { ConsoleClient, lifecycleName } from '../../cli/serial/client.js';
import { WebPort } from './web-port.js';
import { webSerial } from './web-serial.js';

/** A board that answers. */
export interface Board {
  readonly client: ConsoleClient;
  readonly identity: Identity;
  /** Resolves when another may open its port. */
  leave(): Promise<void>;
}

/** The user chooses a port. Undefined when none was chosen. */
async function choosePort(): Promise<WebPort | undefined> {
  const serial = webSerial();
  if (!serial) throw new PortError('no-web-serial', NO_SERIAL);
  const port = await serial.requestPort().catch((error: Error) => {
    if (error.name === 'NotFoundError') return undefined;
    throw new PortError('no-port', `no port can be chosen: ${error.message}`);
  });
  return port && WebPort.open(port);
}

/** Undefined when no port was chosen. Throws PortError where no tapnote answers. */
export async function meetBoard(): Promise<Board | undefined> {
  const port = await choosePort();
  if (!port) return undefined;
  const client = new ConsoleClient(port);
  try {
    const identity = await client.identify();
    return { client, identity, leave: () => port.end() };
  } catch (error) {
    await port.end();
    throw error;
  }
}

/** In one line. */
export function boardWords({ board, firmware, lifecycle, deviceId }: Identity): string {
  const id = deviceId ? `, device ${hex(deviceId)}` : '';
  return `${board}, firmware ${firmware}, ${lifecycleName(lifecycle)}${id}`;
}

export const NO_SERIAL =
  'this browser has no Web Serial: take Chromium, Chrome or Edge, and open this page by https or on this machine';
