import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { PRIVATE_FILE } from '../../../sim/host/private-folder.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { hexKey } from '../files/public-key.js';
import { Exit } from '../output/exit.js';

export interface KeptKey {
  /** Signing key, 64 bytes. */
  readonly key: Uint8Array;
  /** File with the public key, for others. */
  readonly publicFile: string;
}

/**
 * The key NAME in a folder: `NAME-seed` for its owner alone, `NAME-key`; made the first time. Throws
 * CliError.
 */
export function keptKey(option: string, folder: string, name: string): KeptKey {
  const file = OutputFile.checkFolder(option, folder);
  const [seedPath, publicFile] = [join(folder, `${name}-seed`), join(folder, `${name}-key`)];
  if (!existsSync(seedPath)) file(`${name}-seed`).write(`${randomBytes(32).toString('hex')}\n`, PRIVATE_FILE);
  const seed = hexKey(seedPath);
  if (!seed) throw new CliError(Exit.usage, 'seed', `${seedPath}: expected 64 hex digits`);
  const key = crypto.ed25519KeyFromSeed(seed);
  if (!existsSync(publicFile))
    file(`${name}-key`).write(`${Buffer.from(key.subarray(32)).toString('hex')}\n`);
  return { key, publicFile };
}
