import { NO_HASH, terminalIdOf } from '../../../firmware/account/bill.js';
import type { Limits } from '../../../firmware/objects/profile.js';
import { accountRow } from '../accounts/accounts.js';
import { requirePrimeOrder } from '../accounts/enrol.js';
import { requireRegistered } from '../accounts/withdrawal-password.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { platformKeyOf } from './make-platform.js';

/** The rules that a terminal keeps offline, as it is registered with them. */
export interface TerminalRules {
  readonly limits: Limits;
  /** Its scene; 0: of none. */
  readonly scene: number;
  readonly tierMin: number;
  /** Of the merchant, ISO 18245: its sales are of this one. 0: none is said, and its bills may name any. */
  readonly category: number;
}

export interface TerminalRow extends TerminalRules {
  /** As `terminalIdOf` names its key, 8 bytes. */
  readonly id: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Of the merchant: the terminals of one account are a site. */
  readonly account: number;
  readonly operator: number;
  readonly currency: string;
  readonly since_s: number;
  suspended_s: number | null;
  why: '' | 'counter' | 'fork';
  /** Of the last bill that is here, and its hash and time. */
  sequence: number;
  head: Uint8Array;
  time_s: number;
  counted_from: number;
  counted_from_s: number;
  /** The books were put back, and no receipt that it has acted on since is known to them. */
  resuming: boolean;
}

const COLUMNS = `t.id, t.public_key as "publicKey", t.account, a.operator, a.currency, t.limits::text as limits, t.scene,
  t.tier_min as "tierMin", t.category, t.since_s, t.suspended_s, t.why, t.sequence, t.head, t.time_s,
  t.counted_from, t.counted_from_s, t.resuming`;

type StoredRow = Omit<TerminalRow, 'limits'> & { readonly limits: string };

const parsed = (row: StoredRow): TerminalRow => ({ ...row, limits: JSON.parse(row.limits) as Limits });

export async function terminalRows(sql: Sql, ids: readonly Uint8Array[]): Promise<TerminalRow[]> {
  const rows = await sql.rows<StoredRow>(
    `select ${COLUMNS} from terminals t join accounts a on a.id = t.account where t.id = any($1::bytea[])`,
    [ids],
  );
  return rows.map(parsed);
}

/** All terminals, or those of one merchant, in the order in which they were registered. */
export function terminals(context: Context, account: number | undefined): Promise<TerminalRow[]> {
  return context.database.transaction(async (sql) => {
    const rows = await sql.rows<StoredRow>(
      `select ${COLUMNS} from terminals t join accounts a on a.id = t.account
       where $1::int is null or t.account = $1 order by t.since_s, t.id`,
      [account ?? null],
    );
    return rows.map(parsed);
  });
}

/**
 * Takes the bills of a terminal from now on, for a merchant whose operator is a platform: that one answers
 * with its receipts. Returns the terminal's id. Throws BankError `unknown-account`, `unregistered`,
 * `platform`, `key`, `terminal` when the key is registered already.
 */
export function addTerminal(
  context: Context,
  account: number,
  publicKey: Uint8Array,
  { limits, scene, tierMin, category }: TerminalRules,
): Promise<Uint8Array> {
  const { crypto, time_s } = context;
  requirePrimeOrder(publicKey);
  const id = terminalIdOf(crypto, publicKey);
  return context.database.transaction(async (sql) => {
    const row = await accountRow(sql, account);
    await requireRegistered(sql, account);
    platformKeyOf(context, row.operator);
    const added = await sql.rows(
      `insert into terminals (id, public_key, account, limits, scene, tier_min, category, since_s, head, time_s,
         counted_from_s)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $8) on conflict do nothing returning id`,
      [id, publicKey, account, JSON.stringify(limits), scene, tierMin, category, time_s, NO_HASH],
    );
    if (added.length === 0) throw new BankError('terminal', `terminal ${hex(id)} is registered already`);
    return id;
  });
}

/**
 * Its bills from now on are set aside, until that is lifted. Throws BankError `unknown-terminal`, `terminal`.
 */
export function suspendTerminal(context: Context, id: Uint8Array): Promise<void> {
  return context.database.transaction(async (sql) => {
    await requireTerminal(sql, id);
    const changed = await sql.rows(
      `update terminals set suspended_s = $2, why = 'counter' where id = $1 and suspended_s is null
       returning id`,
      [id, context.time_s],
    );
    if (changed.length === 0) throw new BankError('terminal', `terminal ${hex(id)} is suspended already`);
  });
}

/** A terminal that has forked stays suspended: its key is not to be believed. */
export function liftTerminal(context: Context, id: Uint8Array): Promise<void> {
  return context.database.transaction(async (sql) => {
    await requireTerminal(sql, id);
    const changed = await sql.rows(
      `update terminals set suspended_s = null, why = '' where id = $1 and why = 'counter' returning id`,
      [id],
    );
    if (changed.length === 0)
      throw new BankError('terminal', `terminal ${hex(id)} is not suspended by the counter`);
  });
}

export async function requireTerminal(sql: Sql, id: Uint8Array): Promise<void> {
  const found = await sql.rows('select 1 from terminals where id = $1', [id]);
  if (found.length === 0) throw new BankError('unknown-terminal', `no terminal ${hex(id)}`);
}
