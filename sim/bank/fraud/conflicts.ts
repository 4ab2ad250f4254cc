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
 * that are new in this transaction, and at all of the journals `again`, which grow and were contradicted
 * before without proof.
 */
export async function conflicts(
  sql: Sql,
  work: UnitOfWork,
  again: readonly Uint8Array[],
): Promise<Conflict[]> {
  const keys = new Map<string, { device: Uint8Array; sequence: number }>();
  const add = (row: { device: Uint8Array; sequence: number }) =>
    keys.set(`${hex(row.device)} ${row.sequence}`, row);
  for (const row of work.statements) add(row);
  for (const row of work.journal) add(row);
  if (again.length > 0) {
    const numbers = await sql.rows<{ device: Uint8Array; sequence: number }>(
      'select device, sequence from journal where device = any($1::bytea[])',
      [again],
    );
    for (const row of numbers) add(row);
  }
  if (keys.size === 0) return [];
  return compare(await neighbours(sql, [...keys.values()]));
}

/** Around each number. */
function neighbours(sql: Sql, keys: { device: Uint8Array; sequence: number }[]): Promise<Neighbour[]> {
  const places = new Map<string, { device: Uint8Array; sequence: number }>();
  for (const { device, sequence } of keys) {
    const name = hex(device);
    for (const near of [sequence - 1, sequence, sequence + 1])
      places.set(`${name} ${near}`, { device, sequence: near });
  }
  const all = [...places.values()];
  return sql.rows<Neighbour>(
    `with x as (select * from unnest($1::bytea[], $2::bigint[]) as y (device, sequence))
     select 'statement' as source, device, sequence, bytes, hash, previous, head
       from x join statements using (device, sequence)
     union all
     select 'journal', device, sequence, bytes, statement, null, head from x join journal using (device, sequence)`,
    [all.map(({ device }) => device), all.map(({ sequence }) => sequence)],
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
