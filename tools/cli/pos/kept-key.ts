import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NOTHING, sameBytes } from '../../../firmware/bytes.js';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { PRIVATE_FILE } from '../../../sim/host/private-folder.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { hexKey } from '../files/public-key.js';
import { Exit } from '../output/exit.js';

const SEED_BYTES = 32;

export interface KeptKey {
  /** Signing key, 64 bytes. */
  readonly key: Uint8Array;
  /** File with the public key, for others. */
  readonly publicFile: string;
}

/**
 * The key NAME in a folder: `NAME-seed` for its owner alone, `NAME-key` for others; made the first time. What
 * was signed before belongs to the public key: where the seed is gone, or is another one's, there is no key.
 * Throws CliError, `seed` for that.
 */
export function keptKey(option: string, folder: string, name: string): KeptKey {
  const file = OutputFile.checkFolder(option, folder);
  const [seedPath, publicFile] = [join(folder, `${name}-seed`), join(folder, `${name}-key`)];
  const known = existsSync(publicFile) ? hexKey(publicFile) : NOTHING;
  const wrong = (why: string): CliError => new CliError(Exit.usage, 'seed', `${seedPath}: ${why}`);
  if (!existsSync(seedPath)) {
    if (known !== NOTHING) throw wrong(`it is gone, and ${publicFile} is there`);
    file(`${name}-seed`).write(`${randomBytes(SEED_BYTES).toString('hex')}\n`, PRIVATE_FILE);
  }
  const seed = hexKey(seedPath);
  if (!seed) throw wrong('expected 64 hex digits');
  const key = crypto.ed25519KeyFromSeed(seed);
  const own = key.subarray(SEED_BYTES);
  if (known === NOTHING) file(`${name}-key`).write(`${Buffer.from(own).toString('hex')}\n`);
  else if (!known || !sameBytes(known, own)) throw wrong(`${publicFile} is the key of another seed`);
  return { key, publicFile };
}
