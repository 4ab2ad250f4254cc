import { availableLedgerAccount, Ledger, type LedgerAccount } from '../accounts/ledger.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import type { DebtState } from '../db/debt-accounts.js';
import { revoke } from './certificates.js';
import {
  type DebtRow,
  debtLedgerAccount,
  debtName,
  insertDebts,
  OWED,
  type RecordEntry,
  type RecordWhat,
  recordCleared,
  recoverDebts,
  referenceOf,
  updateDebts,
  writeRecord,
} from './debts.js';

/** An account that pays or is paid, as the transaction leaves it. Minor units. */
export interface Party {
  readonly id: number;
  readonly operator: number;
  readonly currency: string;
  readonly line: number;
  /** The user leaves its platform: since when. */
  readonly leaving_s: number | null;
  /** Ordinary money. */
  balance: number;
  owed: number;
}

/** Part of a sum, and where it comes from or goes to. */
export interface Piece {
  readonly at: LedgerAccount;
  readonly amount: number;
}

/** What names a bill: its terminal, and its number there. */
export type BillName = Pick<DebtRow, 'terminal' | 'sequence'>;

/** Between users and sites, within one transaction: always empty when it ends. */
export const clearing = (operator: number): LedgerAccount => ({
  name: `bills:${operator}`,
  operator,
  backed: false,
});

/**
 * Accounts, their money and their debts, in one transaction: read at once, changed in memory, written at
 * once.
 */
export class Funds {
  readonly #ledger: Ledger;
  readonly #parties = new Map<number, Party>();
  readonly #debts = new Map<string, DebtRow>();
  readonly #newDebts: DebtRow[] = [];
  readonly #changedDebts = new Set<DebtRow>();
  readonly #records: RecordEntry[] = [];
  /** Their certificates are taken back. */
  readonly #overdrawn = new Set<number>();
  readonly #credited = new Set<number>();

  constructor(
    private readonly context: Context,
    private readonly sql: Sql,
  ) {
    this.#ledger = new Ledger(sql, context.time_s);
  }

  async read(accounts: readonly number[]): Promise<void> {
    const wanted = [...new Set(accounts)].filter((account) => !this.#parties.has(account));
    if (wanted.length === 0) return;
    const rows = await this.sql.rows<Party>(
      `select a.id, a.operator, a.currency, coalesce(t.line, 0)::bigint as line, t.leaving_s,
         coalesce(b.balance, 0)::bigint as balance, coalesce(d.owed, 0)::bigint as owed
       from accounts a left join user_terms t on t.account = a.id
       left join balances b on b.account = 'available:' || a.id and b.currency = a.currency
       left join (
         select account, sum(remaining) as owed from debts
         where remaining > 0 and account = any($1::int[]) and state = any($2::text[]) group by account) d
         on d.account = a.id
       where a.id = any($1::int[])`,
      [wanted, OWED],
    );
    for (const row of rows) this.#parties.set(row.id, row);
  }

  /** Debts of these bills. */
  async readDebts(bills: readonly BillName[]): Promise<void> {
    if (bills.length === 0) return;
    const rows = await this.sql.rows<DebtRow>(
      `select d.* from unnest($1::bytea[], $2::bigint[]) as x (terminal, sequence)
       join debts d on d.terminal = x.terminal and d.sequence = x.sequence`,
      [bills.map(({ terminal }) => terminal), bills.map(({ sequence }) => sequence)],
    );
    for (const row of rows) if (!this.#debts.has(debtName(row))) this.#debts.set(debtName(row), row);
  }

  party(account: number): Party | undefined {
    return this.#parties.get(account);
  }

  debt(bill: BillName, account: number): DebtRow | undefined {
    return this.#debts.get(debtName({ ...bill, account }));
  }

  /**
   * Takes `amount` from a party for a bill: what it has, and the rest as its debt. Beyond its line, and for a
   * bill that has come too late for that (`isLate`), it stands in its credit record at once.
   */
  take(party: Party, amount: number, bill: BillName, isLate = false): Piece[] {
    const own = Math.min(amount, Math.max(0, party.balance));
    const pieces: Piece[] = [];
    if (own > 0) {
      party.balance -= own;
      pieces.push({ at: availableLedgerAccount(party.id, party.operator, 0), amount: own });
    }
    const short = amount - own;
    if (short === 0) return pieces;
    party.owed += short;
    const isWithin = !isLate && party.owed <= party.line;
    if (!isWithin) {
      this.#overdrawn.add(party.id);
      this.record(party.id, isLate ? 'late' : 'overdrawn', short);
    }
    const state = isWithin ? 'advanced' : 'recorded';
    const known = this.debt(bill, party.id);
    return [
      ...pieces,
      known ? this.#oweMore(party, known, short, state) : this.owe(party, short, bill, state),
    ];
  }

  /** More is due for a bill than was found before: a late tap has changed its fare. */
  #oweMore(party: Party, debt: DebtRow, amount: number, state: DebtState): Piece {
    if (debt.remaining === 0) debt.since_s = this.context.time_s;
    if (debt.remaining === 0) debt.state = state;
    else if (debt.state === 'advanced' && state === 'recorded') this.restate(party, debt, state);
    debt.amount += amount;
    debt.remaining += amount;
    this.changed(debt);
    return { at: debtLedgerAccount(debt.state, party.id, party.operator), amount };
  }

  /** The platform pays, under the name of a party. */
  owe(party: Party, amount: number, bill: BillName, state: DebtState): Piece {
    const debt: DebtRow = {
      ...{ terminal: bill.terminal, sequence: bill.sequence, account: party.id, currency: party.currency },
      ...{ amount, remaining: amount, state, recovered: 0, withheld: 0, returned: 0 },
      since_s: this.context.time_s,
    };
    this.#newDebts.push(debt);
    this.#debts.set(debtName(debt), debt);
    return { at: debtLedgerAccount(state, party.id, party.operator), amount };
  }

  give(party: Party, amount: number): Piece {
    party.balance += amount;
    this.#credited.add(party.id);
    return { at: availableLedgerAccount(party.id, party.operator, 0), amount };
  }

  /** Gives `amount` back for a bill of a party: first to what it owes for it, or what is borne for it. */
  giveBack(party: Party, amount: number, bill: BillName): Piece[] {
    const debt = this.debt(bill, party.id);
    const owed = Math.min(amount, debt?.remaining ?? 0);
    const pieces: Piece[] = [];
    if (debt && owed > 0) {
      debt.remaining -= owed;
      debt.returned += owed;
      if (debt.state !== 'borne') party.owed -= owed;
      this.changed(debt);
      pieces.push({ at: debtLedgerAccount(debt.state, party.id, party.operator), amount: owed });
    }
    if (amount > owed) pieces.push(this.give(party, amount - owed));
    return pieces;
  }

  changed(debt: DebtRow): void {
    this.#changedDebts.add(debt);
  }

  record(account: number, what: RecordWhat, amount: number): void {
    this.#records.push({ account, what, amount });
  }

  /** A debt of a bill, as it stands, in another state. */
  restate(party: Party, debt: DebtRow, state: DebtState): void {
    const from = debtLedgerAccount(debt.state, party.id, party.operator);
    const to = debtLedgerAccount(state, party.id, party.operator);
    // What is owed lies below zero: it moves the other way.
    this.#ledger.move(to, from, debt.currency, debt.remaining, state, referenceOf(debt));
    debt.state = state;
    debt.since_s = this.context.time_s;
    this.changed(debt);
  }

  move(
    from: LedgerAccount,
    to: LedgerAccount,
    currency: string,
    amount: number,
    reason: string,
    reference?: Uint8Array,
  ): void {
    this.#ledger.move(from, to, currency, amount, reason, reference);
  }

  /** Moves a sum from some places to others, piece by piece. Both sides come to the same. */
  movePieces(
    from: readonly Piece[],
    to: readonly Piece[],
    currency: string,
    reason: string,
    bill: BillName,
  ): void {
    const reference = referenceOf({ ...bill });
    const left = to.map((piece) => ({ ...piece }));
    for (const { at, amount } of from) {
      let rest = amount;
      for (const target of left) {
        const part = Math.min(rest, target.amount);
        if (part === 0) continue;
        this.#ledger.move(at, target.at, currency, part, reason, reference);
        target.amount -= part;
        rest -= part;
      }
      if (rest !== 0) throw new Error('the two sides of a sum differ');
    }
  }

  /** Call once, at the end of the transaction, when the bills are in the books. */
  async write(): Promise<void> {
    const { context, sql } = this;
    await this.#ledger.flush();
    await insertDebts(sql, this.#newDebts);
    const isNew = new Set(this.#newDebts);
    const changed = [...this.#changedDebts].filter((debt) => !isNew.has(debt));
    await updateDebts(sql, changed);
    await writeRecord(context, sql, this.#records);
    if (this.#overdrawn.size > 0) await revoke(context, sql, 'debt', { accounts: [...this.#overdrawn] });
    if (this.#credited.size > 0) await recoverDebts(context, sql, [...this.#credited]);
    await recordCleared(
      context,
      sql,
      changed.map(({ account }) => account),
    );
  }
}
