import { Outcome, Receipt } from '../../firmware/objects/receipt.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import { DeviceBooks } from './accounts/device-books.js';
import { Ledger } from './accounts/ledger.js';
import { currencyText, hex } from './bytes.js';
import type { Context } from './context.js';
import type { Sql } from './db/database.js';
import type { JournalRow, NoteRow, PartyRow, StatementRow, TransferRow } from './db/rows.js';
import type { Breach, Suspicion } from './fraud/suspicion.js';
import type { LeafType } from './ledger/leaf.js';
import { Outbox } from './ledger/outbox.js';
import { purposeReceived } from './settlement/purpose-received.js';

/** The second byte of an entry says what it is, so that SQL can tell them apart. */
export const IS_TRANSFER = String.raw`substring(bytes from 2 for 1) = '\x04'::bytea`;
export const IS_SETTLEMENT = String.raw`substring(bytes from 2 for 1) = '\x09'::bytea`;

/** An entry of a journal that the bank could not use. */
export interface Aside {
  device: Uint8Array;
  sequence: number;
  reason: string;
  /** The device whose doing it is, as far as that can be said. */
  author: Uint8Array | null;
}

/** A payee's invoice: the ids of two payees may be the same. */
export interface InvoiceOf {
  readonly payee: Uint8Array;
  /** 8 bytes. */
  readonly invoice: Uint8Array;
}

/** What has to be read before entries of a device's journal are taken in. */
export interface Needs {
  readonly device: Uint8Array;
  readonly parties: Uint8Array[];
  readonly transfers: Uint8Array[];
  readonly notes: Uint8Array[];
  /** Whether all notes of the device are needed. */
  allNotes: boolean;
  /** Of the transfers. */
  readonly invoices: InvoiceOf[];
  /** Invoices that the device closes or refuses to be paid. */
  readonly closed: InvoiceOf[];
}

const invoiceName = ({ payee, invoice }: InvoiceOf): string => hex(payee) + hex(invoice);

/**
 * The rows that one transaction works on: read at once, changed in memory, written at once. A page of a
 * journal thus costs about as many statements as an entry would.
 */
export class UnitOfWork {
  readonly books: DeviceBooks;
  readonly asides: Aside[] = [];
  readonly suspicions: Suspicion[] = [];
  readonly breaches: Breach[] = [];
  readonly parties = new Map<string, PartyRow>();
  readonly transfers = new Map<string, TransferRow>();
  readonly notes = new Map<string, NoteRow>();
  readonly voids: Receipt[] = [];
  readonly ledger: Ledger;
  readonly #outbox = new Outbox();
  readonly statements: StatementRow[] = [];
  readonly journal: JournalRow[] = [];
  readonly #byInvoice = new Map<string, TransferRow[]>();
  readonly #newVoids: Receipt[] = [];
  readonly #changedTransfers = new Set<TransferRow>();
  readonly #changedNotes = new Set<NoteRow>();

  constructor(
    readonly context: Context,
    readonly sql: Sql,
  ) {
    this.ledger = new Ledger(sql, context.time_s);
    this.books = new DeviceBooks(sql, this.ledger, context.time_s);
  }

  /** For all the journals that the transaction works on at once. */
  async read(all: readonly Needs[]): Promise<void> {
    await this.readParties(all.flatMap(({ device, parties }) => [device, ...parties]));
    const paying = all.filter(({ transfers }) => transfers.length > 0);
    if (paying.length > 0) await this.#readTransfers(paying);
    const closed = all.flatMap((needs) => needs.closed);
    if (closed.length > 0) await this.#readClosed(closed);
    // A void that came before its transfer: only for transfers that are not in the books yet.
    const unknown = paying.filter((needs) => needs.transfers.some((hash) => !this.transfers.has(hex(hash))));
    if (unknown.length > 0) await this.#readVoids(unknown.flatMap(({ invoices }) => invoices));
    const owners = all.filter(({ allNotes }) => allNotes).map(({ device }) => device);
    const notes = all.flatMap((needs) => needs.notes);
    if (owners.length + notes.length > 0) await this.#readNotes(owners, notes);
  }

  async #readNotes(owners: readonly Uint8Array[], ids: readonly Uint8Array[]): Promise<void> {
    const rows = await this.sql.rows<NoteRow>(
      `select id, device, settlement, currency, purpose, expires_s, remaining, state, bytes from notes
       where id = any($1::bytea[]) or (device = any($2::bytea[]) and state in ('issued', 'held'))`,
      [ids, owners],
    );
    for (const row of rows) this.notes.set(hex(row.id), row);
  }

  /** Besides, those of the payers that were not paid in full for want of cover, which may be shown now. */
  async #readTransfers(paying: readonly Needs[]): Promise<void> {
    const rows = await this.sql.rows<TransferRow>(
      `select * from transfers
       where hash = any($1::bytea[]) or payer = any($2::bytea[]) and place = 'payee' and paid < total`,
      [paying.flatMap(({ transfers }) => transfers), paying.map(({ device }) => device)],
    );
    await this.keep(rows);
  }

  async #readClosed(closed: readonly InvoiceOf[]): Promise<void> {
    const rows = await this.sql.rows<TransferRow>(
      `select t.* from unnest($1::bytea[], $2::bytea[]) as x (payee, invoice)
       join transfers t on t.payee = x.payee and t.invoice = x.invoice`,
      [closed.map(({ payee }) => payee), closed.map(({ invoice }) => invoice)],
    );
    await this.keep(rows);
  }

  async #readVoids(invoices: readonly InvoiceOf[]): Promise<void> {
    const rows = await this.sql.rows<{ receipt: Uint8Array }>(
      `select v.receipt from unnest($1::bytea[], $2::bytea[]) as x (payee, invoice)
       join voids v on v.payee = x.payee and v.invoice = x.invoice`,
      [invoices.map(({ payee }) => payee), invoices.map(({ invoice }) => invoice)],
    );
    const known = new Set(this.voids.map(({ bytes }) => hex(bytes)));
    for (const { receipt } of rows) {
      if (known.has(hex(receipt))) continue;
      known.add(hex(receipt));
      this.voids.push(Receipt.parse(receipt)!);
    }
  }

  async readParties(ids: readonly Uint8Array[]): Promise<void> {
    const wanted = ids.filter((id) => !this.parties.has(hex(id)));
    if (wanted.length === 0) return;
    const rows = await this.sql.rows<PartyRow>(
      `select d.id, account, d.operator, a.currency, signing_key, certificate_until_s, category, tier, place, epoch, issued_s,
         convicted, recovered, resuming, told_hot_list,
         (select jsonb_agg(p.limits) from profiles p where p.device = d.id and p.version >= d.told_profile) as limits
       from devices d join accounts a on a.id = d.account where d.id = any($1::bytea[])`,
      [wanted],
    );
    for (const row of rows) this.parties.set(hex(row.id), row);
    await this.books.read(rows.map((row) => row.id));
  }

  /** Rows that are here already stay as they are, since they may have been changed. */
  async keep(rows: readonly TransferRow[]): Promise<void> {
    await this.readParties(rows.flatMap((row) => [row.payer, row.payee]));
    for (const row of rows) if (!this.transfers.has(hex(row.hash))) this.#put(row);
  }

  #put(row: TransferRow): void {
    this.transfers.set(hex(row.hash), row);
    const name = invoiceName(row);
    const others = this.#byInvoice.get(name);
    if (others) others.push(row);
    else this.#byInvoice.set(name, [row]);
  }

  /** Transfers for an invoice, of those that are here. */
  transfersFor(invoice: InvoiceOf): readonly TransferRow[] {
    return this.#byInvoice.get(invoiceName(invoice)) ?? [];
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
      purpose: transfer.tag,
      total: transfer.total,
      received: transfer.received,
      sequence: transfer.sequence,
      claim_by_s: transfer.claimBy_s,
      bytes: transfer.bytes,
      seen_s: this.context.time_s,
      place: 'payer',
      why: '',
      unpaid: false,
      paid: 0,
      accepted: null,
      voided: null,
      payer_state: 'unseen',
      payee_booked: false,
    };
    this.#put(row);
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

  accuse(suspicion: Suspicion): void {
    this.suspicions.push(suspicion);
  }

  breach(device: Uint8Array, rule: string, sequence: number): void {
    this.breaches.push({ device, rule, sequence });
  }

  /** Sets an entry aside that the bank cannot use; `author`: the device whose doing it is. */
  setAside(device: Uint8Array, sequence: number, reason: string, author: Uint8Array | undefined): void {
    this.asides.push({ device, sequence, reason, author: author ?? null });
  }

  /** Value has moved between payer and payee: the logs of their operators will say so (R25). */
  settled(row: TransferRow, type: LeafType, amount: number): void {
    const { hash: transfer, payer, payee, currency } = row;
    const purpose = purposeReceived(row);
    const [payerOperator, payeeOperator] = [this.party(payer)!.operator, this.party(payee)!.operator];
    const { time_s: settled_s } = this.context;
    const parties = { transfer, payer, payee, payerOperator, payeeOperator };
    this.#outbox.add(type, { ...parties, currency, purpose, amount, settled_s });
  }

  async write(): Promise<void> {
    for (const party of this.parties.values()) await this.books.setOff(party);
    await this.books.write();
    await this.#writeAsides();
    await this.#writeTransfers([...this.#changedTransfers]);
    await this.#writeNotes([...this.#changedNotes]);
    await this.#writeVoids();
    await this.#writeStatements();
    await this.#writeJournal();
    await this.ledger.flush();
    await this.#outbox.write(this.sql);
  }

  async #writeTransfers(rows: readonly TransferRow[]): Promise<void> {
    if (rows.length === 0) return;
    const column = (pick: (row: TransferRow) => unknown) => rows.map(pick);
    await this.sql.rows(
      `insert into transfers select * from unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[], $6::int[],
         $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bytea[], $12::bigint[], $13::text[], $14::text[],
         $15::bool[], $16::bigint[], $17::bytea[], $18::bytea[], $19::text[], $20::bool[])
       on conflict (hash) do update set place = excluded.place, why = excluded.why, unpaid = excluded.unpaid,
         paid = excluded.paid, accepted = excluded.accepted, voided = excluded.voided,
         payer_state = excluded.payer_state, payee_booked = excluded.payee_booked`,
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
        column((row) => row.seen_s),
        column((row) => row.place),
        column((row) => row.why),
        column((row) => row.unpaid),
        column((row) => row.paid),
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

  async #writeAsides(): Promise<void> {
    const rows = this.asides.splice(0);
    if (rows.length === 0) return;
    await this.sql.rows(
      `insert into asides select * from unnest($1::bytea[], $2::bigint[], $3::text[], $4::bytea[])
       on conflict do nothing`,
      [
        rows.map((row) => row.device),
        rows.map((row) => row.sequence),
        rows.map((row) => row.reason),
        rows.map((row) => row.author),
      ],
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
  }

  async #writeJournal(): Promise<void> {
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
