import { Transfer } from '../../../firmware/objects/transfer.js';
import { hex } from '../bytes.js';
import type { Context } from '../context.js';
import { accountRow } from './accounts.js';
import { type Refund, refundsAmong } from './refunds.js';

/** Payments, and what they come to in minor units. */
export interface Sum {
  readonly payments: number;
  readonly amount: number;
}

/** The payments of one device that are dated on one day, as far as the bank has been shown them. */
export interface TerminalDay {
  readonly device: Uint8Array;
  /** It has been paid, and its acceptance is here. */
  readonly taken: Sum;
  /** It has paid. */
  readonly paid: Sum;
  /** What of that was a refund of a sale of its own, whenever that was. */
  readonly refunded: Sum;
  readonly refunds: readonly Refund[];
  /** Paid to it by what payers have shown: its own sync is still to come, or it was not taken. */
  readonly open: Sum;
}

const DAY_S = 86_400;
/** A payment that is dated further ahead of the time when it was first shown is a breach of its payer’s. */
const AHEAD_MAX_S = DAY_S;

interface Row {
  readonly id: Uint8Array;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly total: number;
  readonly pays: boolean;
  readonly is_taken: boolean;
}

/** An account's end of day, by its devices: 24 hours from `from_s` on. Throws BankError `unknown-account`. */
export async function day(context: Context, account: number, from_s: number): Promise<TerminalDay[]> {
  return context.database.transaction(async (sql) => {
    await accountRow(sql, account);
    const devices = await sql.rows<{ id: Uint8Array }>(
      'select id from devices where account = $1 order by id',
      [account],
    );
    const rows = await sql.rows<Row>(
      `select d.id, t.hash, t.bytes, t.total, d.id = t.payer as pays, t.place in ('payee', 'late') as is_taken
       from devices d join transfers t on d.id in (t.payer, t.payee) where d.account = $1 and t.seen_s >= $2`,
      [account, from_s - AHEAD_MAX_S],
    );
    const dated = rows.filter(({ bytes }) => {
      const { created_s } = Transfer.parse(bytes)!;
      return created_s >= from_s && created_s < from_s + DAY_S;
    });
    const refunds = await refundsAmong(
      sql,
      dated.filter((row) => row.pays && row.is_taken).map(({ hash }) => hash),
    );
    return devices.map(({ id }) => {
      const own = dated.filter((row) => hex(row.id) === hex(id));
      const paid = own.filter((row) => row.pays && row.is_taken);
      const of = refunds.filter(({ refund }) => paid.some(({ hash }) => hex(hash) === hex(refund)));
      return {
        device: id,
        taken: sumOf(own.filter((row) => !row.pays && row.is_taken)),
        paid: sumOf(paid),
        refunded: {
          payments: new Set(of.map(({ refund }) => hex(refund))).size,
          amount: of.reduce((sum, { amount }) => sum + amount, 0),
        },
        refunds: of,
        open: sumOf(own.filter((row) => !row.pays && !row.is_taken)),
      };
    });
  });
}

const sumOf = (rows: readonly Row[]): Sum => ({
  payments: rows.length,
  amount: rows.reduce((sum, { total }) => sum + total, 0),
});
