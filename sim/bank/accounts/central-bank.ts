import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { PartyRow } from '../db/rows.js';
import type { UnitOfWork } from '../unit-of-work.js';
import {
  advance,
  availableLedgerAccount,
  backing,
  balancesOf,
  CENTRAL,
  freeReserves,
  Ledger,
  quota,
} from './ledger.js';

/**
 * The central bank's part (R18): an operator has reserves with it, and freezes some. What is frozen is its
 * quota; what it issues to devices uses quota up, and what comes back frees it.
 */
export async function freezeReserves(
  context: Context,
  operator: number,
  currency: string,
  amount: number,
): Promise<void> {
  await context.database.transaction((sql) => freeze(sql, context.time_s, operator, currency, amount));
}

export async function freeze(
  sql: Sql,
  time_s: number,
  operator: number,
  currency: string,
  amount: number,
): Promise<void> {
  const ledger = new Ledger(sql, time_s);
  ledger.post(CENTRAL, freeReserves(operator), currency, amount, 'reserves');
  ledger.post(freeReserves(operator), quota(operator), currency, amount, 'freeze');
  ledger.freeze(operator, currency, amount);
  await ledger.flush();
}

/** Unfreezes what backs nothing; refused beyond it. */
export async function releaseReserves(
  context: Context,
  operator: number,
  currency: string,
  amount: number,
): Promise<void> {
  await context.database.transaction(async (sql) => {
    const account = quota(operator);
    const unused = (await balancesOf(sql, currency, [account])).get(account)!;
    if (unused < amount) throw new BankError('quota', `operator ${operator} has ${unused} unused`);
    const ledger = new Ledger(sql, context.time_s);
    ledger.post(account, freeReserves(operator), currency, amount, 'unfreeze');
    ledger.freeze(operator, currency, -amount);
    await ledger.flush();
  });
}

/**
 * Issues `amount` from an account to its device, within the account's money and the operator's quota (R19,
 * R20).
 */
export async function issue(
  work: UnitOfWork,
  party: PartyRow,
  purpose: number,
  amount: number,
): Promise<void> {
  const { currency, operator } = party;
  const ledgerAccount = availableLedgerAccount(party.account, operator, purpose);
  const unused = quota(operator);
  const balances = await balancesOf(work.sql, currency, [ledgerAccount.name, unused]);
  if (balances.get(ledgerAccount.name)! < amount)
    throw new BankError('funds', `${ledgerAccount.name} has ${balances.get(ledgerAccount.name)}`);
  if (balances.get(unused)! < amount) throw new BankError('quota', `operator ${operator} is at its quota`);
  work.books.book(
    currency,
    [
      { ledgerAccount, amount: -amount },
      { party, purpose, net: amount },
    ],
    'load',
  );
}

/**
 * What an operator has: reserves not frozen, quota not used, and quota that backs devices; and what the
 * central bank has lent it for that.
 */
export async function reserves(
  context: Context,
  operator: number,
  currency: string,
): Promise<{ free: number; quota: number; backing: number; advance: number }> {
  return context.database.transaction(async (sql) => {
    const names = [freeReserves(operator), quota(operator), backing(operator), advance(operator)];
    const [free, unused, used, lent] = (await balancesOf(sql, currency, names)).values();
    return { free, quota: unused, backing: used, advance: 0 - lent };
  });
}
