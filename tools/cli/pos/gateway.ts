import { PoolVerdict } from '../../../firmware/account/pool-hook.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../../sim/host/embedded-broker.js';
import { nodeEntropy } from '../../../sim/host/node-entropy.js';
import { MqttGateway } from '../../../sim/host/pool-mqtt.js';
import { CliError, systemReason } from '../cli-error.js';
import { readUserText } from '../files/user-file.js';
import { untilSignal } from '../front-ends/until-signal.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';
import type { Output } from '../output/terminal-output.js';
import { readDenyParts } from './deny-files.js';
import { keptKey } from './kept-key.js';

const TERMINALS_BYTES_MAX = 65_536;

export interface GatewayFlags {
  readonly site: string;
  readonly keys: string;
  readonly terminals: string;
  readonly broker?: string;
  readonly listen: readonly [host: string, port: number];
  readonly countMax: number;
  readonly amountMax: number;
  readonly dayMax: number;
  readonly deny: readonly string[];
}

/** `tapnote pos gateway`: the edge gateway of a site, until a signal. Throws CliError. */
export async function serveGateway(out: Output, flags: GatewayFlags): Promise<Exit> {
  const { site, countMax, amountMax, dayMax } = flags;
  const terminals = keysIn(flags.terminals);
  const deny = flags.deny.flatMap(readDenyParts);
  const { key, publicFile } = keptKey('--keys', flags.keys, 'gateway');
  const broker = flags.broker === undefined ? await embedded(site, flags.listen) : elsewhere(flags.broker);
  const ending = untilSignal();
  const gateway = await startGateway({
    ...{ crypto, entropy: nodeEntropy, key, site, terminals },
    rules: { counterpartyCountMax: countMax, counterpartyAmountMax: amountMax, dayMax },
    time_s: () => Math.floor(Date.now() / 1_000),
    url: broker.gatewayUrl,
    ready: () => out.line(`asked over ${broker.url}`),
  }).catch(async (error) => {
    await broker.close();
    throw error;
  });
  gateway.deny(deny);
  out.line(`gateway of ${site} for ${terminals.length} terminals; its key for them is in ${publicFile}`);
  out.line('Ctrl-C ends it; terminals go on by their own rules.');
  const exit = await ending.promise;
  await gateway.close();
  await broker.close();
  for (const line of summary(gateway)) out.line(line);
  return exit;
}

/** Public keys of terminals, one a line, as a terminal's folder has them; empty lines count for nothing. */
function keysIn(path: string): Uint8Array[] {
  const unusable = (why: string): CliError =>
    new CliError(Exit.usage, 'terminals', `--terminals ${path}: ${why}`);
  const keys = readUserText(path, TERMINALS_BYTES_MAX)
    .split(/\r?\n/)
    .flatMap((line, i) => {
      if (line === '') return [];
      if (!/^[0-9a-f]{64}$/i.test(line)) throw unusable(`line ${i + 1} is no public key: 64 hex digits`);
      return [Uint8Array.from(Buffer.from(line, 'hex'))];
    });
  if (keys.length === 0) throw unusable('it is empty');
  return keys;
}

async function embedded(site: string, [host, port]: readonly [string, number]): Promise<EmbeddedBroker> {
  try {
    return await startEmbeddedBroker({ site, host, port });
  } catch (error) {
    throw new CliError(Exit.usage, 'port', `--listen ${host}:${port}: ${systemReason(error)}`);
  }
}

/** A broker that is there already; it is named without the password that may be in its URL. */
const elsewhere = (url: string): EmbeddedBroker => ({
  gatewayUrl: url,
  url: `mqtt://${new URL(url).host}`,
  close: async () => {},
});

async function startGateway(options: ConstructorParameters<typeof MqttGateway>[0]): Promise<MqttGateway> {
  try {
    return new MqttGateway(options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(Exit.usage, 'terminals', `--terminals: ${error.message}`);
  }
}

function summary({ gateway }: MqttGateway): string[] {
  const { answered, pool, terminals, whole } = gateway;
  const rows = Object.entries(PoolVerdict).map(([name, verdict]) => [name, String(answered[verdict])]);
  return [
    ...table([['asks', ''], ...rows]),
    `${pool.bills} bills of ${pool.users} users; ${whole} of ${terminals} terminals have told all of theirs`,
    ...pool.forked.map((terminal) => `terminal ${terminal} has shown two logs: it is not heard any more`),
  ];
}
