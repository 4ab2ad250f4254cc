import { sameBytes } from '../../../firmware/bytes.js';
import { hex } from '../bytes.js';
import type { Sql } from '../db/database.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Two things that cannot both be in one journal. */
export interface Conflict {
  how: 'statement' | 'journal' | 'head';
  device: Uint8Array;
  sequence: number;
  first: Uint8Array;
  second: Uint8Array;
}

interface Neighbour {
  source: 'statement' | 'journal';
  device: Uint8Array;
  sequence: number;
  bytes: Uint8Array;
  /** What the device signed in it; null where a journal entry is no word of its own. */
  hash: Uint8Array | null;
  previous: Uint8Array | null;
  head: Uint8Array | null;
}

/**
 * Statements that cannot all be in one journal: two under one number, a transfer that does not follow from
 * the one before it, or a statement that the device's uploaded journal contradicts. Looks only around numbers
 * that are new in this transaction, and at all of a journal that grows and was contradicted before without
 * proof.
 */
export async function conflicts(
  sql: Sql,
  work: UnitOfWork,
  again: Uint8Array | undefined,
): Promise<Conflict[]> {
  const keys = new Map<string, { device: Uint8Array; sequence: number }>();
  const add = (row: { device: Uint8Array; sequence: number }) =>
    keys.set(`${hex(row.device)} ${row.sequence}`, row);
  for (const row of work.statements) add(row);
  for (const row of work.journal) add(row);
  if (again) {
    const numbers = await sql.rows<{ sequence: number }>('select sequence from journal where device = $1', [
      again,
    ]);
    for (const { sequence } of numbers) add({ device: again, sequence });
  }
  if (keys.size === 0) return [];
  return compare(await neighbours(sql, [...keys.values()]));
}

/** Around each number; other devices' rows with the same numbers come along and do no harm. */
function neighbours(sql: Sql, keys: { device: Uint8Array; sequence: number }[]): Promise<Neighbour[]> {
  const devices = new Map(keys.map(({ device }) => [hex(device), device]));
  const sequences = new Set(keys.flatMap(({ sequence }) => [sequence - 1, sequence, sequence + 1]));
  return sql.rows<Neighbour>(
    `select 'statement' as source, device, sequence, bytes, hash, previous, head from statements
     where device = any($1::bytea[]) and sequence = any($2::bigint[])
     union all
     select 'journal', device, sequence, bytes, statement, null, head from journal
     where device = any($1::bytea[]) and sequence = any($2::bigint[])`,
    [[...devices.values()], [...sequences]],
  );
}

function compare(rows: readonly Neighbour[]): Conflict[] {
  const found = new Map<string, Conflict>();
  const places = new Map<string, Map<string, Neighbour>>();
  for (const row of rows) {
    const place = `${hex(row.device)} ${row.sequence}`;
    const name = row.source + hex(row.hash ?? row.bytes);
    const others = places.get(place) ?? new Map<string, Neighbour>();
    places.set(place, others.set(name, row));
  }
  const report = (how: Conflict['how'], first: Neighbour, second: Neighbour) => {
    const { device, sequence } = first;
    const key = `${how} ${hex(device)} ${sequence}`;
    if (!found.has(key)) found.set(key, { how, device, sequence, first: first.bytes, second: second.bytes });
  };
  for (const here of places.values()) {
    const [one] = here.values();
    const next = places.get(`${hex(one.device)} ${one.sequence + 1}`)?.values() ?? [];
    const following = [...next].filter((row) => row.previous);
    const [first, ...more] = [...here.values()].filter((row) => row.source === 'statement');
    for (const other of more) report('statement', first, other);
    for (const row of here.values()) {
      const unsigned = row.source === 'journal' && row.hash === null;
      if (unsigned && first) report('journal', row, first);
      for (const after of following) {
        if (!row.head || sameBytes(row.head, after.previous!)) continue;
        report(row.source === 'journal' ? 'head' : 'statement', row, after);
      }
    }
  }
  return [...found.values()];
}
