import { Bill } from '../../../firmware/account/bill.js';
import { BillReceipt } from '../../../firmware/account/bill-receipt.js';
import { sameBytes } from '../../../firmware/bytes.js';
import { hex } from '../bytes.js';
import { BankError } from '../codes.js';
import type { Context } from '../context.js';
import type { Sql } from '../db/database.js';
import { Groups } from '../db/groups.js';
import { BillBatch } from './bill-batch.js';
import type { SentBill } from './check-bill.js';
import { platformKeyOf } from './make-platform.js';
import { RECEIPTS_APART_S, Replica } from './replica.js';
import { type TerminalRow, terminalRows } from './terminals.js';

/** Uploads of one transaction, at the most: while it lasts, a database in this process lets nobody in. */
const TOGETHER = 16;

/** Bills of one terminal, in their order, each with its evidence (empty where there is none). */
export interface Upload {
  readonly terminal: Uint8Array;
  readonly bills: readonly (readonly [bill: Uint8Array, evidence: Uint8Array])[];
}

/** Why an upload was not read to its end: at this bill of the terminal. */
export type StopReason =
  | 'gap' // the bills before it are not here: the receipt says which are
  | 'signature' // the terminal has not signed it
  | 'fork'; // the terminal has signed another one in its place: both are kept as a proof

export interface UploadAnswer {
  /** What is here, by the word of the platform of the terminal: see BillReceipt. */
  readonly receipt: Uint8Array;
  /** Of the bills in this upload, those that nobody pays, and why. */
  readonly asides: readonly (readonly [sequence: number, reason: string])[];
  readonly stopped?: readonly [sequence: number, reason: StopReason];
}

interface ReadUpload {
  readonly terminal: Uint8Array;
  readonly bills: readonly SentBill[];
}

interface KnownBill {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly reason: string;
}

/** A terminal in one transaction. */
interface Open {
  readonly row: TerminalRow;
  readonly replica: Replica;
  readonly known: Map<number, KnownBill>;
}

/** Bills come in (R27): what is sent again is known by its hash, and what cannot be used is set aside. */
export class BillIntake {
  readonly #groups: Groups<ReadUpload, UploadAnswer>;

  constructor(private readonly context: Context) {
    this.#groups = new Groups(TOGETHER, (uploads) => this.#together(uploads));
  }

  /**
   * Takes bills, and answers with a receipt for all that are here. Throws BankError `malformed` for what no
   * terminal sends, `unknown-terminal`, and what a token with keys throws.
   */
  upload({ terminal, bills }: Upload): Promise<UploadAnswer> {
    const { crypto } = this.context;
    const read = bills.map(([bytes, evidence]): SentBill => {
      const bill = Bill.parse(bytes);
      if (!bill || !sameBytes(bill.terminal, terminal))
        throw new BankError('malformed', 'it is no bill, or of another terminal');
      return { bill, hash: bill.hash(crypto), evidence };
    });
    if (read.some(({ bill }, i) => i > 0 && bill.sequence <= read[i - 1].bill.sequence))
      throw new BankError('malformed', 'the bills of an upload are in their order');
    return this.#groups.do({ terminal, bills: read });
  }

  async #together(uploads: readonly ReadUpload[]): Promise<UploadAnswer[]> {
    const { context } = this;
    const taken = await context.database.transaction(async (sql) => {
      const open = await this.#open(sql, uploads);
      const batch = new BillBatch(context, sql);
      await batch.read(
        uploads.flatMap(({ terminal, bills }) => {
          const { row } = open.get(hex(terminal))!;
          return bills
            .filter(({ bill }) => bill.sequence > row.sequence)
            .map((sent) => ({ terminal: row, sent }));
        }),
      );
      const answers = [];
      for (const upload of uploads) {
        const terminal = open.get(hex(upload.terminal))!;
        const told = await this.#take(sql, batch, terminal, upload);
        answers.push({ ...told, row: { ...terminal.row } });
      }
      await batch.write();
      await this.#writeTerminals(
        sql,
        [...open.values()].map(({ row }) => row),
      );
      return answers;
    }, true);
    return taken.map(({ row, ...told }) => ({ ...told, receipt: this.#receipt(row) }));
  }

  async #open(sql: Sql, uploads: readonly ReadUpload[]): Promise<Map<string, Open>> {
    const rows = await terminalRows(
      sql,
      uploads.map(({ terminal }) => terminal),
    );
    const open = new Map<string, Open>();
    for (const row of rows)
      open.set(hex(row.id), { row, replica: await Replica.of(sql, row), known: new Map() });
    const missing = uploads.find(({ terminal }) => !open.has(hex(terminal)));
    if (missing) throw new BankError('unknown-terminal', `no terminal ${hex(missing.terminal)}`);
    await this.#readKnown(sql, uploads, open);
    return open;
  }

  /** Those that are sent again, and the last one that is here. */
  async #readKnown(sql: Sql, uploads: readonly ReadUpload[], open: Map<string, Open>): Promise<void> {
    const wanted = uploads.flatMap(({ terminal, bills }) => {
      const { row } = open.get(hex(terminal))!;
      const again = bills.map(({ bill }) => bill.sequence).filter((sequence) => sequence <= row.sequence);
      return [...again, row.sequence].map((sequence) => ({ terminal, sequence }));
    });
    const rows = await sql.rows<KnownBill & { terminal: Uint8Array; sequence: number }>(
      `select b.terminal, b.sequence, b.hash, b.bytes, b.reason
       from unnest($1::bytea[], $2::bigint[]) as x (terminal, sequence)
       join bills b on b.terminal = x.terminal and b.sequence = x.sequence`,
      [wanted.map(({ terminal }) => terminal), wanted.map(({ sequence }) => sequence)],
    );
    for (const row of rows) open.get(hex(row.terminal))!.known.set(row.sequence, row);
  }

  async #take(
    sql: Sql,
    batch: BillBatch,
    { row, replica, known }: Open,
    { bills }: ReadUpload,
  ): Promise<Omit<UploadAnswer, 'receipt'>> {
    const asides: [number, string][] = [];
    const note = (sequence: number, reason: string): void => {
      if (reason !== '') asides.push([sequence, reason]);
    };
    const stop = (sequence: number, reason: StopReason) => ({ asides, stopped: [sequence, reason] as const });
    for (const sent of bills) {
      const { bill, hash } = sent;
      const { sequence } = bill;
      const before = known.get(sequence);
      if (before && sameBytes(before.hash, hash)) {
        note(sequence, before.reason);
        continue;
      }
      if (sequence > row.sequence + 1) return stop(sequence, 'gap');
      if (!bill.verify(this.context.crypto, row.publicKey)) return stop(sequence, 'signature');
      if (before || !sameBytes(bill.previous, row.head)) {
        const other = before ?? known.get(row.sequence);
        await this.#fork(sql, row, bill, other?.bytes ?? new Uint8Array(0));
        return stop(sequence, 'fork');
      }
      const { reason } = batch.take(row, replica, sent);
      known.set(sequence, { hash, bytes: bill.bytes, reason });
      note(sequence, reason);
    }
    return { asides };
  }

  /** Whoever has the terminal's public key can see it from the two bills. */
  async #fork(sql: Sql, row: TerminalRow, other: Bill, known: Uint8Array): Promise<void> {
    const { time_s } = this.context;
    row.suspended_s ??= time_s;
    row.why = 'fork';
    await sql.rows(
      `insert into bill_forks (terminal, sequence, known, other, at_s) values ($1, $2, $3, $4, $5)
       on conflict do nothing`,
      [row.id, other.sequence, known, other.bytes, time_s],
    );
  }

  async #writeTerminals(sql: Sql, rows: readonly TerminalRow[]): Promise<void> {
    const { time_s } = this.context;
    await sql.rows(
      `update terminals t set sequence = x.sequence, head = x.head, time_s = x.time_s,
         counted_from = x.counted_from, counted_from_s = x.counted_from_s, suspended_s = x.suspended_s, why = x.why,
         resuming = x.resuming
       from unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
         $8::text[], $9::boolean[])
         as x (id, sequence, head, time_s, counted_from, counted_from_s, suspended_s, why, resuming)
       where t.id = x.id`,
      [
        rows.map((row) => row.id),
        rows.map((row) => row.sequence),
        rows.map((row) => row.head),
        rows.map((row) => row.time_s),
        rows.map((row) => row.counted_from),
        rows.map((row) => row.counted_from_s),
        rows.map((row) => row.suspended_s),
        rows.map((row) => row.why),
        rows.map((row) => row.resuming),
      ],
    );
    // A receipt of a minute ago for the same bills is as good as this one.
    await sql.rows(
      `insert into bill_receipts (terminal, time_s, sequence)
       select t, $3, s from unnest($1::bytea[], $2::bigint[]) as x (t, s)
       where not exists (select 1 from bill_receipts r where r.terminal = t and r.sequence = s and r.time_s > $4)
       on conflict do nothing`,
      [rows.map((row) => row.id), rows.map((row) => row.sequence), time_s, time_s - RECEIPTS_APART_S],
    );
    await sql.rows(
      `delete from bill_receipts r where r.terminal = any($1::bytea[]) and exists (
         select 1 from terminals t where t.id = r.terminal and r.sequence <= t.counted_from
           and r.time_s <= t.counted_from_s)`,
      [rows.map((row) => row.id)],
    );
  }

  #receipt({ id, operator, sequence, head }: TerminalRow): Uint8Array {
    const { crypto, time_s } = this.context;
    const { signingKey } = platformKeyOf(this.context, operator);
    const fields = { terminal: id, sequence, head, time_s };
    return BillReceipt.build(crypto, signingKey, fields).bytes;
  }
}
