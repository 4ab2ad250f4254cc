import { availableLedgerAccount, type LedgerAccount } from '../accounts/ledger.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { BillRow } from './bill-rows.js';
import { clearing, type Funds, type Party, type Piece } from './funds.js';

interface Batch {
  readonly site: number;
  /** The platform of the users. */
  readonly operator: number;
  readonly currency: string;
  readonly rows: BillRow[];
  amount: number;
}

/** Of a number below 2^53, as a reference of postings has it. */
function bytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

/** Sales of one transaction: one posting for each place that pays, and one for each site that is paid. */
export class Sales {
  readonly #sources = new Map<string, { at: LedgerAccount; to: number; currency: string; amount: number }>();
  readonly #batches = new Map<string, Batch>();

  add(row: BillRow, user: Party, from: readonly Piece[]): void {
    const { operator, currency } = user;
    for (const { at, amount } of from) {
      const key = `${at.name} ${operator} ${currency}`;
      const source = this.#sources.get(key);
      if (source) source.amount += amount;
      else this.#sources.set(key, { at, to: operator, currency, amount });
    }
    const key = `${row.site} ${operator}`;
    const batch = this.#batches.get(key) ?? { site: row.site, operator, currency, rows: [], amount: 0 };
    batch.rows.push(row);
    batch.amount += row.amount;
    this.#batches.set(key, batch);
  }

  /** Gives the bills the numbers of their batches. */
  async write(context: Context, sql: Sql, funds: Funds): Promise<void> {
    for (const { at, to, currency, amount } of this.#sources.values())
      funds.move(at, clearing(to), currency, amount, 'bills');
    const batches = [...this.#batches.values()];
    if (batches.length === 0) return;
    const numbers = await sql.rows<{ id: number; account: number; operator: number }>(
      `insert into bill_batches (account, operator, currency, bills, amount, at_s)
       select s, o, c, n, m, $6 from unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::bigint[])
         as x (s, o, c, n, m) returning id, account, operator`,
      [
        batches.map(({ site }) => site),
        batches.map(({ operator }) => operator),
        batches.map(({ currency }) => currency),
        batches.map(({ rows }) => rows.length),
        batches.map(({ amount }) => amount),
        context.time_s,
      ],
    );
    for (const { id, account, operator } of numbers) {
      const { rows, amount, currency } = this.#batches.get(`${account} ${operator}`)!;
      for (const row of rows) row.batch = id;
      const site = availableLedgerAccount(account, funds.party(account)!.operator, 0);
      funds.move(clearing(operator), site, currency, amount, 'bills', bytesOf(id));
    }
  }
}
