import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { parseVerifierKey, printVerifierKey, SignatureType } from '../../../sim/bank/ledger/note.js';
import { WitnessServer } from '../../../sim/bank/server/witness-server.js';
import { lockFolder } from '../../../sim/host/folder-lock.js';
import { localWitness } from '../../../sim/host/local-witness.js';
import { CliError, systemReason } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { Exit } from '../output/exit.js';
import type { Output } from '../output/terminal-output.js';
import { complain } from '../run-command.js';

interface WitnessFlags {
  readonly data: string;
  readonly name: string;
  readonly log: readonly string[];
  readonly port: number;
}

/** Serves a witness until it gets a signal. Resolves when it listens. */
export async function serveWitness(out: Output, { data, name, log, port }: WitnessFlags): Promise<void> {
  OutputFile.checkFolder('--data', data);
  const logs = log.map((text) => {
    const key = parseVerifierKey(opensslCrypto, text);
    if (key?.type !== SignatureType.ed25519)
      throw new CliError(
        Exit.usage,
        'log-key',
        `--log ${text}: expected the key of a log, as its policy has it`,
      );
    return key;
  });
  const { witness, unlock } = open(data, name, logs);
  const server = new WitnessServer(witness, (error) => complain(`a fault of the witness: ${error.message}`));
  // Before anybody is told that a signal ends it.
  const end = async (): Promise<void> => {
    await server.close();
    unlock();
    process.exit(Exit.fine);
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  try {
    const url = await server.listen(port);
    out.line(`witness: ${url}`);
    out.line(`key: ${printVerifierKey(witness.vkey)}`);
    out.line('Its line in the file of "bank serve --witnesses": witness WHOSE KEY URL');
    out.line('Ctrl-C ends it.');
  } catch (error) {
    unlock();
    throw new CliError(Exit.usage, 'port', `--port ${port}: ${systemReason(error)}`);
  }
}

function open(data: string, name: string, logs: Parameters<typeof localWitness>[2]) {
  try {
    const witness = localWitness(data, name, logs);
    return { witness, unlock: lockFolder(data) };
  } catch (error) {
    throw new CliError(Exit.usage, 'witness-folder', `--data ${data}: ${(error as Error).message}`);
  }
}
