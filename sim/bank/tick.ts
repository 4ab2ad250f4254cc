import { BankError } from './codes.js';
import type { Context } from './context.js';
import type { Sql } from './database.js';
import { availableSpot, deviceSpot, Ledger } from './ledger.js';
import type { TransferRow } from './rows.js';
import { giveBack } from './transfers.js';
import { Work } from './work.js';

/** Transfers returned in one transaction. */
const BATCH = 500;

/** Moves bank time on, and does what has come due. */
export async function tick(context: Context, now_s: number): Promise<void> {
  if (!Number.isInteger(now_s) || now_s > 0xffffffff) throw new BankError('malformed', `time ${now_s}`);
  if (now_s < context.time_s) throw new BankError('time', `${now_s} is before ${context.time_s}`);
  context.time_s = now_s;
  await context.database.transaction((sql) => sql.rows('update central_bank set time_s = $1', [now_s]));
  while ((await returnUnclaimed(context)) === BATCH);
  await recoverLost(context);
}

/**
 * What no payee has claimed in time goes back to the payer's account, and so does what none can claim: a
 * payee takes transfers for invoices of its current epoch only (the first four bytes of the invoice's id),
 * and that ends with a settlement. A later claim still counts.
 */
async function returnUnclaimed(context: Context): Promise<number> {
  return context.database.transaction(async (sql) => {
    const due = await sql.rows<TransferRow>(
      `select t.* from transfers t join devices d on d.id = t.payee where t.place = 'flight' and (t.claim_by_s < $1
         or d.epoch > get_byte(t.invoice, 0)::bigint * 16777216 + get_byte(t.invoice, 1) * 65536
           + get_byte(t.invoice, 2) * 256 + get_byte(t.invoice, 3))
       order by t.claim_by_s limit ${BATCH}`,
      [context.time_s],
    );
    if (due.length === 0) return 0;
    const work = new Work(context, sql);
    await work.readParties(due.flatMap((row) => [row.payer, row.payee]));
    work.keep(due);
    for (const row of due) giveBack(work, row);
    await work.write();
    return due.length;
  });
}

/** When nothing that a lost device held can still be spent, its owner gets what the bank can prove (R9). */
async function recoverLost(context: Context): Promise<void> {
  const { noteLife_s, recoverAfter_s } = context.parameters;
  await context.database.transaction(async (sql) => {
    const lost = await lostDevices(sql, context.time_s - noteLife_s - recoverAfter_s);
    if (lost.length === 0) return;
    const ledger = new Ledger(sql, context.time_s);
    for (const { id, operator, account, currency, balance } of lost) {
      const [from, to] = [deviceSpot(id, operator), availableSpot(account, 0)];
      ledger.move(from, to, currency, balance, 'recovered', undefined, operator);
    }
    await ledger.flush();
    await sql.rows('update devices set recovered = true where id = any($1::bytea[])', [
      lost.map((device) => device.id),
    ]);
  });
}

interface LostDevice {
  id: Uint8Array;
  operator: number;
  account: number;
  currency: string;
  balance: number;
}

const lostDevices = (sql: Sql, lostBy_s: number): Promise<LostDevice[]> =>
  sql.rows<LostDevice>(
    `select d.id, d.operator, d.account, b.currency, b.balance from devices d
     join balances b on b.account = 'device:' || encode(d.id, 'hex')
     where d.lost_s <= $1 and not d.proven and b.balance > 0`,
    [lostBy_s],
  );
