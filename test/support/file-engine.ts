import type { PGlite } from '@electric-sql/pglite';
import { freshPglite } from '../../sim/bank/db/fresh-pglite.js';

let engine: Promise<PGlite> | undefined;

/** One engine for all the banks and towns of a test file, each in a schema of its own. */
export function fileEngine(): Promise<PGlite> {
  engine ??= freshPglite();
  return engine;
}

/** Test files share a process: what one leaves open, the next ones would carry along. */
export async function closeFileEngine(): Promise<void> {
  const open = engine;
  engine = undefined;
  await (await open)?.close();
}
