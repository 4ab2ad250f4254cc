import { hex } from '../bytes.js';
import type { Sql } from '../db/database.js';

/** Where value can be, as an account of the ledger. */
export interface LedgerAccount {
  readonly name: string;
  /** The operator whose affair it is. */
  readonly operator: number;
  /**
   * Whether that operator's frozen reserves back it while it is there; otherwise it is bank money in an
   * account, or a debt.
   */
  readonly backed: boolean;
}

/** Purpose 0 is ordinary money; targeted money (R26) is kept apart by its merchant category. */
const ofPurpose = (name: string, purpose: number): string => (purpose === 0 ? name : `${name}:${purpose}`);

export const availableAccount = (account: number, purpose: number): string =>
  ofPurpose(`available:${account}`, purpose);

export const availableLedgerAccount = (
  account: number,
  operator: number,
  purpose: number,
): LedgerAccount => ({
  name: availableAccount(account, purpose),
  operator,
  backed: false,
});

/**
 * Accounts of a device: `device`, what it holds; `in-flight`, what it has handed over and nobody has taken;
 * `held`, what the bank keeps for it; `owed` and `loss`, what was paid for it and never shown, before and
 * after it was convicted.
 */
export type DevicePlace = 'device' | 'in-flight' | 'held' | 'owed' | 'loss';

export const deviceLedgerAccount = (
  place: DevicePlace,
  device: Uint8Array,
  operator: number,
  purpose: number,
): LedgerAccount => ({
  name: ofPurpose(`${place}:${hex(device)}`, purpose),
  operator,
  backed: place !== 'owed' && place !== 'loss',
});

/**
 * What was paid to a device that claimed it after the value had been given back: a loss that names the device
 * which came too late.
 */
export const lateLedgerAccount = (payee: Uint8Array, payerOperator: number): LedgerAccount => ({
  name: `late:${hex(payee)}`,
  operator: payerOperator,
  backed: false,
});

/** The world outside: cash that came in has left here, so its balance is negative. */
export const CASH = 'cash';
/** The source of central bank money. */
export const CENTRAL = 'central';
/** An operator's central bank money that is not frozen. */
export const freeReserves = (operator: number): string => `free:${operator}`;
/** Frozen, and backing nothing yet: what the operator may still issue (R18). */
export const quota = (operator: number): string => `quota:${operator}`;
/** Frozen, and backing what the operator's devices hold and have in flight, and what is held for them. */
export const backing = (operator: number): string => `backing:${operator}`;
/**
 * What the central bank has lent an operator to back what it had to pay: negative. What comes free pays it
 * back first.
 */
export const advance = (operator: number): string => `advance:${operator}`;

/**
 * What an operator may issue beyond its frozen reserves, where it needs only a part of them: negative. It is
 * nobody's money: it follows from the reserves and their ratio.
 */
const fractional = (operator: number): string => `fractional:${operator}`;

/** Of what it has out and may still issue, an operator freezes all unless it is said. Parts in a thousand. */
export const FULL_RESERVE = 1_000;

/** Whole numbers all the way: products of the whole sums would be beyond what a number holds exactly. */
function part(sum: number, of: number, parts: number, round: (value: number) => number): number {
  return Math.floor(sum / of) * parts + round(((sum % of) * parts) / of);
}

/** The least that has to be frozen for what is out. */
export const reservesFor = (out: number, permille: number): number =>
  part(out, FULL_RESERVE, permille, Math.ceil);

/** What may be issued beyond frozen reserves. */
const beyond = (frozen: number, permille: number): number =>
  part(frozen, permille, FULL_RESERVE - permille, Math.floor);

/** What an operator has frozen, and how much of what it issues that must be. */
export interface Reserves {
  readonly frozen: number;
  readonly permille: number;
}

export async function reservesOf(sql: Sql, operator: number, currency: string): Promise<Reserves> {
  const [row] = await sql.rows<Reserves>(
    `select coalesce(r.frozen, 0)::bigint as frozen, o.reserve_permille::bigint as permille
     from operators o left join reserves r on r.operator = o.number and r.currency = $2 where o.number = $1`,
    [operator, currency],
  );
  return row;
}

interface Posting {
  debit: string;
  credit: string;
  currency: string;
  amount: number;
  reason: string;
  reference: Uint8Array | null;
}

/** The postings of one transaction: gathered, then written at once with the balances that they change. */
export class Ledger {
  readonly #postings: Posting[] = [];
  readonly #frozen = new Map<string, { operator: number; currency: string; amount: number }>();
  /** An operator's reserves were called on, or what it had been lent was paid back. */
  hasCovered = false;

  constructor(
    private readonly sql: Sql,
    private readonly time_s: number,
  ) {}

  post(
    debit: string,
    credit: string,
    currency: string,
    amount: number,
    reason: string,
    reference?: Uint8Array,
  ): void {
    this.#postings.push({ debit, credit, currency, amount, reason, reference: reference ?? null });
  }

  /**
   * Moves value, and beside it the reserves that back it: they go along from operator to operator, out of
   * quota and into it.
   */
  move(
    from: LedgerAccount,
    to: LedgerAccount,
    currency: string,
    amount: number,
    reason: string,
    reference: Uint8Array | undefined,
  ): void {
    if (amount === 0 || from.name === to.name) return;
    this.post(from.name, to.name, currency, amount, reason, reference);
    const source = from.backed ? backing(from.operator) : quota(from.operator);
    const target = to.backed ? backing(to.operator) : quota(to.operator);
    if (source === target || (!from.backed && !to.backed && from.operator === to.operator)) return;
    this.post(source, target, currency, amount, 'backing', reference);
    this.freeze(from.operator, currency, -amount);
    this.freeze(to.operator, currency, amount);
  }

  /** Counts reserves of an operator as frozen, or as not frozen any more. */
  freeze(operator: number, currency: string, amount: number): void {
    const key = `${operator} ${currency}`;
    const known = this.#frozen.get(key);
    if (known) known.amount += amount;
    else this.#frozen.set(key, { operator, currency, amount });
  }

  /**
   * What a bank must pay it pays: from its reserves as far as they back nothing, then from those that were
   * not frozen, then with money of the central bank. What comes free pays that back first. What may be issued
   * beyond the reserves follows them.
   */
  async #cover(): Promise<void> {
    for (const { operator, currency, amount } of [...this.#frozen.values()]) {
      const names = [backing, freeReserves, advance, fractional].map((name) => name(operator));
      const balances = await balancesOf(this.sql, currency, names);
      const now = names.map((name) => balances.get(name)! + this.pending(name, currency));
      const [out, free, lent, issued] = now;
      const { frozen: before, permille } = await reservesOf(this.sql, operator, currency);
      const due = reservesFor(out, permille);
      let frozen = before + amount;
      if (frozen < due) {
        const own = Math.min(due - frozen, Math.max(0, free));
        const more = due - frozen - own;
        if (own > 0) this.post(freeReserves(operator), quota(operator), currency, own, 'freeze');
        if (more > 0) this.post(advance(operator), quota(operator), currency, more, 'advance');
        this.freeze(operator, currency, own + more);
        frozen = due;
        this.hasCovered = true;
      } else if (lent < 0 && frozen > due) {
        const back = Math.min(frozen - due, -lent);
        this.post(quota(operator), advance(operator), currency, back, 'paid back');
        this.freeze(operator, currency, -back);
        frozen -= back;
        this.hasCovered = true;
      }
      const change = beyond(frozen, permille) + issued;
      if (change > 0) this.post(fractional(operator), quota(operator), currency, change, 'ratio');
      if (change < 0) this.post(quota(operator), fractional(operator), currency, -change, 'ratio');
    }
  }

  async #writeFrozen(rows: readonly { operator: number; currency: string; amount: number }[]): Promise<void> {
    const columns = [
      rows.map((row) => row.operator),
      rows.map((row) => row.currency),
      rows.map((row) => row.amount),
    ];
    await this.sql.rows(
      `insert into reserves (operator, currency, frozen)
       select o, c, 0 from unnest($1::int[], $2::text[]) as x (o, c) on conflict do nothing`,
      columns.slice(0, 2),
    );
    await this.sql.rows(
      `update reserves r set frozen = r.frozen + x.f
       from unnest($1::int[], $2::text[], $3::bigint[]) as x (o, c, f) where r.operator = x.o and r.currency = x.c`,
      columns,
    );
  }

  /** What the postings gathered so far change in a balance. */
  pending(account: string, currency: string): number {
    let change = 0;
    for (const posting of this.#postings) {
      if (posting.currency !== currency) continue;
      if (posting.credit === account) change += posting.amount;
      if (posting.debit === account) change -= posting.amount;
    }
    return change;
  }

  /** Writes what was gathered. Call once, at the end of the transaction. */
  async flush(): Promise<void> {
    if (this.#frozen.size > 0) await this.#cover();
    const postings = this.#postings.splice(0);
    const frozen = [...this.#frozen.values()].filter(({ amount }) => amount !== 0);
    this.#frozen.clear();
    if (frozen.length > 0) await this.#writeFrozen(frozen);
    if (postings.length === 0) return;
    await this.sql.rows(
      `insert into postings (debit, credit, currency, amount, reason, reference, at_s)
       select d, c, u, a, r, f, $7 from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bytea[])
         as x (d, c, u, a, r, f)`,
      [
        postings.map((posting) => posting.debit),
        postings.map((posting) => posting.credit),
        postings.map((posting) => posting.currency),
        postings.map((posting) => posting.amount),
        postings.map((posting) => posting.reason),
        postings.map((posting) => posting.reference),
        this.time_s,
      ],
    );
    const changes = netChanges(postings);
    await this.sql.rows(
      `insert into balances (account, currency, balance)
       select a, c, b from unnest($1::text[], $2::text[], $3::bigint[]) as x (a, c, b)
       on conflict (account, currency) do update set balance = balances.balance + excluded.balance`,
      [
        changes.map((change) => change.account),
        changes.map((change) => change.currency),
        changes.map((change) => change.amount),
      ],
    );
  }
}

interface Change {
  account: string;
  currency: string;
  amount: number;
}

/**
 * One row an account, in the order of names: two transactions that lock the same balances never wait for each
 * other in a ring.
 */
function netChanges(postings: readonly Posting[]): Change[] {
  const changes = new Map<string, Change>();
  const add = (account: string, currency: string, amount: number) => {
    const key = `${account} ${currency}`;
    const change = changes.get(key);
    if (change) change.amount += amount;
    else changes.set(key, { account, currency, amount });
  };
  for (const { debit, credit, currency, amount } of postings) {
    add(debit, currency, -amount);
    add(credit, currency, amount);
  }
  return [...changes.values()].sort((a, b) => (a.account < b.account ? -1 : 1));
}

/** Balances of `accounts` in one currency; 0 for those never posted to. */
export async function balancesOf(
  sql: Sql,
  currency: string,
  accounts: readonly string[],
): Promise<Map<string, number>> {
  const rows = await sql.rows<{ account: string; balance: number }>(
    'select account, balance from balances where currency = $1 and account = any($2::text[])',
    [currency, accounts],
  );
  const found = new Map(accounts.map((account) => [account, 0]));
  for (const row of rows) found.set(row.account, row.balance);
  return found;
}
