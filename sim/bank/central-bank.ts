import { BankError } from './codes.js';
import type { Context } from './context.js';
import type { Sql } from './database.js';
import { backing, balancesOf, CENTRAL, deviceSpot, Ledger, quota, vault } from './ledger.js';

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
  await context.database.transaction(async (sql) => {
    const ledger = new Ledger(sql, context.time_s);
    ledger.post(CENTRAL, vault(operator), currency, amount, 'reserves');
    ledger.post(vault(operator), quota(operator), currency, amount, 'freeze');
    await ledger.flush();
  });
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
    ledger.post(account, vault(operator), currency, amount, 'unfreeze');
    await ledger.flush();
  });
}

/**
 * Issues `amount` from an account to a device, within the account's money and the operator's quota (R19,
 * R20).
 */
export async function issue(
  sql: Sql,
  ledger: Ledger,
  from: { account: string; device: Uint8Array; operator: number; currency: string; amount: number },
): Promise<void> {
  const { account, device, operator, currency, amount } = from;
  const unused = quota(operator);
  const balances = await balancesOf(sql, currency, [account, unused]);
  if (balances.get(account)! < amount)
    throw new BankError('funds', `${account} has ${balances.get(account)}`);
  if (balances.get(unused)! < amount) throw new BankError('quota', `operator ${operator} is at its quota`);
  ledger.post(account, deviceSpot(device, operator).account, currency, amount, 'load');
  ledger.post(unused, backing(operator), currency, amount, 'backing');
}

/** What an operator has: reserves not frozen, quota not used, and quota that backs devices. */
export async function reserves(
  context: Context,
  operator: number,
  currency: string,
): Promise<{ vault: number; quota: number; backing: number }> {
  return context.database.transaction(async (sql) => {
    const names = [vault(operator), quota(operator), backing(operator)];
    const [free, unused, used] = (await balancesOf(sql, currency, names)).values();
    return { vault: free, quota: unused, backing: used };
  });
}
