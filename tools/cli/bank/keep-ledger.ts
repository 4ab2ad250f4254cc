import { join } from 'node:path';
import type pino from 'pino';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import type { Bank } from '../../../sim/bank/bank.js';
import { CENTRAL_BANK, type Cosigner, operatorName, Publisher } from '../../../sim/bank/ledger/publisher.js';
import { remoteCosigner } from '../../../sim/bank/server/witness-client.js';
import { localWitness } from '../../../sim/host/local-witness.js';
import { CliError } from '../cli-error.js';
import { readPolicy } from '../files/policy-file.js';
import { Exit } from '../output/exit.js';

/** What was settled is in the logs, and shown, so much later at the most. */
const PUBLISH_MS = 1_000;

/** The witnesses of a bank: those of a file, or else one for each party, in folders of this computer. */
export function cosignersOf(
  { logs }: Bank,
  file: string | undefined,
  folder: string | undefined,
): Cosigner[] {
  const names = [CENTRAL_BANK, ...logs.all.map(({ operator }) => operatorName(operator))];
  if (file !== undefined) return listed(file, names);
  if (folder === undefined) return [];
  return names.map((name) => {
    const others = logs.all.filter(({ operator }) => operatorName(operator) !== name);
    const full = `${logs.house}/${name}/witness`;
    const witness = localWitness(
      join(folder, name),
      full,
      others.map(({ key }) => key),
    );
    return { name, key: witness.vkey, ask: (body) => witness.addCheckpoint(body) };
  });
}

function listed(file: string, names: readonly string[]): Cosigner[] {
  return readPolicy(file).witnesses.map(({ name, key, url }) => {
    if (!names.includes(name) || url === undefined)
      throw new CliError(
        Exit.usage,
        'witness',
        `--witnesses ${file}: ${name}: expected one of ${names.join(', ')}, a key and a URL`,
      );
    return remoteCosigner(name, key, url);
  });
}

/** Publishes the logs from time to time. Returns what stops it, after a step that is under way. */
export function keepLedger(
  bank: Bank,
  cosigners: readonly Cosigner[],
  log: pino.Logger,
): () => Promise<void> {
  const said = new Map<string, string>();
  const onSilent = (witness: string, of: string, why: string): void => {
    // Once a second would be too often.
    if (said.get(`${witness} ${of}`) !== why) log.warn({ witness, of, why }, 'a witness did not cosign');
    said.set(`${witness} ${of}`, why);
  };
  const publisher = new Publisher(bank.logs, opensslCrypto, cosigners, onSilent);
  let isAtWork = false;
  let step = Promise.resolve();
  const publish = (): void => {
    if (isAtWork) return;
    isAtWork = true;
    step = publisher
      .publish()
      .catch((error: Error) => log.error({ err: error }, 'the logs could not be published'))
      .finally(() => {
        isAtWork = false;
      });
  };
  publish();
  const timer = setInterval(publish, PUBLISH_MS);
  return () => {
    clearInterval(timer);
    return step;
  };
}
