import { hex } from './bytes.js';
import type { Sql } from './database.js';

/**
 * Where value can be, as an account of the ledger. `backs`: the operator whose frozen reserves must back it
 * while it is there; undefined when it is bank money in an account.
 */
export interface Spot {
  readonly account: string;
  readonly backs: number | undefined;
}

/** Purpose 0 is ordinary money; targeted money (R26) is kept apart by its merchant category. */
export const availableAccount = (account: number, purpose: number): string =>
  purpose === 0 ? `available:${account}` : `available:${account}:${purpose}`;

export const availableSpot = (account: number, purpose: number): Spot => ({
  account: availableAccount(account, purpose),
  backs: undefined,
});

export const deviceSpot = (device: Uint8Array, operator: number): Spot => ({
  account: `device:${hex(device)}`,
  backs: operator,
});

export const flightSpot = (transfer: Uint8Array, payerOperator: number): Spot => ({
  account: `flight:${hex(transfer)}`,
  backs: payerOperator,
});

/** The world outside: cash that came in has left here, so its balance is negative. */
export const CASH = 'cash';
/** The source of central bank money. */
export const CENTRAL = 'central';
/** An operator's central bank money that is not frozen. */
export const vault = (operator: number): string => `vault:${operator}`;
/** Frozen, and backing nothing yet: what the operator may still issue (R18). */
export const quota = (operator: number): string => `quota:${operator}`;
/** Frozen, and backing what the operator's devices hold and have in flight. */
export const backing = (operator: number): string => `backing:${operator}`;

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
   * Moves value, and beside it the reserves that back it. Value that comes back from an account by a late
   * claim was the bank's word already, so it is backed from the operator's vault and never refused.
   */
  move(
    from: Spot,
    to: Spot,
    currency: string,
    amount: number,
    reason: string,
    reference: Uint8Array | undefined,
    surety: number,
  ): void {
    if (amount === 0 || from.account === to.account) return;
    this.post(from.account, to.account, currency, amount, reason, reference);
    const source = from.backs === undefined ? vault(surety) : backing(from.backs);
    if (to.backs !== undefined) {
      const target = backing(to.backs);
      if (source !== target) this.post(source, target, currency, amount, 'backing', reference);
    } else if (from.backs !== undefined) {
      this.post(source, quota(from.backs), currency, amount, 'backing', reference);
    }
  }

  /** Writes what was gathered. Call once, at the end of the transaction. */
  async flush(): Promise<void> {
    const postings = this.#postings.splice(0);
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
