import { OPERATORS_MAX } from '../../../firmware/limits.js';
import type { Operator } from '../../../firmware/objects/operator.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { PartyRow } from '../db/rows.js';
import { endorseKey, holding, type Keys, type OperatorKey, readKeys } from '../keys.js';
import type { UnitOfWork } from '../unit-of-work.js';
import {
  advance,
  availableLedgerAccount,
  backing,
  balancesOf,
  CENTRAL,
  FULL_RESERVE,
  freeReserves,
  Ledger,
  quota,
  type Reserves,
  reservesFor,
  reservesOf,
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
  await context.database.transaction(async (sql) => {
    await knownReserves(sql, operator, currency);
    await freeze(sql, context.time_s, operator, currency, amount);
  });
}

export async function freeze(
  sql: Sql,
  time_s: number,
  operator: number,
  currency: string,
  amount: number,
): Promise<void> {
  if (amount === 0) return;
  const ledger = new Ledger(sql, time_s);
  ledger.post(CENTRAL, freeReserves(operator), currency, amount, 'reserves');
  ledger.post(freeReserves(operator), quota(operator), currency, amount, 'freeze');
  ledger.freeze(operator, currency, amount);
  await ledger.flush();
}

/** A key of an operator, for whoever looks after them. */
export interface EndorsedKey {
  readonly operator: number;
  readonly version: number;
  /** When the operator signs with it, until the next one's time comes; and until when what it signs holds. */
  readonly from_s: number;
  readonly until_s: number;
}

export const endorsedKey = ({ endorsement }: OperatorKey): EndorsedKey => ({
  operator: endorsement.number,
  version: endorsement.version,
  from_s: endorsement.notBefore_s,
  until_s: endorsement.notAfter_s,
});

/**
 * The root endorses a new key of an operator. Devices hear of it from now on, and the operator signs with it
 * from `from_s` on; what was signed with the one before holds as it did. Throws BankError `unknown-operator`,
 * `time`, `endorsements`, and what the store of a key throws.
 */
export async function renewOperatorKey(
  context: Context,
  operator: number,
  from_s: number,
): Promise<EndorsedKey> {
  const { crypto, entropy, keyStores, parameters, time_s } = context;
  try {
    return await context.database.transaction(async (sql) => {
      const [row] = await sql.rows<{ sync_key: Uint8Array }>(
        'select sync_key from operators where number = $1 for update',
        [operator],
      );
      if (!row) throw new BankError('unknown-operator', `no operator ${operator}`);
      // As they are in the books: another clerk may just have renewed one.
      const { keys } = await readKeys(sql, crypto);
      const latest = keys.operators.get(operator)!.signing.at(-1)!.endorsement;
      requireRoomForKey(keys, latest, time_s);
      const last_s = Math.max(time_s, latest.notAfter_s);
      if (from_s < time_s || from_s > last_s)
        throw new BankError(
          'time',
          `a key may begin from ${time_s} to ${last_s}, when the one before has run out`,
        );
      const version = latest.version + 1;
      const until_s = Math.min(from_s + parameters.endorsementLife_s, U32_MAX);
      const { root } = keys;
      const times = { from_s, until_s };
      await endorseKey(sql, keyStores, entropy, {
        ...{ root, number: operator, version, syncKey: row.sync_key },
        ...times,
      });
      return { operator, version, ...times };
    });
  } finally {
    await context.reloadKeys();
  }
}

/** Throws BankError `endorsements`. */
function requireRoomForKey(keys: Keys, latest: Operator, time_s: number): void {
  if (latest.notBefore_s > time_s)
    throw new BankError('endorsements', `a key of operator ${latest.number} waits for its time already`);
  if (holding(keys, time_s).length >= OPERATORS_MAX)
    throw new BankError('endorsements', `wallets have places for ${OPERATORS_MAX} that hold`);
}

/** Unfreezes what is not needed for what is out; refused beyond it. */
export async function releaseReserves(
  context: Context,
  operator: number,
  currency: string,
  amount: number,
): Promise<void> {
  await context.database.transaction(async (sql) => {
    const { frozen, permille } = await knownReserves(sql, operator, currency);
    await requireReserves(sql, operator, currency, { frozen: frozen - amount, permille });
    const ledger = new Ledger(sql, context.time_s);
    ledger.post(quota(operator), freeReserves(operator), currency, amount, 'unfreeze');
    ledger.freeze(operator, currency, -amount);
    await ledger.flush();
  });
}

/**
 * How much an operator must have frozen of what it has out and may still issue: 1 to 1,000 parts in a
 * thousand (R18). Since January 2026 e-CNY's banks hold a fraction, other operators all of it. Refused, with
 * `quota`, while the operator has too much out for it.
 */
export async function setReserveRatio(context: Context, operator: number, permille: number): Promise<void> {
  if (permille < 1 || permille > FULL_RESERVE)
    throw new BankError('malformed', `a ratio is 1 to ${FULL_RESERVE} parts in a thousand`);
  await context.database.transaction(async (sql) => {
    const currencies = await sql.rows<{ currency: string }>(
      'select currency from reserves where operator = $1 order by currency',
      [operator],
    );
    const ledger = new Ledger(sql, context.time_s);
    for (const { currency } of currencies) {
      const { frozen } = await knownReserves(sql, operator, currency);
      await requireReserves(sql, operator, currency, { frozen, permille });
      ledger.freeze(operator, currency, 0);
    }
    const found = await sql.rows('update operators set reserve_permille = $2 where number = $1 returning 1', [
      operator,
      permille,
    ]);
    if (found.length === 0) throw new BankError('unknown-operator', `no operator ${operator}`);
    await ledger.flush();
  });
}

/** Throws BankError `unknown-operator`. */
async function knownReserves(sql: Sql, operator: number, currency: string): Promise<Reserves> {
  const reserves: Reserves | undefined = await reservesOf(sql, operator, currency);
  if (!reserves) throw new BankError('unknown-operator', `no operator ${operator}`);
  return reserves;
}

async function requireReserves(
  sql: Sql,
  operator: number,
  currency: string,
  { frozen, permille }: Reserves,
): Promise<void> {
  const account = backing(operator);
  const out = (await balancesOf(sql, currency, [account])).get(account)!;
  const due = reservesFor(out, permille);
  if (frozen < due) throw new BankError('quota', `operator ${operator} needs ${due} frozen for what is out`);
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
  ledgerAccount = availableLedgerAccount(party.account, party.operator, purpose),
): Promise<void> {
  const { currency } = party;
  const { operator } = ledgerAccount;
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

/** What an operator has with the central bank; minor units. */
export interface ReservesTold {
  /** Reserves that are not frozen, and those that are. */
  readonly free: number;
  readonly frozen: number;
  /** Of what it has out and may still issue, how much it must have frozen: parts in a thousand. */
  readonly permille: number;
  /** What it may still issue, and what backs its devices. */
  readonly quota: number;
  readonly backing: number;
  /** What the central bank has lent it for that. */
  readonly advance: number;
}

/** Throws BankError `unknown-operator`. */
export async function reserves(context: Context, operator: number, currency: string): Promise<ReservesTold> {
  return context.database.transaction(async (sql) => {
    const { frozen, permille } = await knownReserves(sql, operator, currency);
    const names = [freeReserves(operator), quota(operator), backing(operator), advance(operator)];
    const [free, unused, used, lent] = (await balancesOf(sql, currency, names)).values();
    return { free, frozen, permille, quota: unused, backing: used, advance: 0 - lent };
  });
}
