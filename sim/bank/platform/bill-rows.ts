import type { Sql } from '../db/database.js';

export type BillState = 'paid' | 'aside' | 'disputed';
/** Who bears what a bill comes to: its user, the platform, the site (after a dispute), nobody. */
export type Bearer = 'user' | 'platform' | 'site' | 'nobody';

export interface BillRow {
  readonly terminal: Uint8Array;
  readonly sequence: number;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  /** Compact bytes of the code; empty where there is none. */
  readonly evidence: Uint8Array;
  /** Of the platform of the user; null where the bill names none of here. */
  readonly operator: number | null;
  readonly serial: number | null;
  readonly counter: number | null;
  /** Of the user. */
  account: number | null;
  /** The merchant's account. */
  readonly site: number;
  readonly kind: number;
  readonly means: number;
  readonly amount: number;
  readonly refers: number;
  /** By the terminal's clock, and by the bank's. */
  readonly time_s: number;
  readonly taken_s: number;
  state: BillState;
  /** Why it was set aside; '' when it was not. */
  reason: string;
  bearer: Bearer;
  returned: number;
  batch: number | null;
}

export async function insertBills(sql: Sql, rows: readonly BillRow[]): Promise<void> {
  if (rows.length === 0) return;
  const column = (pick: (row: BillRow) => unknown) => rows.map(pick);
  await sql.rows(
    `insert into bills select * from unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[],
       $6::int[], $7::bigint[], $8::bigint[], $9::int[], $10::int[], $11::int[], $12::int[], $13::bigint[],
       $14::bigint[], $15::bigint[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::bigint[],
       $21::bigint[])`,
    [
      column((row) => row.terminal),
      column((row) => row.sequence),
      column((row) => row.hash),
      column((row) => row.bytes),
      column((row) => row.evidence),
      column((row) => row.operator),
      column((row) => row.serial),
      column((row) => row.counter),
      column((row) => row.account),
      column((row) => row.site),
      column((row) => row.kind),
      column((row) => row.means),
      column((row) => row.amount),
      column((row) => row.refers),
      column((row) => row.time_s),
      column((row) => row.taken_s),
      column((row) => row.state),
      column((row) => row.reason),
      column((row) => row.bearer),
      column((row) => row.returned),
      column((row) => row.batch),
    ],
  );
}

export async function updateBills(sql: Sql, rows: readonly BillRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql.rows(
    `update bills b set state = x.state, bearer = x.bearer, returned = x.returned
     from unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
       as x (terminal, sequence, state, bearer, returned)
     where b.terminal = x.terminal and b.sequence = x.sequence`,
    [
      rows.map((row) => row.terminal),
      rows.map((row) => row.sequence),
      rows.map((row) => row.state),
      rows.map((row) => row.bearer),
      rows.map((row) => row.returned),
    ],
  );
}
