import { hex } from '../bytes.js';
import type { Context } from '../context.js';
import { accountRow } from './accounts.js';
import { availableAccount } from './ledger.js';
import { refundsAmong } from './refunds.js';

export interface HistoryLine {
  /**
   * Number of its posting: later ones have higher numbers. What moves between the account and its devices has
   * two lines.
   */
  entry: number;
  at_s: number;
  reason: string;
  currency: string;
  /** Positive when the account or one of its devices gained. */
  amount: number;
  /** Ledger account that changed. */
  account: string;
  /** Hash of the transfer, or another id that it refers to. */
  reference: Uint8Array | undefined;
  /** Hashes of the sales that this payment refunds, the latest first. */
  refundOf: readonly Uint8Array[];
}

/**
 * What moved in the account and on its devices, newest first: a page of `linesMax` lines, or one more where
 * its last posting has two. `before`: only what is older than that entry.
 */
export async function history(
  context: Context,
  account: number,
  linesMax: number,
  before: number,
): Promise<HistoryLine[]> {
  return context.database.transaction(async (sql) => {
    await accountRow(sql, account);
    const rows = await sql.rows<
      Omit<HistoryLine, 'reference' | 'refundOf'> & { reference: Uint8Array | null }
    >(
      `with names as (
         select b.account as name from devices d join balances b
           on b.account = 'device:' || encode(d.id, 'hex') or b.account like 'device:' || encode(d.id, 'hex') || ':%'
           where d.account = $1
         union select account from balances where account = $2 or account like $2 || ':%')
       select * from (
         select p.id as entry, p.at_s, p.reason, p.currency, p.reference, n.name as account,
                case when p.credit = n.name then p.amount else -p.amount end as amount
         from postings p join names n on n.name in (p.debit, p.credit) where p.id < $4
         order by p.id desc limit $3 + 1) page
       order by entry desc, amount desc`,
      [account, availableAccount(account, 0), linesMax, before],
    );
    const isPair = rows[linesMax]?.entry === rows[linesMax - 1]?.entry;
    const page = rows.slice(0, isPair ? linesMax + 1 : linesMax);
    const refunds = await refundsAmong(sql, [...new Set(page.flatMap(({ reference }) => reference ?? []))]);
    return page.map((row) => {
      const reference = row.reference ?? undefined;
      const own = refunds.filter(({ refund }) => reference && hex(refund) === hex(reference));
      return { ...row, reference, refundOf: own.map(({ sale }) => sale) };
    });
  });
}
