import type { PGlite } from '@electric-sql/pglite';
import { OVERDRAFTS } from '../bank/db/debt-accounts.js';
import { type Engine, engineOf, type Sql } from '../bank/db/engine.js';
import { OWED } from '../bank/platform/debts.js';
import type { BillCount } from './accounts/bill-count.js';
import { Violation } from './violation.js';

/** Why money moves between the accounts of users and of sites, and nowhere else. */
const BY_BILLS = ['bills', 'refund', 'dispute'];
/** Kinds of ledger accounts that are not those of customers. */
const OF_OPERATORS = ['central', 'free', 'quota', 'backing', 'fractional', 'advance'];
/** Of one account: ordinary money, and what it owes. Not what the platform bears in its name. */
const OWN: readonly string[] = ['available', ...OWED];

interface Posting {
  readonly id: number;
  readonly debit: string;
  readonly credit: string;
  readonly amount: number;
  readonly reason: string;
}

/** What was counted up to some time. */
export interface Known {
  /** Cash that has come in, less what has gone out. Minor units. */
  cash: number;
  /** Up to which posting all were read. */
  read: number;
  /** What bills have moved by these, by account. */
  readonly moved: Map<number, number>;
}

/**
 * The bank's ledger beside what the fuzzer has counted by itself: cash, and whose bills were. It reads the
 * ledger with statements of its own.
 */
export class Books {
  readonly #engine: Engine;
  readonly #known: Known;

  /** `known`: of books of an earlier time, what was known then. */
  constructor(
    engine: PGlite,
    private readonly schema: string,
    private readonly bills: BillCount,
    known: Known = { cash: 0, read: 0, moved: new Map() },
  ) {
    this.#engine = engineOf(engine);
    this.#known = known;
  }

  /** As it is now. */
  get known(): Known {
    return structuredClone(this.#known);
  }

  /** Cash comes in; below zero it goes out. */
  book(amount: number): void {
    this.#known.cash += amount;
  }

  /** Every fen is somewhere, whatever is owed has owner and state, and bills have moved what they should. */
  async expectCounted(): Promise<void> {
    await this.#engine.transaction(this.schema, async (sql) => {
      await this.#expectCash(sql);
      await this.#readPostings(sql);
      await this.#expectOverdrafts(sql);
    });
    for (const account of new Set([...this.bills.due.keys(), ...this.#known.moved.keys()])) {
      const [due, moved] = [this.bills.due.get(account) ?? 0, this.#known.moved.get(account) ?? 0];
      if (due !== moved)
        throw new Violation(`bills have brought account ${account} ${moved}, and should have ${due}`);
    }
  }

  /** What an account has, less what it owes. */
  async netOf(account: number): Promise<number> {
    const names = OWN.map((kind) => `${kind}:${account}`);
    const [{ net }] = await this.#engine.transaction(this.schema, (sql) =>
      sql.rows<{ net: number }>(
        'select coalesce(sum(balance), 0)::bigint as net from balances where account = any($1::text[])',
        [names],
      ),
    );
    return net;
  }

  async #expectCash(sql: Sql): Promise<void> {
    const rows = await sql.rows<{ kind: string; balance: number }>(
      `select split_part(account, ':', 1) as kind, sum(balance)::bigint as balance from balances group by 1`,
    );
    const sums = new Map(rows.map(({ kind, balance }) => [kind, balance]));
    const cash = -(sums.get('cash') ?? 0);
    if (cash !== this.#known.cash)
      throw new Violation(`the books have cash of ${cash}, and ${this.#known.cash} came in`);
    const customers = rows.filter(({ kind }) => kind !== 'cash' && !OF_OPERATORS.includes(kind));
    const whole = customers.reduce((sum, { balance }) => sum + balance, 0);
    if (whole !== cash) throw new Violation(`cash of ${cash}, and ${whole} is somebody’s`);
  }

  async #readPostings(sql: Sql): Promise<void> {
    const postings = await sql.rows<Posting>(
      'select id, debit, credit, amount, reason from postings where id > $1 order by id',
      [this.#known.read],
    );
    for (const { id, debit, credit, amount, reason } of postings) {
      this.#known.read = id;
      if (reason === 'withheld') this.#expectAgreed(debit, credit);
      if (!BY_BILLS.includes(reason)) continue;
      this.#move(debit, -amount);
      this.#move(credit, amount);
    }
  }

  #move(name: string, amount: number): void {
    const [kind, account] = name.split(':');
    if (OWN.includes(kind))
      this.#known.moved.set(Number(account), (this.#known.moved.get(Number(account)) ?? 0) + amount);
  }

  /** Nobody pays for another one who has not agreed to that. */
  #expectAgreed(debit: string, credit: string): void {
    const [from, to] = [debit, credit].map((name) => Number(name.split(':')[1]));
    if (!this.bills.mayWithhold(from, to))
      throw new Violation(`account ${from} pays for account ${to}, and has not agreed to that`);
  }

  async #expectOverdrafts(sql: Sql): Promise<void> {
    const rows = await sql.rows<{ name: string; balance: number; owed: number }>(
      `select name, coalesce(b.balance, 0) as balance, coalesce(d.owed, 0)::bigint as owed from (
         select state || ':' || account as name, sum(remaining) as owed from debts
         where remaining > 0 group by 1) d
       full join (select account as name, balance from balances where account ~ '${OVERDRAFTS}') b using (name)`,
    );
    for (const { name, balance, owed } of rows) {
      if (balance + owed !== 0)
        throw new Violation(`${name} is ${-balance} by the ledger, and ${owed} by bills`);
      const [state, account] = name.split(':');
      if (state === 'advanced' && owed > this.bills.lineMaxOf(Number(account)))
        throw new Violation(`account ${account} was advanced ${owed}, and never had such a line`);
    }
  }
}
