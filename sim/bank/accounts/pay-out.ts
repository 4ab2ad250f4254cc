import { BankError, type BankErrorCode } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { accountRow, deviceRow, requireFree } from './accounts.js';
import { availableLedgerAccount, balancesOf, CASH, Ledger } from './ledger.js';
import { hashOf, keepReserved, PASSWORD_TRIES_MAX, type Reserved, reserve } from './withdrawal-password.js';

const LOCKED_S = 86_400;

interface WithdrawalRow extends Reserved {
  readonly tries: number;
  readonly locked_until_s: number;
}

/** Cash that was paid, in minor units, or why none was: a wrong try is counted, so it is no exception. */
type PaidOut = { readonly paid: number } | { readonly refused: BankErrorCode; readonly why: string };

const no = (refused: BankErrorCode, why: string): PaidOut => ({ refused, why });

/**
 * Pays all that has come in from an unregistered device (8 bytes) to whoever gives its withdrawal password,
 * at any operator (R22). `next`: the password from now on. Returns minor units. Throws BankError
 * `unregistered` for a device without such a password, `password`, `password-locked`, `held`, `funds`.
 */
export async function payOut(
  context: Context,
  operator: number,
  device: Uint8Array,
  password: string,
  next: string | undefined,
): Promise<number> {
  if (!context.keys.operators.has(operator))
    throw new BankError('unknown-operator', `no operator ${operator}`);
  const reserved = next === undefined ? undefined : await reserve(context, next);
  const told = await context.database.transaction((sql) =>
    tryToPay(context, sql, operator, device, password, reserved),
  );
  if ('refused' in told) throw new BankError(told.refused, told.why);
  return told.paid;
}

async function tryToPay(
  context: Context,
  sql: Sql,
  operator: number,
  device: Uint8Array,
  password: string,
  next: Reserved | undefined,
): Promise<PaidOut> {
  const { account } = await deviceRow(sql, device);
  const [row] = await sql.rows<WithdrawalRow>('select * from withdrawals where account = $1', [account]);
  if (!row) return no('unregistered', 'no withdrawal password is reserved for this device');
  if (row.tries === 0 && context.time_s < row.locked_until_s)
    return no('password-locked', `too many wrong passwords: none is taken before ${row.locked_until_s}`);
  const hash = await hashOf(password, row.salt);
  const isRight = context.crypto.equal(hash, row.hash);
  const left = isRight ? PASSWORD_TRIES_MAX : (row.tries || PASSWORD_TRIES_MAX) - 1;
  await sql.rows('update withdrawals set tries = $2, locked_until_s = $3 where account = $1', [
    account,
    left,
    left === 0 ? context.time_s + LOCKED_S : 0,
  ]);
  if (!isRight) return no('password', `the password is wrong; ${left} more may be tried`);
  if (next) await keepReserved(sql, account, next);
  return pay(context, sql, operator, account);
}

/** At another operator's counter reserves go with it, as with a payment to a customer there. */
async function pay(context: Context, sql: Sql, operator: number, account: number): Promise<PaidOut> {
  const row = await accountRow(sql, account);
  requireFree(context, row);
  const from = availableLedgerAccount(account, row.operator, 0);
  const amount = (await balancesOf(sql, row.currency, [from.name])).get(from.name)!;
  if (amount <= 0) return no('funds', 'nothing has come in from the device since it was last paid out');
  const ledger = new Ledger(sql, context.time_s);
  const cash = { name: CASH, operator, backed: false };
  ledger.move(from, cash, row.currency, amount, 'withdrawal', undefined);
  await ledger.flush();
  return { paid: amount };
}
