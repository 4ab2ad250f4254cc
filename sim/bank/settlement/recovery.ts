import { deviceRow } from '../accounts/accounts.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { TransferRow } from '../db/rows.js';
import { UnitOfWork } from '../unit-of-work.js';
import { relocate } from './transfers.js';

/** Money of one purpose; minor units. */
export interface Recovered {
  readonly purpose: number;
  readonly amount: number;
}

/** A device that was reported lost before has nothing left that anybody could spend or claim. */
const reportedBefore_s = ({ time_s, parameters }: Context): number =>
  time_s - parameters.noteLife_s - parameters.recoverAfter_s;

/**
 * When nothing that a lost device held can still be spent, its owner gets what the bank can prove (R9), of
 * each purpose, or its giver does when its target is over; and later whatever has come back to the device
 * since. Nothing, where lost money is lost.
 */
export async function recoverLost(context: Context): Promise<void> {
  if (context.lostMoney === 'forfeited') return;
  await context.database.transaction(async (sql) => {
    const lost = await sql.rows<{ id: Uint8Array }>(
      `select id from devices d where lost_s <= $1 and not convicted and (not recovered or exists
         (select 1 from positions p where p.device = d.id and net > in_flight + waiting))`,
      [reportedBefore_s(context)],
    );
    for (const { id } of lost) await recover(context, sql, id);
  }, true);
}

interface LostRow {
  readonly lost_s: number | null;
  readonly convicted: boolean;
  /** See `Resuming`. */
  readonly ahead_s: number | null;
}

/**
 * The same for one device, when its owner asks for it: all that came back for it, by its purpose. At once
 * when it `isHandedIn` and can never sync again, since the books were put back to an earlier time: nobody
 * spends what it holds. Throws BankError `not-lost`, `not-ahead`, `forfeited`, `held`, and `not-yet` with the
 * time from which on it can be had.
 */
export async function recoverDevice(
  context: Context,
  device: Uint8Array,
  isHandedIn: boolean,
): Promise<Recovered[]> {
  return context.database.transaction(async (sql) => {
    await deviceRow(sql, device);
    const [{ lost_s, convicted, ahead_s }] = await sql.rows<LostRow>(
      'select lost_s, convicted, ahead_s from devices where id = $1',
      [device],
    );
    const name = hex(device);
    if (lost_s === null) throw new BankError('not-lost', `device ${name} was not reported lost`);
    if (isHandedIn && ahead_s === null)
      throw new BankError('not-ahead', `device ${name} can sync: that brings back what it has`);
    if (context.lostMoney === 'forfeited' && !isHandedIn)
      throw new BankError('forfeited', 'what is on a lost device is lost: only its own sync brings it back');
    if (convicted) throw new BankError('held', `device ${name} was convicted`);
    const wait_s = lost_s - reportedBefore_s(context);
    if (wait_s > 0 && !isHandedIn)
      throw new BankError('not-yet', `device ${name}: it can be had from ${context.time_s + wait_s} on`);
    await recover(context, sql, device);
    return sql.rows<Recovered>(
      `select coalesce(nullif(split_part(debit, ':', 3), ''), '0')::int as purpose, sum(amount)::bigint as amount
       from postings where reason = 'recovered' and (debit = $1 or debit like $1 || ':%')
       group by 1 order by 1`,
      [`device:${name}`],
    );
  }, true);
}

async function recover(context: Context, sql: Sql, id: Uint8Array): Promise<void> {
  await sql.rows('update devices set recovered = true where id = $1', [id]);
  await sql.rows('update loads set delivered = true where device = $1 and not delivered', [id]);
  const work = new UnitOfWork(context, sql);
  await work.readParties([id]);
  const party = work.party(id)!;
  for (const purpose of work.books.purposes(party)) {
    const amount = work.books.free(party, purpose);
    const ledgerAccount = work.books.home(party, purpose);
    work.books.book(
      party.currency,
      [
        { party, purpose, net: -amount },
        { ledgerAccount, amount },
      ],
      work.books.isOver(purpose) ? 'expired' : 'recovered',
    );
  }
  await work.keep(
    await sql.rows<TransferRow>(`select * from transfers where payer = $1 and place = 'held'`, [id]),
  );
  for (const row of work.transfers.values()) relocate(work, row);
  await work.write();
}
