/**
 * `npm run bench:keys`: signatures of notes a second, under a key in the books and under one in a token in
 * software, through the process that has it open.
 */
import { NOTE_BYTES } from '../../../firmware/objects/note.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { type KeyStore, keysInBooks } from '../../../sim/bank/key-store.js';
import { KeyToken } from '../../../sim/host/key-token.js';
import { parseKeyUri } from '../../../sim/host/key-uri.js';
import { nodeEntropy } from '../../../sim/host/node-entropy.js';
import { hasSoftTokens, softTokens } from '../../../sim/host/soft-token.js';
import { CliError } from '../../cli/cli-error.js';
import { EXIT_HELP, Exit } from '../../cli/output/exit.js';
import { table } from '../../cli/output/table.js';
import { Output } from '../../cli/output/terminal-output.js';
import { commandLine, runCommand } from '../../cli/run-command.js';
import { positive } from '../../fuzz/natural.js';

function rate(store: KeyStore, signatures: number): string {
  const { crypto } = store;
  const [key, note] = [store.make('that is measured'), new Uint8Array(NOTE_BYTES)];
  crypto.ed25519Sign(key, note);
  const began_ms = performance.now();
  for (let i = 0; i < signatures; i++) crypto.ed25519Sign(key, note);
  return (signatures / ((performance.now() - began_ms) / 1_000)).toFixed(0);
}

function bench({ signatures }: { signatures: number }): void {
  if (!hasSoftTokens())
    throw new CliError(Exit.absent, 'missing', 'SoftHSM is needed: tools/setup-debian.sh installs it');
  const tokens = softTokens();
  Object.assign(process.env, tokens.env);
  tokens.init('bench');
  const token = new KeyToken(parseKeyUri(tokens.uri('bench')), '', opensslCrypto);
  try {
    const rows = [
      ['in the books', rate(keysInBooks(opensslCrypto, nodeEntropy).operators, signatures)],
      ['in a token', rate(token, signatures)],
    ];
    for (const line of table([['signatures a second', ''], ...rows])) new Output(process.stdout).line(line);
  } finally {
    token.close();
    tokens.remove();
  }
}

const command = commandLine('bench:keys')
  .description('signatures a second under keys in the books and in a token (SoftHSM)')
  .option('--signatures <n>', 'so many with each', positive, 5_000)
  .addHelpText('after', EXIT_HELP)
  .action(bench);

await runCommand(command);
