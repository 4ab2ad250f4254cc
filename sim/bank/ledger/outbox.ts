/** What the logs are to say, in the books of the transaction that brings it about. */
import { behind, concat } from '../../../firmware/bytes.js';
import type { Sql } from '../db/database.js';
import { LeafType, type PaymentRecord, parseRecord, RECORD_BYTES, recordBytes } from './leaf.js';

const WAITING_BYTES = 1 + RECORD_BYTES;

/** A record that no log has taken yet. */
export interface Waiting {
  readonly type: LeafType;
  readonly bytes: Uint8Array;
  readonly record: PaymentRecord;
}

export class Outbox {
  readonly #waiting: Uint8Array[] = [];

  add(type: LeafType, record: PaymentRecord): void {
    if (record.amount > 0) this.#waiting.push(behind(type, recordBytes(record)));
  }

  /** One row a transaction: a row each would cost more than all the rest of the ledger. */
  async write(sql: Sql): Promise<void> {
    const waiting = this.#waiting.splice(0);
    if (waiting.length === 0) return;
    await sql.rows('insert into ledger_outbox (records) values ($1)', [concat(...waiting)]);
  }
}

/** Transactions whose records are taken at once. */
const ROWS_MAX = 64;

/** Takes what has waited longest; undefined when nothing waits. */
export async function takeWaiting(sql: Sql): Promise<Waiting[] | undefined> {
  const rows = await sql.rows<{ id: number; records: Uint8Array }>(
    `select id, records from ledger_outbox order by id limit ${ROWS_MAX}`,
  );
  if (rows.length === 0) return undefined;
  await sql.rows('delete from ledger_outbox where id <= $1', [rows[rows.length - 1].id]);
  return rows.flatMap(({ records }) =>
    Array.from({ length: records.length / WAITING_BYTES }, (_, i) =>
      parseWaiting(records.subarray(i * WAITING_BYTES, (i + 1) * WAITING_BYTES)),
    ),
  );
}

function parseWaiting(bytes: Uint8Array): Waiting {
  const type = Object.values(LeafType).find((each) => each === bytes[0]);
  if (type === undefined) throw new Error(`the outbox has a record of type ${bytes[0]}`);
  const record = bytes.slice(1);
  return { type, bytes: record, record: parseRecord(record) };
}
