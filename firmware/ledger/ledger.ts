import type { Crypto } from '../../hal/crypto.js';
import { IN_FLIGHT_MAX, JOURNAL_ENTRIES_MAX, NOTES_MAX } from '../limits.js';
import type { Note } from '../objects/note.js';
import { ReceivedPolicy } from '../objects/profile.js';
import { Outcome, type Receipt } from '../objects/receipt.js';
import { Resolution, type Settlement, Standing } from '../objects/settlement.js';
import type { Transfer } from '../objects/transfer.js';
import { dayOf } from './calendar-day.js';
import { Counterparties } from './counterparties.js';
import { emptyHead, invoiceEpoch, type JournalEntry, nextHead, parseEntry } from './journal-entry.js';
import type { JournalRecord } from './journal-record.js';
import { Lots } from './lots.js';
import { NoteIndex } from './note-index.js';

/** A transfer of ours whose receipt is missing: not spendable by us, claimable by that payee only. */
export interface InFlightTransfer {
  readonly sequence: number;
  readonly transfer: Transfer;
  /** SHA-256 of the transfer, 32 bytes. */
  readonly hash: Uint8Array;
}

/** The ledger could not follow an entry: the journal in flash contradicts itself. */
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

  sequence = 0;
  head = emptyHead();
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

  constructor(
    private readonly crypto: Crypto,
    private readonly device: Uint8Array,
  ) {}

  /** Value that this wallet holds: on notes, received, or due from the bank. What is in flight is apart. */
  get held(): number {
    return this.noteIndex.total + this.lots.total + this.claims;
  }

  get inFlight(): number {
    let total = 0;
    for (const inFlightTransfer of this.inFlightTransfers) total += inFlightTransfer.transfer.total;
    return total;
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
   * Takes in an entry as it lies in flash. Throws LedgerError when it is none of this device, or contradicts
   * what came before.
   */
  replay(noted: JournalRecord): void {
    const entry = parseEntry(this.device, noted.bytes);
    if (!entry) throw new LedgerError(`entry ${this.sequence + 1} is not an entry of this device`);
    this.apply(entry, noted);
  }

  /** Takes in an entry; `noted` has its bytes. Throws LedgerError when it contradicts what came before. */
  apply(entry: JournalEntry, noted: JournalRecord): void {
    switch (entry.kind) {
      case 'out':
        this.#out(entry.transfer, noted);
        break;
      case 'in':
        this.#in(entry.transfer);
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
    this.head = nextHead(this.crypto, this.head, noted.bytes);
  }

  /** The oldest transfer in flight to `payee` that it can still answer: of the epoch that it is in. */
  inFlightTransferTo(payee: Uint8Array, epoch: number): InFlightTransfer | undefined {
    return this.inFlightTransfers.find(
      ({ transfer }) => this.crypto.equal(transfer.payee, payee) && invoiceEpoch(transfer.invoice) === epoch,
    );
  }

  #out(transfer: Transfer, { confirmed, own_s }: JournalRecord): void {
    for (let i = 0; i < transfer.noteCount; i++) {
      if (!this.noteIndex.take(transfer.noteId(i), transfer.noteAmount(i))) {
        throw new LedgerError(`entry ${this.sequence + 1} spends a note that is not here`);
      }
    }
    const { received, purpose, created_s, total } = transfer;
    if (received > 0 && !this.lots.spend(purpose, received, created_s)) {
      throw new LedgerError(`entry ${this.sequence + 1} spends received value that is not here`);
    }
    this.addInFlightTransfer(transfer);
    this.payments++;
    this.counterparties.count(transfer.payee, total);
    this.unconfirmed = confirmed ? 0 : this.unconfirmed + total;
    const day = dayOf(own_s);
    this.paidThatDay = day === this.day ? this.paidThatDay + total : total;
    this.day = day;
  }

  addInFlightTransfer(transfer: Transfer): void {
    this.inFlightTransfers.push({ sequence: transfer.sequence, transfer, hash: transfer.hash(this.crypto) });
  }

  #in(transfer: Transfer): void {
    const { hopsLimit, expires_s } = transfer;
    const terms = { hops: transfer.hops + 1, hopsLimit, expires_s };
    if (!this.lots.add(transfer.purpose, transfer.total, terms)) {
      throw new LedgerError(`entry ${this.sequence + 1} finds no lot`);
    }
    this.payments++;
    this.counterparties.count(transfer.payer, transfer.total);
  }

  #answer(receipt: Receipt): void {
    const at = this.inFlightTransfers.findIndex((inFlightTransfer) =>
      this.crypto.equal(inFlightTransfer.hash, receipt.transfer),
    );
    if (at < 0) throw new LedgerError(`entry ${this.sequence + 1} answers nothing in flight`);
    const { transfer } = this.inFlightTransfers[at];
    this.inFlightTransfers.splice(at, 1);
    if (receipt.outcome === Outcome.accepted) return;
    for (let i = 0; i < transfer.noteCount; i++) {
      const amount = transfer.noteAmount(i);
      if (!this.noteIndex.restore(transfer.noteId(i), amount)) this.claims += amount;
    }
    const { received, purpose, hops, hopsLimit, expires_s } = transfer;
    if (received > 0 && !this.lots.add(purpose, received, { hops, hopsLimit, expires_s }))
      this.claims += received;
  }

  #settled(settlement: Settlement): void {
    this.lots.clear();
    this.claims = 0;
    for (const { sequence, resolution } of settlement.resolved()) {
      const at = this.inFlightTransfers.findIndex(
        (inFlightTransfer) => inFlightTransfer.sequence === sequence,
      );
      const known = resolution === Resolution.accepted || resolution === Resolution.returned;
      if (at >= 0 && known) this.inFlightTransfers.splice(at, 1);
    }
    this.noteIndex.retire(settlement.retireUntil_s, (id) => this.#inUse(id));
    const fresh = this.#staged.slice(this.#staged.length - settlement.notes);
    if (fresh.length !== settlement.notes) throw new LedgerError('a settlement without its notes');
    for (const { note, place } of fresh) this.noteIndex.add(note, place);
    this.#staged = [];
    this.counterparties.clear();
    this.payments = 0;
    this.voids = 0;
    this.unconfirmed = 0;
    this.paidThatDay = 0;
    this.epoch = settlement.epoch;
    this.settledAt = this.sequence + 1;
    this.lastSync_s = settlement.time_s;
    this.suspended = settlement.standing === Standing.suspended;
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
