import { PGlite } from '@electric-sql/pglite';
import { SCHEMA } from './schema.js';

/**
 * A copy is recovered, as after a crash. PostgreSQL sets a timer for reports on that and leaves it running,
 * and in PGlite 0.5.16 it keeps the process alive: without reports there is none. Nothing of what is in
 * memory outlives a crash, so its log keeps no pages, and few files.
 */
const START = [
  ...PGlite.defaultStartParams,
  ...[
    'log_startup_progress_interval=0',
    'full_page_writes=off',
    'min_wal_size=2MB',
    'max_wal_size=1GB',
  ].flatMap((setting) => ['-c', setting]),
];
/** A file of the log takes 16 MB else, and each copy all of it. */
const INIT = ['--wal-segsize=1'];

/** In a cluster as it is made: the tables of a bank without one row. The first bank takes this schema. */
export const EMPTY_BOOKS = 'empty_books';

export const takeEmptyBooks = (schema: string): string => `alter schema ${EMPTY_BOOKS} rename to ${schema}`;

/** A cluster as it is made, with nothing in it but that: a tar of its folder. */
let empty: Promise<Blob> | undefined;

/**
 * A PGlite in memory. To make a cluster takes most of its start, so the first one of a process makes it and
 * the others begin with a copy.
 */
export async function freshPglite(): Promise<PGlite> {
  if (empty) return openPglite(await empty);
  const first = PGlite.create({ initDbStartParams: INIT, startParams: START });
  empty = first.then(async (pglite) => {
    await pglite.exec(`create schema ${EMPTY_BOOKS}; set search_path to ${EMPTY_BOOKS}; ${SCHEMA}`);
    await pglite.exec('reset search_path');
    await pglite.exec('checkpoint');
    return pglite.dumpDataDir('none');
  });
  empty.catch(() => {
    empty = undefined;
  });
  await empty;
  return first;
}

/** A PGlite in memory that goes on from the tar of a cluster's folder, whole or gzipped. */
export const openPglite = (cluster: Blob): Promise<PGlite> =>
  PGlite.create({ loadDataDir: cluster, startParams: START });

/** From now on PGlites begin with `cluster`, which an earlier process has made by the same version. */
export function beginWith(cluster: Blob): void {
  empty = Promise.resolve(cluster);
}

/** What they begin with. Undefined: none was opened yet. */
export function emptyCluster(): Promise<Blob> | undefined {
  return empty;
}
