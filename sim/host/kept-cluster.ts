import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beginWith, emptyCluster } from '../bank/db/fresh-pglite.js';
import { SCHEMA } from '../bank/db/schema.js';

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const CACHE = join(MODULES, '.cache/tapnote');

/**
 * Lets the databases of this process begin with a cluster that an earlier one has made: that saves seconds.
 * Returns what keeps this one's for the next. Where nothing can be kept, each process makes its own.
 */
export function useKeptCluster(folder = CACHE): () => Promise<void> {
  const prefix = `cluster-${versionOf()}-`;
  try {
    const name = readdirSync(folder).find((each) => each.startsWith(prefix));
    if (name) {
      const bytes = readFileSync(join(folder, name));
      if (name === nameOf(prefix, bytes)) beginWith(new Blob([bytes]));
      else rmSync(join(folder, name));
    }
  } catch {
    // There is none yet, or it is not ours to read.
  }
  const isKept = emptyCluster() !== undefined;
  return async () => {
    const cluster = await emptyCluster();
    if (cluster && !isKept) keep(folder, prefix, new Uint8Array(await cluster.arrayBuffer()));
  };
}

/** Of PGlite, since another one may not read what this one has made; and of the tables. */
function versionOf(): string {
  const file = join(MODULES, '@electric-sql/pglite/package.json');
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return `${version}-${shortHash(SCHEMA).slice(0, 8)}`;
}

/** With a hash, so that half a file is not taken for a whole one. */
const nameOf = (prefix: string, bytes: Uint8Array): string => `${prefix}${shortHash(bytes)}.tar`;

const shortHash = (of: string | Uint8Array): string =>
  createHash('sha256').update(of).digest('hex').slice(0, 16);

function keep(folder: string, prefix: string, bytes: Uint8Array): void {
  const aside = join(folder, `.${prefix}${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    return;
  }
  try {
    for (const old of readdirSync(folder).filter((each) => each.startsWith('cluster-')))
      rmSync(join(folder, old));
    writeFileSync(aside, bytes);
    renameSync(aside, join(folder, nameOf(prefix, bytes)));
  } catch {
    rmSync(aside, { force: true });
  }
}
