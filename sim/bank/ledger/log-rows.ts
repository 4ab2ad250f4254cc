/** What the books have of a log, row by row. */
import type { Sql } from '../db/database.js';
import { BUNDLED_BYTES } from './leaf.js';
import { HASH_BYTES } from './merkle.js';
import { ENTRIES, parseTilePath, type TileName } from './tiles.js';

export interface LogRow {
  readonly size: number;
  /** What the log has signed last. */
  readonly checkpoint: string;
  /** What it shows, and the policy by which that is believed. */
  readonly published: string | null;
  readonly policy: string | null;
}

/** Undefined before the log has begun. */
export async function readLog(sql: Sql, operator: number): Promise<LogRow | undefined> {
  const [row] = await sql.rows<LogRow>(
    'select size, checkpoint, published, policy from ledger_logs where operator = $1',
    [operator],
  );
  return row;
}

/** Of a hash in a tile, or of an entry in a bundle. */
export const partBytes = (level: number): number => (level === ENTRIES ? BUNDLED_BYTES : HASH_BYTES);

/** Undefined when the tile is not that wide. */
export async function readTile(
  sql: Sql,
  operator: number,
  { level, number, width }: TileName,
): Promise<Uint8Array | undefined> {
  const [row] = await sql.rows<{ bytes: Uint8Array }>(
    'select bytes from ledger_tiles where operator = $1 and level = $2 and number = $3',
    [operator, level, number],
  );
  const length = width * partBytes(level);
  return row && row.bytes.length >= length ? row.bytes.slice(0, length) : undefined;
}

/** What lies at a path below the prefix of a log; undefined where there is nothing. */
export async function readLogFile(
  sql: Sql,
  operator: number,
  path: string,
): Promise<string | Uint8Array | undefined> {
  const name = parseTilePath(path);
  if (name) return readTile(sql, operator, name);
  const [, hash] = /^ciphertext\/([0-9a-f]{64})$/.exec(path) ?? [];
  if (hash !== undefined) {
    const [row] = await sql.rows<{ ciphertext: Uint8Array | null }>(
      'select ciphertext from ledger_batches where operator = $1 and hash = $2',
      [operator, Uint8Array.from(Buffer.from(hash, 'hex'))],
    );
    return row?.ciphertext ?? undefined;
  }
  const row = await readLog(sql, operator);
  if (path === 'checkpoint') return row?.published ?? undefined;
  return path === 'policy' ? (row?.policy ?? undefined) : undefined;
}
