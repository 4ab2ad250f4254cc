import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { opensslCrypto as crypto } from '../../../hal/crypto/openssl.js';
import { PRIVATE_FILE } from '../../../sim/host/private-folder.js';
import { CliError } from '../cli-error.js';
import { OutputFile } from '../files/output-file.js';
import { hexKey } from '../files/public-key.js';
import { Exit } from '../output/exit.js';

/** Signing keys (64 bytes each) of a platform and of one of its users, who are here in one folder. */
export interface DemoKeys {
  readonly platform: Uint8Array;
  readonly user: Uint8Array;
  /** File with the platform's public key, for terminals. */
  readonly publicFile: string;
}

/** The keys in `folder`, made there the first time. Throws CliError. */
export function demoKeys(folder: string): DemoKeys {
  const file = OutputFile.checkFolder('--keys', folder);
  const keyOf = (name: string): Uint8Array => {
    const path = join(folder, name);
    if (!existsSync(path)) file(name).write(`${randomBytes(32).toString('hex')}\n`, PRIVATE_FILE);
    const seed = hexKey(path);
    if (!seed) throw new CliError(Exit.usage, 'seed', `${path}: expected 64 hex digits`);
    return crypto.ed25519KeyFromSeed(seed);
  };
  const [platform, user] = [keyOf('platform-seed'), keyOf('user-seed')];
  const name = 'platform-key';
  const publicFile = join(folder, name);
  if (!existsSync(publicFile)) file(name).write(`${Buffer.from(platform.subarray(32)).toString('hex')}\n`);
  return { platform, user, publicFile };
}
