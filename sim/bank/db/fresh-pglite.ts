import { PGlite } from '@electric-sql/pglite';

/**
 * A copy is recovered, as after a crash. PostgreSQL sets a timer for reports on that and leaves it running,
 * and in PGlite 0.5.16 it keeps the process alive: without reports there is none.
 */
const START = [...PGlite.defaultStartParams, '-c', 'log_startup_progress_interval=0'];

/** A cluster as it is made, before anything is in it: a tar of its folder. */
let empty: Promise<Blob> | undefined;

/**
 * A PGlite in memory. To make a cluster takes most of its start, so the first one of a process makes it and
 * the others begin with a copy.
 */
export async function freshPglite(): Promise<PGlite> {
  if (empty) return openPglite(await empty);
  const first = PGlite.create();
  empty = first.then((pglite) => pglite.dumpDataDir('none'));
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
