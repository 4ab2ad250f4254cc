import { accountRow } from '../accounts/accounts.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import { revoke } from './certificates.js';
import { owedBy } from './debts.js';
import { promisedBy } from './promised.js';
import { termsOf } from './terms.js';

/** Where a user is on the way out. */
export interface Leaving {
  /** `leaving`: bills may still come. `left`: none does any more, and all its money is free. */
  readonly state: 'leaving' | 'left';
  readonly since_s: number;
  /** What its certificates may still be billed for, minor units. */
  readonly quotas: number;
}

/**
 * A user leaves its platform (R29): its certificates are taken back, and there are no new ones. Who owes does
 * not leave. Asked again, it says how far that is. Throws BankError `unknown-account`, `terms`, `debt`.
 */
export function leave(context: Context, account: number): Promise<Leaving> {
  return context.database.transaction(async (sql) => {
    const { currency } = await accountRow(sql, account);
    const terms = await termsOf(sql, account);
    const owed = (await owedBy(sql, [account])).get(account) ?? 0;
    if (owed > 0) throw new BankError('debt', `account ${account} owes ${owed} for bills`);
    await revoke(context, sql, 'leaving', { accounts: [account] });
    const since_s = terms.leaving_s ?? context.time_s;
    await sql.rows('update user_terms set leaving_s = $2, line = 0 where account = $1', [account, since_s]);
    const { quotas } = await promisedBy(context, sql, account, currency);
    return { state: quotas > 0 ? 'leaving' : 'left', since_s, quotas };
  });
}
