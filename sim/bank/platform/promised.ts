import { availableAccount, balancesOf } from '../accounts/ledger.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { owedBy } from './debts.js';

/** What an account may do with its money, while certificates of it can be billed. Minor units. */
export interface Promised {
  /** Ordinary money in the account. */
  readonly available: number;
  /** The most that it may owe its platform. */
  readonly line: number;
  readonly owed: number;
  /** What its certificates may still be billed for. */
  readonly quotas: number;
}

/**
 * What is neither promised nor owed: a new certificate is good for no more, and no more leaves the account.
 * So while terminals pool what they take, no user owes more than the credit line.
 */
export const unpromised = ({ available, line, owed, quotas }: Promised): number =>
  available + line - owed - quotas;

/**
 * A certificate counts until its bills are here: for `billsWithin_s` after its end, or after it was revoked
 * and no terminal that keeps its rules takes it any more.
 */
export async function promisedBy(
  context: Context,
  sql: Sql,
  account: number,
  currency: string,
): Promise<Promised> {
  const name = availableAccount(account, 0);
  const available = (await balancesOf(sql, currency, [name])).get(name)!;
  const owed = (await owedBy(sql, [account])).get(account) ?? 0;
  const [terms] = await sql.rows<{ line: number }>('select line from user_terms where account = $1', [
    account,
  ]);
  const [{ quotas }] = await sql.rows<{ quotas: number }>(
    `select coalesce(sum(quota - billed), 0)::bigint as quotas from account_certificates
     where account = $1 and billed < quota and until_s >= $2 and (revoked_s is null or revoked_s >= $2)`,
    [account, context.time_s - context.parameters.billsWithin_s],
  );
  return { available, line: terms?.line ?? 0, owed, quotas };
}

/** Throws BankError `promised` when `amount` of the account's ordinary money may not leave it. */
export async function requireUnpromised(
  context: Context,
  sql: Sql,
  { id, currency }: { readonly id: number; readonly currency: string },
  amount: number,
): Promise<void> {
  const promised = await promisedBy(context, sql, id, currency);
  if (promised.quotas === 0 && promised.owed === 0) return;
  const free = unpromised(promised);
  if (amount > free)
    throw new BankError(
      'promised',
      `account ${id}: ${Math.max(0, free)} of it is free; the rest may be billed`,
    );
}
