import { accountRow } from '../accounts/accounts.js';
import type { Context } from '../context.js';
import type { BillRow } from './bill-rows.js';
import type { DebtRow } from './debts.js';
import { requireTerminal } from './terminals.js';

/** A bill as people are told of it. */
export type BillTold = Omit<BillRow, 'bytes' | 'evidence' | 'hash'>;

const COLUMNS = `terminal, sequence, operator, serial, counter, account, site, kind, means, amount, refers, time_s,
  taken_s, state, reason, bearer, returned, batch`;

/** Of an account, as a user or as a merchant, or of a terminal; the latest first. */
export function bills(
  context: Context,
  of: { readonly account: number } | { readonly terminal: Uint8Array },
  linesMax: number,
): Promise<BillTold[]> {
  return context.database.transaction(async (sql) => {
    if ('terminal' in of) {
      await requireTerminal(sql, of.terminal);
      return sql.rows<BillTold>(
        `select ${COLUMNS} from bills where terminal = $1 order by sequence desc limit $2`,
        [of.terminal, linesMax],
      );
    }
    await accountRow(sql, of.account);
    return sql.rows<BillTold>(
      `select ${COLUMNS} from bills where account = $1 or site = $1
       order by taken_s desc, terminal, sequence desc limit $2`,
      [of.account, linesMax],
    );
  });
}

/** Bills of one merchant that ended alike, and what they come to. */
export interface BillTotal {
  readonly state: BillRow['state'];
  /** Why they were set aside; empty where they were not. */
  readonly reason: string;
  readonly bills: number;
  /** Minor units. */
  readonly amount: number;
}

/** Of all bills of the terminals of a merchant. */
export const billTotals = (context: Context, account: number): Promise<BillTotal[]> =>
  context.database.transaction(async (sql) => {
    await accountRow(sql, account);
    return sql.rows<BillTotal>(
      `select state, reason, count(*) as bills, sum(amount)::bigint as amount from bills where site = $1
       group by state, reason order by state, reason`,
      [account],
    );
  });

/** What is owed, given up or borne, the oldest first; of one account, or of all. */
export const debts = (context: Context, account: number | undefined): Promise<DebtRow[]> =>
  context.database.transaction(async (sql) => {
    if (account !== undefined) await accountRow(sql, account);
    return sql.rows<DebtRow>(
      `select * from debts where remaining > 0 and ($1::int is null or account = $1)
       order by since_s, terminal, sequence`,
      [account ?? null],
    );
  });

/** A line of a credit record. */
export interface RecordLine {
  readonly account: number;
  readonly at_s: number;
  readonly what: string;
  readonly amount: number;
}

/** Of one account, the oldest first. */
export const creditRecord = (context: Context, account: number): Promise<RecordLine[]> =>
  context.database.transaction(async (sql) => {
    await accountRow(sql, account);
    return sql.rows<RecordLine>(
      'select account, at_s, what, amount from credit_record where account = $1 order by id',
      [account],
    );
  });

/** Two bills of a terminal that exclude each other, each signed by it. */
export interface BillFork {
  readonly terminal: Uint8Array;
  readonly sequence: number;
  readonly known: Uint8Array;
  readonly other: Uint8Array;
  readonly at_s: number;
}

export const forks = (context: Context): Promise<BillFork[]> =>
  context.database.transaction((sql) =>
    sql.rows<BillFork>(
      'select terminal, sequence, known, other, at_s from bill_forks order by at_s, terminal',
    ),
  );
