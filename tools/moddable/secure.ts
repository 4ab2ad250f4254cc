import { appendFileSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BOARDS } from './boards.js';

/**
 * Added to a board's settings, and in place of its partitions: two programs, of which the newer is started.
 */
export const SECURE_SETTINGS = join(BOARDS, 'secure.defaults');
export const SECURE_PARTITIONS = join(BOARDS, 'secure.csv');

/** A copy of a board's folder in `out`, with what `--secure` adds: its first start burns fuses. */
export function secured(name: string, out: string): string {
  const folder = join(out, 'secure', name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(BOARDS, name), folder, { recursive: true });
  appendFileSync(join(folder, 'sdkconfig/sdkconfig.defaults'), readFileSync(SECURE_SETTINGS));
  cpSync(SECURE_PARTITIONS, join(folder, 'sdkconfig/partitions.csv'));
  return folder;
}
