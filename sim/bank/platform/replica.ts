import { Bill, BillKind } from '../../../firmware/account/bill.js';
import { userOf } from '../../../firmware/account/bill-log.js';
import { type User, UserCounts } from '../../../firmware/account/user-counts.js';
import type { Sql } from '../db/database.js';
import type { TerminalRow } from './terminals.js';

/** How near to each other two receipts for the same bills may be, and count as one. */
export const RECEIPTS_APART_S = 60;

interface ReceiptRow {
  readonly sequence: number;
  readonly time_s: number;
}

/**
 * What a terminal had counted when it made a bill, as far as its platform can know: since the latest receipt
 * that it may have acted on by then. That is the mildest there can have been, so nobody honest is refused.
 */
export class Replica {
  #counts = new UserCounts();
  /** Of each bill that is counted, by its sequence: whose and when, and what is left of it after refunds. */
  #sold = new Map<number, { readonly user: User; readonly time_s: number; left: number }>();

  private constructor(
    /** What it counts since which receipt, and where its bills end: changed with what is taken. */
    private readonly row: TerminalRow,
    private readonly receipts: ReceiptRow[],
    /** Those that are counted: in the books, and taken since. */
    private bills: Bill[],
  ) {
    for (const bill of bills) this.#fold(bill);
  }

  static async of(sql: Sql, row: TerminalRow): Promise<Replica> {
    const receipts = await sql.rows<ReceiptRow>(
      'select sequence, time_s from bill_receipts where terminal = $1 order by time_s, sequence',
      [row.id],
    );
    const { id, counted_from, sequence } = row;
    if (counted_from === sequence) return new Replica(row, receipts, []);
    const rows = await sql.rows<{ bytes: Uint8Array }>(
      'select bytes from bills where terminal = $1 and sequence > $2 order by sequence',
      [id, counted_from],
    );
    return new Replica(
      row,
      receipts,
      rows.map(({ bytes }) => Bill.parse(bytes)!),
    );
  }

  /** While it is resuming, books that are lost may have given it a receipt for all that it had. */
  get counts(): UserCounts {
    return this.row.resuming ? new UserCounts() : this.#counts;
  }

  /** The terminal's last sync, before a bill that it dates so. */
  lastSync_s(bill_s: number): number {
    if (this.row.resuming) return bill_s;
    return Math.min(bill_s, this.row.counted_from_s + RECEIPTS_APART_S);
  }

  /**
   * Goes on to the latest receipt that the terminal may have acted on before a bill of that date: its clock
   * may be behind.
   */
  moveTo(bill_s: number): void {
    const { row, receipts } = this;
    const { counted_from } = row;
    while (receipts.length > 0 && receipts[0].time_s <= bill_s + row.limits.clocksApart_s) {
      const { sequence, time_s } = receipts.shift()!;
      row.counted_from = Math.max(row.counted_from, sequence);
      row.counted_from_s = Math.max(row.counted_from_s, time_s);
      row.resuming = false;
    }
    if (row.counted_from !== counted_from) this.#countAnew();
  }

  /** A bill that the terminal has booked, whatever becomes of it: as its own log counts it. */
  count(bill: Bill): void {
    this.bills.push(bill);
    this.#fold(bill);
  }

  #fold(bill: Bill): void {
    if (bill.kind === BillKind.refund) return this.#giveBack(bill);
    const user = userOf(bill);
    if (!this.#counts.fits(user)) return;
    const { time_s } = bill;
    this.#counts.count(user, bill.counter, bill.amount, time_s);
    this.#sold.set(bill.sequence, { user, time_s, left: bill.amount });
  }

  /** A terminal that keeps its rules refunds no more than is left, to the user who has paid. */
  #giveBack({ refers, amount }: Bill): void {
    const sold = this.#sold.get(refers);
    if (!sold || amount > Math.min(sold.left, this.#counts.of(sold.user).amount)) return;
    sold.left -= amount;
    this.#counts.giveBack(sold.user, amount, sold.time_s);
  }

  #countAnew(): void {
    this.bills = this.bills.filter(({ sequence }) => sequence > this.row.counted_from);
    this.#counts = new UserCounts();
    this.#sold = new Map();
    for (const bill of this.bills) this.#fold(bill);
  }
}
