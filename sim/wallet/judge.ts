/** What must hold after every step of a life, looked at from outside. */

import type { JournalEntry } from '../../firmware/ledger/journal-entry.js';
import type { Ledger } from '../../firmware/ledger/ledger.js';
import { AMOUNT_MAX, INVOICE_VALIDITY_S } from '../../firmware/limits.js';
import type { Invoice } from '../../firmware/objects/invoice.js';
import type { Limits } from '../../firmware/objects/profile.js';
import { Outcome } from '../../firmware/objects/receipt.js';
import type { Transfer } from '../../firmware/objects/transfer.js';
import { hex } from '../bank/bytes.js';
import type { Books } from './books.js';
import type { Subject } from './subject.js';
import { visit } from './visit.js';

const DAY_S = 86_400;

/** How often each of these came to pass, over many lives. */
export interface Tally {
  steps: number;
  paid: number;
  confirmed: number;
  /** Of these, by PIN. */
  pins: number;
  received: number;
  refused: number;
  syncs: number;
  declined: number;
  boots: number;
  profiles: number;
  /** Cards and readers without a key of a bank's. */
  strangers: number;
  cuts: number;
}

export const emptyTally = (): Tally => ({
  steps: 0,
  paid: 0,
  confirmed: 0,
  pins: 0,
  received: 0,
  refused: 0,
  syncs: 0,
  declined: 0,
  boots: 0,
  profiles: 0,
  strangers: 0,
  cuts: 0,
});

/** A sale that an invoice was made for. */
export interface Sale {
  readonly invoice: Invoice;
  /** The order was the payer's own, with a PIN or without. */
  readonly order: { readonly pin: boolean } | undefined;
}

export class Judge {
  /** Of each device, by its name: what its bank has set. */
  readonly limits = new Map<string, Limits>();
  readonly sales = new Map<string, Sale>();
  readonly #totals = new Map<string, number>();
  readonly #heads = new Map<string, Uint8Array>();
  /** What each wallet's clock said after the last step. */
  readonly #clocks = new Map<string, number>();
  /**
   * What each flash had gone through when a boot of it was looked at: as long as that stands, so does what a
   * boot makes of it.
   */
  readonly #bootedAt = new Map<string, string>();
  /** All the money there is: issued, brought in by those who keep to nothing, and not taken out by them. */
  money = 0;

  constructor(
    private readonly books: Books,
    private readonly tally: Tally,
  ) {}

  /** After a step in which these devices had a part. Throws when anything is not as it must be. */
  look(all: readonly Subject[], touched: readonly Subject[]): void {
    for (const subject of touched) {
      this.#journal(subject);
      subject.model.judged();
      const { paidThatDay } = subject.wallet.ledger;
      if (paidThatDay !== subject.model.paidThatDay)
        throw new Error(
          `${subject.name} counts ${paidThatDay} for its day, not ${subject.model.paidThatDay}`,
        );
      this.#sums(subject);
      this.#boots(subject);
    }
    const there = this.value(all);
    if (there !== this.money) throw new Error(`${there} is there, and ${this.money} should be`);
    for (const { name, wallet } of all) this.#clocks.set(name, wallet.own_s);
  }

  /** Held by these devices, or between them. */
  value(all: readonly Subject[]): number {
    let value = 0;
    for (const { wallet } of all) {
      value += wallet.ledger.held;
      for (const { transfer, hash } of wallet.ledger.inFlightTransfers) {
        if (!this.books.accepted.has(hex(hash))) value += transfer.total;
      }
    }
    return value;
  }

  /** The head of the journal after an entry that was judged. */
  head(subject: Subject, sequence: number): Uint8Array {
    const head = this.#heads.get(`${subject.name} ${sequence}`);
    if (!head) throw new Error(`no head of ${subject.name} at ${sequence}`);
    return head;
  }

  /** Every entry reads, and an honest device can have it. */
  #journal(subject: Subject): void {
    const { wallet } = subject;
    while (subject.judged < wallet.ledger.sequence) {
      const sequence = subject.judged + 1;
      const bytes = wallet.entry(sequence);
      if (!bytes) throw new Error(`entry ${sequence} of ${subject.name} does not read`);
      const entry = this.books.take(subject.id, sequence, bytes);
      subject.judged = sequence;
      this.#entry(subject, entry);
    }
    this.#heads.set(`${subject.name} ${subject.judged}`, wallet.ledger.head.slice());
  }

  #entry(subject: Subject, entry: JournalEntry): void {
    const { crypto } = this.books.context;
    if (entry.kind === 'out') {
      this.#totals.set(hex(entry.transfer.hash(crypto)), entry.transfer.total);
      this.#dealing(subject, entry.transfer, entry.transfer.payee);
      this.#paid(subject, entry.transfer);
    }
    if (entry.kind === 'in') {
      this.tally.received++;
      this.#dealing(subject, entry.transfer, entry.transfer.payer);
      if (this.#isRogue(entry.transfer.payer)) this.money += entry.transfer.total;
    }
    const isTaken = entry.kind === 'answer' && entry.receipt.outcome === Outcome.accepted;
    if (isTaken && this.#isRogue(entry.receipt.payee)) {
      this.money -= this.#totals.get(hex(entry.receipt.transfer)) ?? 0;
    }
  }

  /** In its own currency, with whom it may deal, and not once too often. */
  #dealing({ name, wallet }: Subject, transfer: Transfer, other: Uint8Array): void {
    const { operators, offlineCountMax } = this.limits.get(name)!;
    const { operator } = this.books.party(other)!;
    if (operators.length > 0 && !operators.includes(operator))
      throw new Error(`${name} deals with a customer of ${operator}`);
    if (hex(transfer.currency) !== hex(wallet.currency)) throw new Error(`${name} takes another currency`);
    const { payments } = wallet.ledger;
    if (payments > offlineCountMax) throw new Error(`${name}: ${payments} payments`);
  }

  #paid(subject: Subject, transfer: Transfer): void {
    const { model, name, now_ms, wallet } = subject;
    this.tally.paid++;
    const sale = this.sales.get(hex(transfer.invoice));
    if (!sale) throw new Error(`${name} has paid what nobody asked`);
    const { invoice, order } = sale;
    const meant =
      transfer.total === invoice.amount &&
      hex(transfer.payee) === hex(invoice.payee) &&
      hex(transfer.currency) === hex(invoice.currency);
    if (!meant) throw new Error(`${name} has paid something else than the invoice says`);
    const limits = this.limits.get(name)!;
    if (!order && transfer.total > limits.noConfirmMax) this.tally.confirmed++;
    if (!order?.pin && transfer.total > Math.max(limits.noConfirmMax, limits.buttonMax)) this.tally.pins++;
    // Power may have failed since, and the clock be back.
    const day = Math.max(Math.floor(wallet.own_s / DAY_S), wallet.ledger.day);
    const why = model.paid(invoice, order, limits, { now_ms, day });
    if (why) throw new Error(`${name}: ${why}`);
    if (transfer.total > limits.paymentMax) throw new Error(`${name}: more than one payment may be`);
    const own_s = Math.max(wallet.own_s, this.#clocks.get(name) ?? 0);
    const ahead_s = transfer.created_s - own_s;
    const claimable_s = transfer.claimBy_s - transfer.created_s;
    if (ahead_s > limits.clocksApart_s || claimable_s > INVOICE_VALIDITY_S + limits.claimGrace_s)
      throw new Error(`${name}: value is out of hands for ${ahead_s + claimable_s} s`);
    const age_s = transfer.created_s - invoice.created_s;
    if (age_s > limits.clocksApart_s) throw new Error(`${name} has paid what was asked ${age_s} s ago`);
  }

  #isRogue(id: Uint8Array): boolean {
    return !this.limits.has(this.#names.get(hex(id)) ?? '');
  }

  readonly #names = new Map<string, string>();

  meet(subject: Subject): void {
    this.#names.set(hex(subject.id), subject.name);
    this.#journal(subject);
  }

  #sums({ name, wallet: { ledger, limits } }: Pick<Subject, 'name' | 'wallet'>): void {
    if (ledger.held + ledger.inFlight > AMOUNT_MAX) throw new Error(`${name} holds more than an amount`);
    const [is, set] = [limits, this.limits.get(name)!].map((some) =>
      JSON.stringify(Object.entries(some).sort()),
    );
    if (is !== set) throw new Error(`${name} keeps to ${is}, and is to keep to ${set}`);
  }

  /** A boot arrives at the same state, and what it arrives at can be synced. */
  #boots(subject: Subject): void {
    const { programs, erases } = subject.flash.counters;
    const flashAt = `${programs} ${erases}`;
    if (this.#bootedAt.get(subject.name) === flashAt) return;
    this.#bootedAt.set(subject.name, flashAt);
    this.tally.boots++;
    const twin = subject.twin();
    const stopped = twin.wallet.stopped;
    if (stopped !== undefined) throw new Error(`${subject.name} does not boot: ${stopped}`);
    this.#sums({ name: subject.name, wallet: twin.wallet });
    const [was, is] = [subject.wallet.ledger, twin.wallet.ledger].map(textOf);
    if (was !== is) throw new Error(`${subject.name} was, before a boot and after it:\n${was}\n${is}`);
    const { end } = visit(this.books.bankOf(subject.id), {
      ...twin,
      take: () => {
        throw new Error('the bank has all entries');
      },
      notes: [],
      settlement: { time_s: subject.wallet.own_s },
      from: subject.judged + 1,
      head: this.head(subject, subject.judged),
      messagesMax: 100,
    });
    if (end !== 'done') throw new Error(`${subject.name} does not sync any more: ${end}`);
  }
}

/** All that a boot must find again. */
function textOf(ledger: Ledger): string {
  const notes: string[] = [];
  ledger.noteIndex.each((id, left) => notes.push(`${hex(id)} ${left}`));
  const { claims, day, epoch, paidThatDay, payments, receivedFrom_s, sequence, unconfirmed, voids } = ledger;
  const counted = { claims, day, epoch, paidThatDay, payments, receivedFrom_s, sequence, unconfirmed, voids };
  return [
    hex(ledger.head),
    Object.entries(counted).join(' '),
    ledger.lots.lots.map((lot) => Object.values(lot).join(' ')).join(', '),
    ledger.inFlightTransfers.map((inFlightTransfer) => inFlightTransfer.sequence).join(' '),
    notes.join(', '),
  ].join('\n');
}
