import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { type Limits, Profile } from '../../../firmware/objects/profile.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { Why } from '../db/rows.js';
import { keyInUseOf } from '../keys.js';
import { recoverDebts } from '../platform/debts.js';
import { requireUnpromised } from '../platform/promised.js';
import { UnitOfWork } from '../unit-of-work.js';
import { issue } from './central-bank.js';
import { availableAccount, balancesOf, CASH, Ledger } from './ledger.js';
import { givenBy, readTargets, requireTargets, type Target } from './targets.js';
import { keepReserved, requireRegistered, reserve } from './withdrawal-password.js';

/** As the field of a profile has it: 32 bits. */
const VERSION_MAX = 0xffffffff;

/** Where a device's received value goes when it syncs. */
export type SettleTo = 'device' | 'account';

export interface AccountRow {
  id: number;
  operator: number;
  name: string;
  currency: string;
  settle_to: SettleTo;
  /** A device of the account was convicted: nothing leaves it before that time. */
  held_until_s: number | null;
}

export interface DeviceRow {
  id: Uint8Array;
  account: number;
  operator: number;
  suspended: boolean;
  currency: string;
}

export function requireAmount(amount: number): void {
  if (!Number.isInteger(amount) || amount < 1 || amount > AMOUNT_MAX) {
    throw new BankError('amount', `${amount} is no whole number from 1 to ${AMOUNT_MAX}`);
  }
}

export async function accountRow(sql: Sql, id: number): Promise<AccountRow> {
  const [row] = await sql.rows<AccountRow>('select * from accounts where id = $1', [id]);
  if (!row) throw new BankError('unknown-account', `no account ${id}`);
  return row;
}

/** Nothing is paid to who stands behind a convicted device, as long as claims against it can come in. */
export function requireFree(context: Context, { id, held_until_s }: AccountRow): void {
  if (held_until_s !== null && held_until_s > context.time_s) {
    throw new BankError('held', `account ${id} is held until ${held_until_s}: a device of it was convicted`);
  }
}

export async function deviceRow(sql: Sql, id: Uint8Array): Promise<DeviceRow> {
  const [row] = await sql.rows<DeviceRow>(
    `select d.id, d.account, d.operator, d.suspended, a.currency
     from devices d join accounts a on a.id = d.account where d.id = $1`,
    [id],
  );
  if (!row) throw new BankError('unknown-device', `no device ${hex(id)}`);
  return row;
}

export interface AccountOptions {
  readonly settleTo?: SettleTo;
  readonly currency?: string;
  /**
   * The account is of nobody known: it takes what one anonymous device has received, and whoever gives this
   * password is paid (R22).
   */
  readonly password?: string;
}

export async function createAccount(
  context: Context,
  operator: number,
  name: string,
  { settleTo = 'device', currency, password }: AccountOptions & { readonly currency: string },
): Promise<number> {
  if (!context.keys.operators.has(operator))
    throw new BankError('unknown-operator', `no operator ${operator}`);
  const reserved = password === undefined ? undefined : await reserve(context, password);
  return context.database.transaction(async (sql) => {
    const [row] = await sql.rows<{ id: number }>(
      'insert into accounts (operator, name, currency, settle_to) values ($1, $2, $3, $4) returning id',
      [operator, name, currency, reserved ? 'account' : settleTo],
    );
    if (reserved) await keepReserved(sql, row.id, reserved);
    return row.id;
  });
}

/** Cash comes in. `purpose`: 0, or the only merchant category that this money may be paid to (R26). */
export async function deposit(
  context: Context,
  account: number,
  amount: number,
  purpose: number,
): Promise<void> {
  requireAmount(amount);
  await context.database.transaction(async (sql) => {
    const { currency } = await accountRow(sql, account);
    await requireRegistered(sql, account);
    const ledger = new Ledger(sql, context.time_s);
    ledger.post(CASH, availableAccount(account, purpose), currency, amount, 'deposit');
    await ledger.flush();
    await recoverDebts(context, sql, [account]);
  });
}

/** Cash goes out: ordinary money only. */
export async function withdraw(context: Context, account: number, amount: number): Promise<void> {
  requireAmount(amount);
  await context.database.transaction(async (sql) => {
    const row = await accountRow(sql, account);
    await requireRegistered(sql, account);
    requireFree(context, row);
    const { currency } = row;
    const name = availableAccount(account, 0);
    const available = (await balancesOf(sql, currency, [name])).get(name)!;
    if (available < amount) throw new BankError('funds', `${name} has ${available}`);
    await requireUnpromised(context, sql, row, amount);
    const ledger = new Ledger(sql, context.time_s);
    ledger.post(name, CASH, currency, amount, 'withdrawal');
    await ledger.flush();
  });
}

/**
 * Freezes `amount` for the device (R20): from now on it is the device's; the note comes with its next sync.
 */
export async function load(
  context: Context,
  account: number,
  device: Uint8Array,
  amount: number,
  purpose: number,
): Promise<void> {
  requireAmount(amount);
  await context.database.transaction(async (sql) => {
    const { currency, suspended } = await ownDevice(sql, account, device);
    await requireRegistered(sql, account);
    if (suspended) throw new BankError('suspended', `device ${hex(device)} is stopped`);
    const row = await accountRow(sql, account);
    requireFree(context, row);
    if (purpose === 0) await requireUnpromised(context, sql, row, amount);
    await requireRoom(sql, device, amount);
    await requireTargets(sql, device, purpose);
    const work = new UnitOfWork(context, sql);
    await work.readParties([device]);
    await issue(work, work.party(device)!, purpose, amount);
    await insertLoad(sql, device, currency, purpose, amount);
    await work.write();
  });
}

/** For the next sync of the device. It is in the books already. */
export const insertLoad = (
  sql: Sql,
  device: Uint8Array,
  currency: string,
  purpose: number,
  amount: number,
): Promise<unknown> =>
  sql.rows('insert into loads (device, currency, purpose, amount) values ($1, $2, $3, $4)', [
    device,
    currency,
    purpose,
    amount,
  ]);

/** Every sum of a wallet is an amount: what it holds, and what may come back to it. */
export async function requireRoom(sql: Sql, device: Uint8Array, amount: number): Promise<void> {
  const [{ has }] = await sql.rows<{ has: number }>(
    'select coalesce(sum(greatest(0, net)), 0)::bigint as has from positions where device = $1',
    [device],
  );
  if (has + amount > AMOUNT_MAX) {
    throw new BankError('amount', `${hex(device)} has ${has}, and can hold ${AMOUNT_MAX}`);
  }
}

/**
 * Asks for `amount` of ordinary money back from the device; its next sync takes it, or what there is of it.
 */
export async function unload(
  context: Context,
  account: number,
  device: Uint8Array,
  amount: number,
): Promise<void> {
  requireAmount(amount);
  await context.database.transaction(async (sql) => {
    await ownDevice(sql, account, device);
    await requireRegistered(sql, account);
    await sql.rows('insert into unloads (device, amount) values ($1, $2)', [device, amount]);
  });
}

/** A device of this account. Throws BankError `unknown-account`, `unknown-device`. */
export async function ownDevice(sql: Sql, account: number, device: Uint8Array): Promise<DeviceRow> {
  await accountRow(sql, account);
  const row = await deviceRow(sql, device);
  if (row.account !== account)
    throw new BankError('unknown-device', `${hex(device)} is not of account ${account}`);
  return row;
}

/** The limits that a device has, or gets at its next sync. */
export async function limitsOf(context: Context, device: Uint8Array): Promise<Limits> {
  return context.database.transaction(async (sql) => {
    await deviceRow(sql, device);
    return latestLimits(sql, device);
  });
}

export async function latestLimits(sql: Sql, device: Uint8Array): Promise<Limits> {
  const [{ limits }] = await sql.rows<{ limits: string }>(
    'select limits::text as limits from profiles where device = $1 order by version desc limit 1',
    [device],
  );
  return JSON.parse(limits) as Limits;
}

/** New limits for a device, delivered at its next sync. Their version is counted here. */
export function setLimits(context: Context, device: Uint8Array, limits: Limits): Promise<Uint8Array> {
  return context.database.transaction((sql) => giveLimits(context, sql, device, limits));
}

export async function giveLimits(
  context: Context,
  sql: Sql,
  device: Uint8Array,
  limits: Limits,
): Promise<Uint8Array> {
  const { operator } = await deviceRow(sql, device);
  const [row] = await sql.rows<{ profile_version: number }>(
    'select profile_version from devices where id = $1',
    [device],
  );
  const version = Math.max(row.profile_version + 1, limits.version);
  if (version > VERSION_MAX) throw new BankError('malformed', 'no higher version is left for a profile');
  const { signingKey, endorsement } = keyInUseOf(context, operator);
  const given = { ...limits, version };
  const profile = Profile.build(context.crypto, signingKey, device, given, endorsement.version);
  await keepLimits(sql, device, given);
  await sql.rows('update devices set profile = $2, profile_version = $3 where id = $1', [
    device,
    profile.bytes,
    version,
  ]);
  return profile.bytes;
}

/**
 * Every profile of a device is kept, since one that was sent and one that it had before may both be in force
 * on it.
 */
export async function keepLimits(sql: Sql, device: Uint8Array, limits: Limits): Promise<void> {
  await sql.rows('insert into profiles (device, version, limits) values ($1, $2, $3)', [
    device,
    limits.version,
    JSON.stringify(limits),
  ]);
}

/** Value of the account that the bank keeps for it. */
export interface HeldValue {
  amount: number;
  why: Why | 'convicted';
  /** When it comes free at the latest; undefined when that is not a matter of time: the device must sync. */
  until_s: number | undefined;
}

export interface Balance {
  currency: string;
  /** Ordinary money. */
  available: number;
  /** Held by the account's devices, as far as the bank knows; less what they owe. */
  offline: number;
  /** Handed over by the account's devices, and not yet taken. */
  inFlight: number;
  /** Comes back, and cannot be withdrawn yet. */
  held: HeldValue[];
  /** Money of one purpose only: of a merchant category, or of a target, which is told with it. */
  targeted: { purpose: number; available: number; target?: Target }[];
  /** What the account has given (R26), and how much of it is neither paid nor back. */
  given: (Target & { left: number })[];
}

export async function balance(context: Context, account: number): Promise<Balance> {
  return context.database.transaction(async (sql) => {
    const { currency } = await accountRow(sql, account);
    const name = availableAccount(account, 0);
    const rows = await sql.rows<{ account: string; balance: number }>(
      `select account, balance from balances where currency = $2 and (account = $1 or account like $1 || ':%')`,
      [name, currency],
    );
    const [sums] = await sql.rows<{ offline: number; in_flight: number }>(
      `select
         (select coalesce(sum(b.balance), 0)::bigint from devices d
          join balances b on split_part(b.account, ':', 1) in ('device', 'owed', 'loss')
            and split_part(b.account, ':', 2) = encode(d.id, 'hex')
          where d.account = $1 and b.currency = $2) as offline,
         (select coalesce(sum(t.total), 0)::bigint from transfers t join devices d on d.id = t.payer
          where d.account = $1 and t.currency = $2 and t.place = 'in-flight') as in_flight`,
      [account, currency],
    );
    const apart = rows
      .filter((row) => row.account !== name && row.balance !== 0)
      .map((row) => ({ purpose: Number(row.account.slice(name.length + 1)), available: row.balance }));
    const targets = await readTargets(
      sql,
      apart.map(({ purpose }) => purpose),
    );
    const targeted = apart.map((each) => {
      const target = targets.get(each.purpose);
      return target ? { ...each, target } : each;
    });
    const available = rows.find((row) => row.account === name)?.balance ?? 0;
    const held = await heldFor(sql, account);
    const given = await givenBy(sql, account);
    return { currency, available, offline: sums.offline, inFlight: sums.in_flight, held, targeted, given };
  });
}

async function heldFor(sql: Sql, account: number): Promise<HeldValue[]> {
  const rows = await sql.rows<{ total: number; why: Why; until_s: number; convicted: boolean }>(
    `select t.total, t.why, t.payer_state = 'resolved' as told, p.certificate_until_s as until_s, d.convicted
     from transfers t join devices d on d.id = t.payer join devices p on p.id = t.payee
     where d.account = $1 and t.place = 'held' order by t.seen_s, t.hash`,
    [account],
  );
  return rows.map(({ total, why, until_s, convicted }) => ({
    amount: total,
    why: convicted ? 'convicted' : why,
    until_s: convicted || why === 'void' || why === 'settled' ? undefined : until_s,
  }));
}
