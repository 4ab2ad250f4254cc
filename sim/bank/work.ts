import { Outcome, Receipt } from '../../firmware/objects/receipt.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import { currencyText, hex } from './bytes.js';
import type { Context } from './context.js';
import type { Sql } from './database.js';
import { Ledger } from './ledger.js';
import type { JournalRow, NoteRow, PartyRow, StatementRow, TransferRow } from './rows.js';

/** The second byte of an entry says what it is, so that SQL can tell them apart. */
export const TRANSFER_TYPE = 4;
export const SETTLEMENT_TYPE = 9;

/** What has to be read before a page of entries is taken in. */
export interface Needs {
  parties: Uint8Array[];
  transfers: Uint8Array[];
  notes: Uint8Array[];
  /** Of the transfers. */
  invoices: Uint8Array[];
  /** Invoices that the device closes or refuses to be paid. */
  closed: Uint8Array[];
}

/**
 * The rows that one transaction works on: read at once, changed in memory, written at once. A page of a
 * journal thus costs about as many statements as an entry would.
 */
export class Work {
  readonly parties = new Map<string, PartyRow>();
  readonly transfers = new Map<string, TransferRow>();
  readonly notes = new Map<string, NoteRow>();
  readonly voids: Receipt[] = [];
  readonly ledger: Ledger;
  readonly statements: StatementRow[] = [];
  readonly journal: JournalRow[] = [];
  readonly #newVoids: Receipt[] = [];
  readonly #changedTransfers = new Set<TransferRow>();
  readonly #changedNotes = new Set<NoteRow>();

  constructor(
    readonly context: Context,
    readonly sql: Sql,
  ) {
    this.ledger = new Ledger(sql, context.time_s);
  }

  async read(device: Uint8Array, needs: Needs, allNotes: boolean): Promise<void> {
    if (needs.parties.length + needs.closed.length > 0) {
      await this.readParties([device, ...needs.parties]);
    }
    if (needs.transfers.length > 0) await this.#readTransfers(needs.transfers);
    if (needs.closed.length > 0) await this.#readClosed(device, needs.closed);
    // A void that came before its transfer: only for transfers that are not in the books yet.
    if (needs.transfers.some((hash) => !this.transfers.has(hex(hash)))) await this.#readVoids(needs);
    if (allNotes || needs.notes.length > 0) {
      const notes = await this.sql.rows<NoteRow>(
        `select id, device, settlement, currency, purpose, expires_s, remaining, state from notes
         where id = any($1::bytea[]) or ($3 and device = $2 and state in ('issued', 'held'))`,
        [needs.notes, device, allNotes],
      );
      for (const row of notes) this.notes.set(hex(row.id), row);
    }
  }

  async #readTransfers(hashes: readonly Uint8Array[]): Promise<void> {
    this.keep(
      await this.sql.rows<TransferRow>('select * from transfers where hash = any($1::bytea[])', [hashes]),
    );
  }

  async #readClosed(payee: Uint8Array, invoices: readonly Uint8Array[]): Promise<void> {
    const rows = await this.sql.rows<TransferRow>(
      'select * from transfers where payee = $1 and invoice = any($2::bytea[])',
      [payee, invoices],
    );
    this.keep(rows.filter((row) => !this.transfers.has(hex(row.hash))));
    const strangers = rows.map((row) => row.payer).filter((id) => !this.party(id));
    if (strangers.length > 0) await this.readParties(strangers);
  }

  async #readVoids(needs: Needs): Promise<void> {
    const rows = await this.sql.rows<{ receipt: Uint8Array }>(
      'select receipt from voids where payee = any($1::bytea[]) and invoice = any($2::bytea[])',
      [needs.parties, needs.invoices],
    );
    for (const row of rows) this.voids.push(Receipt.parse(row.receipt)!);
  }

  async readParties(ids: readonly Uint8Array[]): Promise<void> {
    const rows = await this.sql.rows<PartyRow>(
      'select id, account, operator, signing_key, recovered from devices where id = any($1::bytea[])',
      [ids],
    );
    for (const row of rows) this.parties.set(hex(row.id), row);
  }

  keep(rows: readonly TransferRow[]): void {
    for (const row of rows) this.transfers.set(hex(row.hash), row);
  }

  party(id: Uint8Array): PartyRow | undefined {
    return this.parties.get(hex(id));
  }

  changed(row: TransferRow): void {
    this.#changedTransfers.add(row);
  }

  changedNote(row: NoteRow): void {
    this.#changedNotes.add(row);
  }

  /** A transfer that the bank has never seen. Its value is still the payer's. */
  add(transfer: Transfer, hash: Uint8Array): TransferRow {
    const row: TransferRow = {
      hash,
      payer: transfer.payer,
      payee: transfer.payee,
      invoice: transfer.invoice,
      currency: currencyText(transfer.currency),
      purpose: transfer.purpose,
      total: transfer.total,
      received: transfer.received,
      sequence: transfer.sequence,
      claim_by_s: transfer.claimBy_s,
      bytes: transfer.bytes,
      place: 'payer',
      timed_out: false,
      accepted: null,
      voided: null,
      payer_state: 'unseen',
      payee_booked: false,
    };
    this.transfers.set(hex(hash), row);
    this.changed(row);
    return row;
  }

  addVoid(receipt: Receipt): void {
    this.voids.push(receipt);
    this.#newVoids.push(receipt);
  }

  /** What `device` signed under one of its sequence numbers; the hash names it. */
  addStatement(statement: Transfer | Receipt): Uint8Array {
    const { crypto } = this.context;
    const hash = crypto.sha256(statement.bytes);
    const isTransfer = statement instanceof Transfer;
    this.statements.push({
      device: isTransfer ? statement.payer : statement.payee,
      sequence: statement.sequence,
      hash,
      bytes: statement.bytes,
      previous: isTransfer ? statement.previous : null,
      head: isTransfer ? crypto.sha256(statement.previous, statement.bytes) : null,
    });
    return hash;
  }

  async write(): Promise<void> {
    await this.#writeTransfers([...this.#changedTransfers]);
    await this.#writeNotes([...this.#changedNotes]);
    await this.#writeVoids();
    await this.#writeStatements();
    await this.ledger.flush();
  }

  async #writeTransfers(rows: readonly TransferRow[]): Promise<void> {
    if (rows.length === 0) return;
    const column = (pick: (row: TransferRow) => unknown) => rows.map(pick);
    await this.sql.rows(
      `insert into transfers select * from unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[], $6::int[],
         $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bytea[], $12::text[], $13::bool[], $14::bytea[],
         $15::bytea[], $16::text[], $17::bool[])
       on conflict (hash) do update set place = excluded.place, timed_out = excluded.timed_out, accepted = excluded.accepted,
         voided = excluded.voided, payer_state = excluded.payer_state, payee_booked = excluded.payee_booked`,
      [
        column((row) => row.hash),
        column((row) => row.payer),
        column((row) => row.payee),
        column((row) => row.invoice),
        column((row) => row.currency),
        column((row) => row.purpose),
        column((row) => row.total),
        column((row) => row.received),
        column((row) => row.sequence),
        column((row) => row.claim_by_s),
        column((row) => row.bytes),
        column((row) => row.place),
        column((row) => row.timed_out),
        column((row) => row.accepted),
        column((row) => row.voided),
        column((row) => row.payer_state),
        column((row) => row.payee_booked),
      ],
    );
  }

  async #writeNotes(rows: readonly NoteRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.sql.rows(
      `update notes n set remaining = x.remaining, state = x.state
       from unnest($1::bytea[], $2::bigint[], $3::text[]) as x (id, remaining, state) where n.id = x.id`,
      [rows.map((row) => row.id), rows.map((row) => row.remaining), rows.map((row) => row.state)],
    );
  }

  async #writeVoids(): Promise<void> {
    const rows = this.#newVoids.filter((receipt) => receipt.outcome === Outcome.void);
    if (rows.length === 0) return;
    await this.sql.rows(
      `insert into voids select * from unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[])
       on conflict do nothing`,
      [
        rows.map((row) => row.payee),
        rows.map((row) => row.invoice),
        rows.map((row) => row.transfer),
        rows.map((row) => row.bytes),
      ],
    );
  }

  async #writeStatements(): Promise<void> {
    const rows = this.statements;
    if (rows.length > 0) {
      await this.sql.rows(
        `insert into statements select * from unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[],
           $6::bytea[]) on conflict do nothing`,
        [
          rows.map((row) => row.device),
          rows.map((row) => row.sequence),
          rows.map((row) => row.hash),
          rows.map((row) => row.bytes),
          rows.map((row) => row.previous),
          rows.map((row) => row.head),
        ],
      );
    }
    const entries = this.journal;
    if (entries.length === 0) return;
    await this.sql.rows(
      'insert into journal select * from unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[])',
      [
        entries.map((row) => row.device),
        entries.map((row) => row.sequence),
        entries.map((row) => row.bytes),
        entries.map((row) => row.head),
        entries.map((row) => row.statement),
      ],
    );
  }
}
