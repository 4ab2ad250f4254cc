import type { Engine, Sql } from '../../../sim/bank/db/engine.js';

/** Whose payments are stored. */
const DEVICES = 1_000;
/** Rows of one statement: what it makes is in memory until it is committed. */
const ROWS_AT_ONCE = 50_000;
/** The schema of a bank that was opened without another. */
const SCHEMA = 'bank';
const TABLES = ['transfers', 'journal', 'statements'];
const ID_BYTES = 8;
const HASH_BYTES = 32;

/**
 * Fills the books with so many settled payments of devices that are never heard of again, so that tables and
 * indexes are as large as after years. They are copies of a payment that is there, under other names: for
 * timing alone, since no posting says where their money is. Returns by how many bytes tables and indexes
 * grew.
 */
export async function storePayments(engine: Engine, payments: number): Promise<number> {
  const before = await sizeOf(engine);
  // What the server does with so many rows by and by is not the work of the syncs that are measured.
  await engine.transaction(SCHEMA, async (sql) => {
    for (const table of TABLES) await sql.script(`alter table ${table} set (autovacuum_enabled = off)`);
  });
  const insert = (work: (sql: Sql) => Promise<void>) => engine.transaction(SCHEMA, work);
  const [payer, payee] = [`n % ${DEVICES}`, `(n + 1) % ${DEVICES}`].map((n) => unique('device', ID_BYTES, n));
  const device = { id: unique('device', ID_BYTES), signing_key: unique('key', HASH_BYTES) };
  await insert((sql) => copy(sql, 'devices', device, 0, DEVICES - 1));
  const [hash, invoice] = [unique('transfer', HASH_BYTES), unique('invoice', ID_BYTES)];
  const transfer = { hash, payer, payee, invoice, sequence: 'n + 1' };
  const entry = { device: payee, sequence: 'n + 1', head: unique('head', HASH_BYTES) };
  const receipt = unique('receipt', HASH_BYTES);
  for (let from = 0; from < payments; from += ROWS_AT_ONCE) {
    const to = Math.min(payments, from + ROWS_AT_ONCE) - 1;
    await insert(async (sql) => {
      await copy(sql, 'transfers', transfer, from, to);
      await copy(sql, 'journal', { ...entry, statement: receipt }, from, to);
      await copy(sql, 'statements', { ...entry, hash: receipt }, from, to);
    });
  }
  await engine.transaction(SCHEMA, (sql) => sql.script('checkpoint'));
  return (await sizeOf(engine)) - before;
}

const sizeOf = (engine: Engine): Promise<number> =>
  engine.transaction(SCHEMA, async (sql) => {
    const [{ bytes }] = await sql.rows<{ bytes: number }>(
      `select sum(pg_total_relation_size(x::regclass))::bigint as bytes
       from unnest($1::text[]) as y (x)`,
      [TABLES],
    );
    return bytes;
  });

/** SQL for bytes that are those of this number alone. */
const unique = (kind: string, bytes: number, n = 'n'): string =>
  `substring(sha256(('${kind} ' || (${n}))::bytea) for ${bytes})`;

/** Copies of a row of a table under the numbers `from` to `to`, with other `values` in some columns. */
async function copy(
  sql: Sql,
  table: string,
  values: Readonly<Record<string, string>>,
  from: number,
  to: number,
): Promise<void> {
  const columns = await sql.rows<{ name: string }>(
    `select column_name::text as name from information_schema.columns
     where table_schema = $1 and table_name = $2 order by ordinal_position`,
    [SCHEMA, table],
  );
  const picked = columns.map((column) => values[column.name] ?? `r.${column.name}`);
  await sql.rows(
    `insert into ${table} select ${picked.join(', ')}
     from (select * from ${table} limit 1) r, generate_series($1::bigint, $2::bigint) as x (n)`,
    [from, to],
  );
}
