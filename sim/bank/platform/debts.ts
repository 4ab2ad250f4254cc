import { availableLedgerAccount, balancesOf, Ledger, type LedgerAccount } from '../accounts/ledger.js';
import { hex } from '../bytes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { DebtState } from '../db/debt-accounts.js';

/*
 * What a bill comes to and no balance covers is paid to the site all the same: by the platform, which has a
 * claim instead (R29). Each state of a debt is a ledger account of the one who owes it, and never positive:
 *
 *   advanced     within the credit line
 *   recorded     beyond it, or not paid back in time: it stands in the credit record
 *   disputed     the user says that it is not theirs, and nobody has decided yet
 *   written-off  given up as a loss; what comes in later still pays it back
 *   borne        the platform's own loss, under the name of the account whose codes caused it
 *
 * What has come back of a debt was recovered (from the account itself), withheld (from the account that an
 * agreement names) or returned (by the site).
 */

/** Debts that money of the account pays back, the gravest first. */
const RECOVERED: readonly DebtState[] = ['recorded', 'advanced', 'written-off'];
/** What stands between a user and a new certificate, or leaving. */
export const OWED: readonly DebtState[] = ['recorded', 'advanced', 'written-off', 'disputed'];

export interface DebtRow {
  readonly terminal: Uint8Array;
  readonly sequence: number;
  readonly account: number;
  readonly currency: string;
  amount: number;
  remaining: number;
  state: DebtState;
  recovered: number;
  withheld: number;
  returned: number;
  since_s: number;
}

export const debtLedgerAccount = (state: DebtState, account: number, operator: number): LedgerAccount => ({
  name: `${state}:${account}`,
  operator,
  backed: false,
});

/** What accounts owe for bills, by account; those that owe nothing are missing. */
export async function owedBy(
  sql: Sql,
  accounts: readonly number[],
  states: readonly DebtState[] = OWED,
): Promise<Map<number, number>> {
  const rows = await sql.rows<{ account: number; owed: number }>(
    `select account, sum(remaining)::bigint as owed from debts
     where remaining > 0 and account = any($1::int[]) and state = any($2::text[]) group by account`,
    [accounts, states],
  );
  return new Map(rows.map(({ account, owed }) => [account, owed]));
}

interface OpenDebt extends DebtRow {
  readonly operator: number;
  readonly withholding: number | null;
  readonly withholding_operator: number | null;
}

/**
 * What lies in the accounts, or where an agreement says, pays their debts back: the gravest and then the
 * oldest first. `accounts`: undefined for all.
 */
export async function recoverDebts(
  context: Context,
  sql: Sql,
  accounts: readonly number[] | undefined,
): Promise<void> {
  const debts = await sql.rows<OpenDebt>(
    `select d.*, a.operator, t.withholding, w.operator as withholding_operator
     from debts d join accounts a on a.id = d.account left join user_terms t on t.account = d.account
     left join accounts w on w.id = t.withholding and w.currency = d.currency
     where d.remaining > 0 and d.state = any($2::text[]) and ($1::int[] is null or d.account = any($1::int[]))
       and exists (select 1 from balances b where b.currency = d.currency and b.balance > 0
         and (b.account = 'available:' || d.account or b.account = 'available:' || w.id))
     order by d.since_s, d.terminal, d.sequence`,
    [accounts ?? null, RECOVERED],
  );
  if (debts.length === 0) return;
  debts.sort((a, b) => RECOVERED.indexOf(a.state) - RECOVERED.indexOf(b.state));
  const money = await moneyOf(sql, debts);
  const ledger = new Ledger(sql, context.time_s);
  const changed = new Set<OpenDebt>();
  for (const debt of debts) {
    const { account, operator, withholding, withholding_operator } = debt;
    const to = debtLedgerAccount(debt.state, account, operator);
    const take = (from: number, fromOperator: number, how: 'recovered' | 'withheld'): void => {
      const own = availableLedgerAccount(from, fromOperator, 0);
      const key = `${own.name} ${debt.currency}`;
      const amount = Math.min(debt.remaining, money.get(key) ?? 0);
      if (amount <= 0) return;
      money.set(key, money.get(key)! - amount);
      ledger.move(own, to, debt.currency, amount, how, referenceOf(debt));
      debt.remaining -= amount;
      debt[how] += amount;
      changed.add(debt);
    };
    take(account, operator, 'recovered');
    if (withholding !== null && withholding_operator !== null)
      take(withholding, withholding_operator, 'withheld');
  }
  await ledger.flush();
  await updateDebts(sql, [...changed]);
  await recordCleared(
    context,
    sql,
    [...changed].map(({ account }) => account),
  );
}

/** By ledger account and currency. */
async function moneyOf(sql: Sql, debts: readonly OpenDebt[]): Promise<Map<string, number>> {
  const money = new Map<string, number>();
  for (const currency of new Set(debts.map((debt) => debt.currency))) {
    const names = debts
      .filter((debt) => debt.currency === currency)
      .flatMap(({ account, withholding }) => [account, withholding ?? account])
      .map((account) => availableLedgerAccount(account, 0, 0).name);
    for (const [name, balance] of await balancesOf(sql, currency, [...new Set(names)]))
      money.set(`${name} ${currency}`, balance);
  }
  return money;
}

/** Whoever stands in the credit record and owes nothing any more is cleared. */
export async function recordCleared(context: Context, sql: Sql, accounts: readonly number[]): Promise<void> {
  if (accounts.length === 0) return;
  await sql.rows(
    `insert into credit_record (account, at_s, what, amount)
     select r.account, $2, 'cleared', 0 from (
       select account, max(id) as id from credit_record where account = any($1::int[]) group by account) newest
     join credit_record r on r.id = newest.id
     where r.what <> 'cleared' and not exists (
       select 1 from debts d where d.account = r.account and d.remaining > 0 and d.state <> 'borne')`,
    [[...new Set(accounts)], context.time_s],
  );
}

/** Of a posting: the bill that it is about, as its terminal (8 bytes) and sequence (4). */
export function referenceOf({ terminal, sequence }: Pick<DebtRow, 'terminal' | 'sequence'>): Uint8Array {
  const reference = new Uint8Array(12);
  reference.set(terminal);
  new DataView(reference.buffer).setUint32(8, sequence);
  return reference;
}

export const debtName = ({
  terminal,
  sequence,
  account,
}: Pick<DebtRow, 'terminal' | 'sequence' | 'account'>): string => `${hex(terminal)} ${sequence} ${account}`;

export async function insertDebts(sql: Sql, debts: readonly DebtRow[]): Promise<void> {
  if (debts.length === 0) return;
  await sql.rows(
    `insert into debts (terminal, sequence, account, currency, amount, remaining, state, returned, since_s)
     select * from unnest($1::bytea[], $2::bigint[], $3::int[], $4::text[], $5::bigint[], $6::bigint[],
       $7::text[], $8::bigint[], $9::bigint[])`,
    [
      debts.map((debt) => debt.terminal),
      debts.map((debt) => debt.sequence),
      debts.map((debt) => debt.account),
      debts.map((debt) => debt.currency),
      debts.map((debt) => debt.amount),
      debts.map((debt) => debt.remaining),
      debts.map((debt) => debt.state),
      debts.map((debt) => debt.returned),
      debts.map((debt) => debt.since_s),
    ],
  );
}

export async function updateDebts(sql: Sql, debts: readonly DebtRow[]): Promise<void> {
  if (debts.length === 0) return;
  await sql.rows(
    `update debts d set amount = x.amount, remaining = x.remaining, state = x.state, recovered = x.recovered,
       withheld = x.withheld, returned = x.returned, since_s = x.since_s
     from unnest($1::bytea[], $2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[],
       $8::bigint[], $9::bigint[], $10::bigint[]) as x (terminal, sequence, account, amount, remaining, state,
       recovered, withheld, returned, since_s)
     where d.terminal = x.terminal and d.sequence = x.sequence and d.account = x.account`,
    [
      debts.map((debt) => debt.terminal),
      debts.map((debt) => debt.sequence),
      debts.map((debt) => debt.account),
      debts.map((debt) => debt.amount),
      debts.map((debt) => debt.remaining),
      debts.map((debt) => debt.state),
      debts.map((debt) => debt.recovered),
      debts.map((debt) => debt.withheld),
      debts.map((debt) => debt.returned),
      debts.map((debt) => debt.since_s),
    ],
  );
}

/** Why a line stands in a credit record. */
export type RecordWhat =
  | 'overdrawn' // more was billed than the balance and the line
  | 'late' // it was billed when nothing was kept for the bill any more, and the balance did not cover it
  | 'overdue' // a debt within the line was not paid back in time
  | 'copied' // a code without an amount was used again, beyond the quota of its certificate
  | 'written-off'
  | 'cleared'; // nothing is owed any more

export interface RecordEntry {
  readonly account: number;
  readonly what: RecordWhat;
  readonly amount: number;
}

export async function writeRecord(context: Context, sql: Sql, lines: readonly RecordEntry[]): Promise<void> {
  if (lines.length === 0) return;
  await sql.rows(
    `insert into credit_record (account, at_s, what, amount)
     select a, $4, w, m from unnest($1::int[], $2::text[], $3::bigint[]) as x (a, w, m)`,
    [
      lines.map(({ account }) => account),
      lines.map(({ what }) => what),
      lines.map(({ amount }) => amount),
      context.time_s,
    ],
  );
}
