import type { Context } from '../context.js';
import { revoke } from './certificates.js';
import { type DebtRow, recoverDebts } from './debts.js';
import { Funds } from './funds.js';

/** Debts looked at in one transaction. */
const BATCH = 500;

/**
 * What time brings to debts (R29): money that has come in since pays them back; what is owed for too long
 * stands in the credit record, and is written off later.
 */
export async function ageDebts(context: Context): Promise<void> {
  await context.database.transaction((sql) => recoverDebts(context, sql, undefined), true);
  while (await ageSome(context)) {}
}

async function ageSome(context: Context): Promise<boolean> {
  const { time_s } = context;
  const { recordAfter_s, writeOffAfter_s } = context.parameters;
  return context.database.transaction(async (sql) => {
    const due = await sql.rows<DebtRow>(
      `select * from debts where remaining > 0 and (
         state = 'advanced' and since_s <= $1 or state = 'recorded' and since_s <= $2)
       order by since_s, terminal, sequence limit ${BATCH}`,
      [time_s - recordAfter_s, time_s - writeOffAfter_s],
    );
    if (due.length === 0) return false;
    const funds = new Funds(context, sql);
    await funds.read(due.map(({ account }) => account));
    for (const debt of due) {
      const isLost = debt.state === 'recorded';
      funds.record(debt.account, isLost ? 'written-off' : 'overdue', debt.remaining);
      funds.restate(funds.party(debt.account)!, debt, isLost ? 'written-off' : 'recorded');
    }
    await funds.write();
    await revoke(context, sql, 'debt', { accounts: due.map(({ account }) => account) });
    return due.length === BATCH;
  }, true);
}
