import type { Crypto } from '../../hal/crypto.js';
import { sameBytes } from '../bytes.js';
import { AMOUNT_MAX, IN_FLIGHT_MAX, JOURNAL_ENTRIES_MAX, NOTES_MAX } from '../limits.js';
import type { Note } from '../objects/note.js';
import { ReceivedPolicy } from '../objects/profile.js';
import { Outcome, type Receipt } from '../objects/receipt.js';
import { Resolution, type Settlement, Standing } from '../objects/settlement.js';
import { U32_MAX } from '../objects/shape.js';
import type { Terms, Transfer } from '../objects/transfer.js';
import { dayOf } from './calendar-day.js';
import { Counterparties } from './counterparties.js';
import { emptyHead, invoiceEpoch, type JournalEntry, nextHead } from './journal-entry.js';
import type { JournalRecord } from './journal-record.js';
import { Lots } from './lots.js';
import { NoteIndex } from './note-index.js';

/** A transfer of ours whose receipt is missing: not spendable by us, claimable by that payee only. */
export class InFlightTransfer {
  readonly sequence: number;
  #hash: Uint8Array | undefined;

  constructor(
    private readonly crypto: Crypto,
    readonly transfer: Transfer,
  ) {
    this.sequence = transfer.sequence;
  }

  /** SHA-256 of the transfer, 32 bytes: computed when a receipt is there that might name it. */
  get hash(): Uint8Array {
    this.#hash ??= this.transfer.hash(this.crypto);
    return this.#hash;
  }
}

/** A record that the ledger can take in next. */
type GoodRecord = JournalRecord & { readonly entry: JournalEntry };

/** What the ledger cannot follow: the snapshot, or an entry that is none or contradicts what came before. */
export class LedgerError extends Error {
  readonly code = 'journal';
}

/**
 * The state of a wallet's money: a fold over its journal and nothing else. A payment first becomes an entry
 * in flash and is then applied here; boot applies all entries again in the same order and arrives at the same
 * state.
 */
export class Ledger {
  readonly lots = new Lots();
  readonly noteIndex = new NoteIndex();
  readonly counterparties = new Counterparties();
  /** Own transfers in flight, oldest first. */
  readonly inFlightTransfers: InFlightTransfer[] = [];
  /** Value that came back for notes that the bank has retired meanwhile; it is in the next settlement. */
  claims = 0;
  /** When received value came in first since the last settlement, by the receipt; 0 before any has. */
  receivedFrom_s = 0;

  sequence = 0;
  /** The entry of that number; undefined where a boot has found it in its snapshot. */
  newest: JournalEntry | undefined;
  #head = emptyHead();
  /**
   * The newest entry, which is not in `#head` yet: nobody asks for the head while an answer is waited for.
   */
  #unhashed: Uint8Array | undefined;
  /** Settlements applied so far; 0 before the first. */
  epoch = 0;
  /** Sequence number of the last settlement, 0 before the first. */
  settledAt = 0;
  lastSync_s = 0;
  suspended = false;
  payments = 0;
  /** Transfers to us that we have voided. */
  voids = 0;
  day = 0;
  paidThatDay = 0;
  unconfirmed = 0;

  /** Notes that wait for the settlement that makes them ours, and their places in the store. */
  #staged: { note: Note; place: number }[] = [];

  constructor(private readonly crypto: Crypto) {}

  /** Value that this wallet holds: on notes, received, or due from the bank. What is in flight is apart. */
  get held(): number {
    return this.noteIndex.total + this.lots.total + this.claims;
  }

  get inFlight(): number {
    let total = 0;
    for (let i = this.inFlightTransfers.length; i > 0; ) total += this.inFlightTransfers[--i].transfer.total;
    return total;
  }

  /** No value anywhere, and no payment that the bank has not seen. */
  get isEmpty(): boolean {
    return this.held === 0 && this.inFlightTransfers.length === 0 && this.sequence === this.settledAt;
  }

  /** What counts against the balance limit under a policy for received value. */
  balance(received: number): number {
    return received === ReceivedPolicy.frozen ? this.noteIndex.total + this.claims : this.held;
  }

  stage(note: Note, place: number): void {
    this.#staged.push({ note, place });
  }

  clearStage(): void {
    this.#staged = [];
  }

  /** Whether there is room for one more payment of each direction. */
  get canPay(): boolean {
    return this.inFlightTransfers.length < IN_FLIGHT_MAX && this.canReceive;
  }
  get canReceive(): boolean {
    return this.sequence + 1 - this.settledAt < JOURNAL_ENTRIES_MAX;
  }

  /**
   * Whether so much more can be held: what is in flight may come back, and every sum of a wallet stays an
   * amount.
   */
  canHold(amount: number): boolean {
    return this.held + this.inFlight + amount <= AMOUNT_MAX;
  }

  /**
   * What a record of the journal says, when it can come next; nothing is changed. A boot reads every record
   * with it, and a commit its own before it is written. `noted`: undefined when the record does not read.
   * Throws LedgerError that says which entry it is, of what kind, and what is wrong.
   */
  read(noted: JournalRecord | undefined): GoodRecord {
    const number = this.sequence + 1;
    if (noted === undefined) throw new LedgerError(`entry ${number} is missing, or is no record`);
    const { entry } = noted;
    if (!entry) throw new LedgerError(`entry ${number} is not an entry of this device`);
    const fault = this.#faultOf(entry);
    if (fault !== undefined) throw new LedgerError(`entry ${number} (${entry.kind}) ${fault}`);
    return noted as GoodRecord;
  }

  /** Takes in what `read` has found good. */
  apply(noted: GoodRecord): void {
    const { entry } = noted;
    switch (entry.kind) {
      case 'out':
        this.#out(entry.transfer, noted.confirmed, noted.own_s);
        break;
      case 'in':
        this.#in(entry.transfer, entry.receipt.created_s);
        break;
      case 'refused':
        if (entry.transfer) this.voids++;
        break;
      case 'answer':
        this.#answer(entry.receipt);
        break;
      case 'settled':
        this.#settled(entry.settlement);
        break;
    }
    this.sequence++;
    this.newest = entry;
    this.hashNewest();
    this.#unhashed = noted.bytes;
  }

  /** Hash of the journal up to its newest entry, 32 bytes. */
  get head(): Uint8Array {
    this.hashNewest();
    return this.#head;
  }
  set head(head: Uint8Array) {
    this.#head = head;
    this.#unhashed = undefined;
  }

  /** So that whoever asks for the head next does not wait. */
  hashNewest(): void {
    if (this.#unhashed) this.head = nextHead(this.crypto, this.#head, this.#unhashed);
  }

  #faultOf(entry: JournalEntry): string | undefined {
    switch (entry.kind) {
      case 'out':
        return this.#faultOfOut(entry.transfer);
      case 'in':
        return this.#faultOfReceipt(entry.receipt) ?? this.#faultOfIn(entry.transfer);
      case 'refused':
        return this.#faultOfReceipt(entry.receipt);
      case 'answer':
        return this.#flightOf(entry.receipt) < 0 ? 'answers nothing in flight' : undefined;
      case 'settled':
        return this.#faultOfSettlement(entry.settlement);
    }
  }

  #faultOfOut(transfer: Transfer): string | undefined {
    if (transfer.sequence !== this.sequence + 1) return 'has another number signed';
    if (!this.crypto.equal(transfer.previous, this.head)) return 'does not follow the entry before it';
    if (this.inFlightTransfers.length >= IN_FLIGHT_MAX) return 'is one too many in flight';
    for (let i = 0; i < transfer.noteCount; i++) {
      const left = this.noteIndex.left(transfer.noteId(i)) ?? 0;
      if (left < transfer.noteAmount(i)) return 'spends a note that is not here';
    }
    const { received, purpose, created_s } = transfer;
    const covered = received === 0 || this.lots.peek(purpose, received, created_s, transfer) !== undefined;
    return covered ? undefined : 'spends received value that is not here';
  }

  #faultOfReceipt(receipt: Receipt): string | undefined {
    return receipt.sequence === this.sequence + 1 ? undefined : 'has another number signed';
  }

  #faultOfIn(transfer: Transfer): string | undefined {
    if (!this.canHold(transfer.total)) return 'brings more than can be held';
    return this.lots.fits(transfer.purpose, transfer.total, afterHop(transfer)) ? undefined : 'finds no lot';
  }

  #faultOfSettlement(settlement: Settlement): string | undefined {
    const here =
      settlement.sequence === this.sequence &&
      settlement.epoch === this.epoch + 1 &&
      sameBytes(settlement.head, this.head);
    if (!here) return 'holds for another point';
    if (this.#staged.length < settlement.notes) return 'comes without its notes';
    return this.canHoldAfter(settlement) ? undefined : 'brings more than can be held';
  }

  /** Whether what a settlement leaves and brings is still an amount. Its notes are staged. */
  canHoldAfter(settlement: Settlement): boolean {
    let value = this.noteIndex.totalAfter(settlement.retireUntil_s);
    for (const { note } of this.#fresh(settlement)) value += note.value;
    for (const { transfer } of this.#unresolved(settlement)) value += transfer.total;
    return value <= AMOUNT_MAX;
  }

  /** The oldest transfer in flight to `payee` that it can still answer: of the epoch that it is in. */
  inFlightTransferTo(payee: Uint8Array, epoch: number): InFlightTransfer | undefined {
    return this.inFlightTransfers.find(
      ({ transfer }) => this.crypto.equal(transfer.payee, payee) && invoiceEpoch(transfer.invoice) === epoch,
    );
  }

  #out(transfer: Transfer, confirmed: boolean, own_s: number): void {
    for (let i = 0; i < transfer.noteCount; i++)
      this.noteIndex.take(transfer.noteId(i), transfer.noteAmount(i));
    const { received, purpose, created_s, total } = transfer;
    if (received > 0) this.lots.spend(purpose, received, created_s, transfer);
    this.addInFlightTransfer(transfer);
    this.payments++;
    this.counterparties.count(transfer.payee, total);
    this.unconfirmed = confirmed ? 0 : Math.min(this.unconfirmed + total, U32_MAX);
    // A clock that has lost its power goes back; the day does not, or it would begin anew.
    const day = dayOf(own_s);
    this.paidThatDay = day > this.day ? total : Math.min(this.paidThatDay + total, U32_MAX);
    this.day = Math.max(day, this.day);
  }

  addInFlightTransfer(transfer: Transfer): void {
    this.inFlightTransfers.push(new InFlightTransfer(this.crypto, transfer));
  }

  #in(transfer: Transfer, time_s: number): void {
    if (this.receivedFrom_s === 0) this.receivedFrom_s = time_s;
    this.lots.add(transfer.purpose, transfer.total, afterHop(transfer));
    this.payments++;
    this.counterparties.count(transfer.payer, transfer.total);
  }

  #answer(receipt: Receipt): void {
    const [{ transfer }] = this.inFlightTransfers.splice(this.#flightOf(receipt), 1);
    if (receipt.outcome === Outcome.accepted) return;
    for (let i = 0; i < transfer.noteCount; i++) {
      const amount = transfer.noteAmount(i);
      if (!this.noteIndex.restore(transfer.noteId(i), amount)) this.claims += amount;
    }
    const { received, purpose, hops, hopsLimit, expires_s } = transfer;
    if (received > 0 && !this.lots.add(purpose, received, { hops, hopsLimit, expires_s }))
      this.claims += received;
  }

  #flightOf(receipt: Receipt): number {
    return this.inFlightTransfers.findIndex((inFlightTransfer) =>
      this.crypto.equal(inFlightTransfer.hash, receipt.transfer),
    );
  }

  /**
   * What protects the bank begins anew with its settlement. What protects the user (`paidThatDay`,
   * `unconfirmed`) does not: whoever stands near with a network can have the wallet synced.
   */
  #settled(settlement: Settlement): void {
    this.lots.clear();
    this.receivedFrom_s = 0;
    this.claims = 0;
    const inFlightTransfers = this.#unresolved(settlement);
    this.inFlightTransfers.splice(0, this.inFlightTransfers.length, ...inFlightTransfers);
    this.noteIndex.retire(settlement.retireUntil_s, (id) => this.#inUse(id));
    for (const { note, place } of this.#fresh(settlement)) this.noteIndex.add(note, place);
    this.#staged = [];
    this.counterparties.clear();
    this.payments = 0;
    this.voids = 0;
    this.epoch = settlement.epoch;
    this.settledAt = this.sequence + 1;
    this.lastSync_s = settlement.time_s;
    this.suspended = settlement.standing === Standing.suspended;
  }

  #fresh(settlement: Settlement): { note: Note; place: number }[] {
    return this.#staged.slice(this.#staged.length - settlement.notes);
  }

  #unresolved(settlement: Settlement): InFlightTransfer[] {
    const ended = settlement
      .resolved()
      .filter(({ resolution }) => resolution === Resolution.accepted || resolution === Resolution.returned);
    return this.inFlightTransfers.filter(
      ({ sequence }) => !ended.some((entry) => entry.sequence === sequence),
    );
  }

  /** Whether a note with this id is held, or waits for its settlement. */
  knows(id: Uint8Array): boolean {
    return this.noteIndex.left(id) !== undefined || this.#staged.some(({ note }) => sameBytes(note.id, id));
  }

  /** Whether the notes that a settlement brings can all be held. */
  hasRoomFor(settlement: Settlement): boolean {
    const stay = this.noteIndex.countAfter(settlement.retireUntil_s, (id) => this.#inUse(id));
    return stay + settlement.notes <= NOTES_MAX;
  }

  #inUse(id: Uint8Array): boolean {
    for (const { transfer } of this.inFlightTransfers) {
      for (let i = 0; i < transfer.noteCount; i++) if (this.crypto.equal(transfer.noteId(i), id)) return true;
    }
    return false;
  }
}

/** The terms of a transfer's value once its payee has it. */
export const afterHop = ({ hops, hopsLimit, expires_s }: Terms): Terms => ({
  hops: hops + 1,
  hopsLimit,
  expires_s,
});
