import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { opensslCrypto } from '../../hal/crypto/openssl.js';
import type { VerifierKey } from '../bank/ledger/note.js';
import { Witness } from '../bank/ledger/witness.js';
import { FileShelf } from './file-shelf.js';
import { makePrivate, PRIVATE_FILE } from './private-folder.js';

const KEY_FILE = 'key';

/**
 * A witness that keeps its key, and what it has cosigned, in a folder of its own: never in the books of a
 * bank, which may be rolled back.
 */
export function localWitness(folder: string, name: string, logs: readonly VerifierKey[]): Witness {
  makePrivate(folder);
  const key = opensslCrypto.ed25519KeyFromSeed(seedIn(join(folder, KEY_FILE)));
  const now_s = () => Math.floor(Date.now() / 1_000);
  return new Witness(opensslCrypto, { name, key, logs, shelf: new FileShelf(folder), now_s });
}

/** Throws Error for a file that has no key in it. */
function seedIn(file: string): Uint8Array {
  if (!existsSync(file))
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: PRIVATE_FILE, flag: 'wx' });
  const text = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`${file}: there is no key of a witness in it`);
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
