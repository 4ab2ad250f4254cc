import { PURPOSE_MAX } from '../../../firmware/limits.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { requireUnpromised } from '../platform/promised.js';
import { UnitOfWork } from '../unit-of-work.js';
import { accountRow, deviceRow, insertLoad, requireAmount, requireFree, requireRoom } from './accounts.js';
import { issue } from './central-bank.js';
import { availableLedgerAccount } from './ledger.js';
import { requireTargets } from './targets.js';
import { requireRegistered } from './withdrawal-password.js';

/** Whom money is for that one account gives to the device of another (R26). */
export interface Gift {
  /** Merchant category; 0: any. */
  readonly purpose: number;
  /** The only place where it may be spent, from 1 on; 0: anywhere. */
  readonly place: number;
  /** The only device that it may be paid to, 8 bytes; undefined: any. */
  readonly payee: Uint8Array | undefined;
  /** From this second on it is the giver's again; undefined: never. */
  readonly until_s: number | undefined;
}

/**
 * Money of `account` for a device of anybody: it is frozen for that device, comes with its next sync, and can
 * be paid only as the gift says. Returns the number of its target. Throws BankError `amount`, `funds`,
 * `quota`, `unknown-account`, `unknown-device`, `currency`, `time`, `suspended`, `held`, `unregistered`;
 * `targets` when the device has money of as many as a wallet looks at.
 */
export async function give(
  context: Context,
  account: number,
  device: Uint8Array,
  amount: number,
  gift: Gift,
): Promise<number> {
  requireAmount(amount);
  const { until_s = U32_MAX } = gift;
  if (until_s <= context.time_s) throw new BankError('time', `${until_s} is not after ${context.time_s}`);
  return context.database.transaction(async (sql) => {
    const giver = await accountRow(sql, account);
    const { suspended, currency } = await deviceRow(sql, device);
    await requireRegistered(sql, account);
    requireFree(context, giver);
    await requireUnpromised(context, sql, giver, amount);
    if (suspended) throw new BankError('suspended', `device ${hex(device)} is stopped`);
    if (currency !== giver.currency)
      throw new BankError('currency', `device ${hex(device)} holds ${currency}, not ${giver.currency}`);
    if (gift.payee) await requirePayee(sql, device, gift.payee);
    await requireRoom(sql, device, amount);
    const number = await targetFor(sql, account, { ...gift, until_s });
    await requireTargets(sql, device, number);
    const work = new UnitOfWork(context, sql);
    await work.readParties([device]);
    const from = availableLedgerAccount(account, giver.operator, 0);
    await issue(work, work.party(device)!, number, amount, from);
    await insertLoad(sql, device, currency, number, amount);
    await work.write();
    return number;
  });
}

async function requirePayee(sql: Sql, device: Uint8Array, payee: Uint8Array): Promise<void> {
  await deviceRow(sql, payee);
  if (hex(payee) === hex(device))
    throw new BankError('unknown-device', `device ${hex(device)} cannot pay itself`);
}

async function targetFor(
  sql: Sql,
  giver: number,
  { purpose, place, payee = new Uint8Array(8), until_s }: Gift,
): Promise<number> {
  const [row] = await sql.rows<{ number: number }>(
    `insert into targets (giver, purpose, place, payee, until_s) values ($1, $2, $3, $4, $5)
     on conflict (giver, purpose, place, payee, until_s) do update set giver = excluded.giver returning number`,
    [giver, purpose, place, payee, until_s],
  );
  return row.number;
}

interface Leftover {
  readonly number: number;
  readonly giver: number;
  readonly operator: number;
  readonly holder: number;
  readonly holder_operator: number;
  readonly currency: string;
  readonly balance: number;
}

/**
 * What lies in accounts of a target that is over goes to whoever gave it. What devices still have follows
 * when they give it back: until then they may have paid it in time.
 */
export async function returnOver(context: Context): Promise<void> {
  await context.database.transaction(async (sql) => {
    const left = await sql.rows<Leftover>(
      `select distinct t.number, t.giver, g.operator, h.id as holder, h.operator as holder_operator, b.currency, b.balance
       from targets t join accounts g on g.id = t.giver join positions p on p.purpose = t.number
       join devices d on d.id = p.device join accounts h on h.id = d.account
       join balances b on b.account = 'available:' || h.id || ':' || t.number
       where t.until_s <= $1 and not t.returned and p.purpose > ${PURPOSE_MAX} and b.balance > 0`,
      [context.time_s],
    );
    const work = new UnitOfWork(context, sql);
    for (const { number, giver, operator, holder, holder_operator, currency, balance } of left) {
      const from = availableLedgerAccount(holder, holder_operator, number);
      const to = availableLedgerAccount(giver, operator, 0);
      work.ledger.move(from, to, currency, balance, 'expired', undefined);
    }
    await work.write();
    await sql.rows('update targets set returned = true where until_s <= $1 and not returned', [
      context.time_s,
    ]);
  }, true);
}
