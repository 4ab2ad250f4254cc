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
  const deny = readDenyParts(flags.deny);
  const { key, publicFile } = keptKey('--keys', flags.keys, 'gateway');
  const broker = flags.broker === undefined ? await embedded(site, flags.listen) : undefined;
  const ending = untilSignal();
  const gateway = await startGateway({
    ...{ crypto, entropy: nodeEntropy, key, site, terminals },
    rules: { counterpartyCountMax: countMax, counterpartyAmountMax: amountMax, dayMax },
    time_s: () => Math.floor(Date.now() / 1_000),
    url: broker?.gatewayUrl ?? flags.broker ?? '',
    ready: () => out.line(`asked over ${broker?.url ?? hostOf(flags.broker ?? '')}`),
  }).catch(async (error) => {
    await broker?.close();
    throw error;
  });
  gateway.deny(deny);
  out.line(`gateway of ${site} for ${terminals.length} terminals; its key for them is in ${publicFile}`);
  out.line('Ctrl-C ends it; terminals go on by their own rules.');
  const exit = await ending.promise;
  await gateway.close();
  await broker?.close();
  for (const line of summary(gateway)) out.line(line);
  return exit;
}

/** Public keys of terminals, one a line, as a terminal's folder has them. */
function keysIn(path: string): Uint8Array[] {
  const lines = readUserText(path, TERMINALS_BYTES_MAX)
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const wrong = lines.findIndex((line) => !/^[0-9a-f]{64}$/i.test(line));
  if (wrong >= 0 || lines.length === 0) {
    const why = wrong < 0 ? 'it is empty' : `line ${wrong + 1} is no public key: 64 hex digits`;
    throw new CliError(Exit.usage, 'terminals', `--terminals ${path}: ${why}`);
  }
  return lines.map((line) => Uint8Array.from(Buffer.from(line, 'hex')));
}

async function embedded(site: string, [host, port]: readonly [string, number]): Promise<EmbeddedBroker> {
  try {
    return await startEmbeddedBroker({ site, host, port });
  } catch (error) {
    throw new CliError(Exit.usage, 'port', `--listen ${host}:${port}: ${systemReason(error)}`);
  }
}

async function startGateway(options: ConstructorParameters<typeof MqttGateway>[0]): Promise<MqttGateway> {
  try {
    return new MqttGateway(options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError(Exit.usage, 'terminals', `--terminals: ${error.message}`);
  }
}

/** Without the password that may be in it. */
const hostOf = (url: string): string => `mqtt://${new URL(url).host}`;

function summary({ gateway }: MqttGateway): string[] {
  const { answered, pool, terminals, whole } = gateway;
  const rows = Object.entries(PoolVerdict).map(([name, verdict]) => [name, String(answered[verdict])]);
  return [
    ...table([['asks', ''], ...rows]),
    `${pool.bills} bills of ${pool.users} users; ${whole} of ${terminals} terminals have told all of theirs`,
    ...pool.forked.map((terminal) => `terminal ${terminal} has shown two logs: it is not heard any more`),
  ];
}
