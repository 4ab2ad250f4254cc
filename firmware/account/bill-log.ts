import type { Crypto } from '../../hal/crypto.js';
import { getU32, NOTHING, sameBytes, u32 } from '../bytes.js';
import { AMOUNT_MAX, BILL_RESERVE_BYTES, BILLS_MAX } from '../limits.js';
import { isCorrupt, StoreError } from '../store/errors.js';
import type { Store } from '../store/store.js';
import { BILL_BYTES, BILL_REFERS_AT, Bill, BillKind, Means, NO_HASH } from './bill.js';
import { BillReceipt } from './bill-receipt.js';
import type { BillsAtHand } from './pool-hook.js';
import { faceUser, type User, UserCounts } from './user-counts.js';

/**
 * Keys of the terminal's store. Each has a second copy, which is written first: what does not read any more
 * is taken from there.
 */
const Key = { receipt: 1, opened: 2 } as const;
const COPY = 16;
/** A code holds so long at the most: its validity is one byte. */
const CODE_SECONDS_MAX = 255;

/** Why a receipt for bills does nothing. */
export type BillReceiptFault =
  | 'malformed'
  | 'foreign' // for another terminal
  | 'signature' // not by the platform to which this terminal uploads
  | 'old' // this terminal has a later one
  | 'ahead' // for bills that this terminal has not made: its log was put back to an earlier time
  | 'fork'; // for another bill with this number

/** A bill, and the bytes of the code that it was made for; none with a face, and of a refund. */
export interface BookedBill {
  readonly bill: Bill;
  readonly evidence: Uint8Array;
}

export interface BillLogOptions {
  readonly crypto: Crypto;
  /** Of this log alone. */
  readonly store: Store;
  /** As `terminalIdOf` names its key, 8 bytes. */
  readonly terminal: Uint8Array;
  /** How far clocks may be apart: see `Limits`. */
  readonly clocksApart_s: number;
  /** The terminal's clock: when it is opened for the first time, that counts as a sync. */
  readonly now_s: number;
}

/**
 * The bills of a terminal (R27), in the journal of a store of their own: a bill's number there is its
 * sequence. What the terminal counts of its users is a fold over the log, so the two never disagree. Power
 * may fail anywhere: a bill is there wholly, or not at all.
 *
 * A receipt from the platform ends the counting of the bills that it is for. They stay as long as their codes
 * could be shown once more, so that none is taken again; then `tidy` gives their flash back.
 */
export class BillLog implements BillsAtHand {
  readonly #crypto: Crypto;
  readonly #store: Store;
  readonly #terminal: Uint8Array;
  readonly #seenFor_s: number;
  readonly #opened_s: number;
  #receipt: BillReceipt | undefined;
  #counts = new UserCounts();
  #last = 0;
  #head = NO_HASH;
  /** The first bill that is still needed. */
  #first = 1;
  /** What is wrong with the log, in words: what it has is there, and nothing more is booked. */
  #stopped: string | undefined;

  /** Throws StoreError: `corrupt` when neither copy of the receipt reads, `full` for a flash without room. */
  constructor({ crypto, store, terminal, clocksApart_s, now_s }: BillLogOptions) {
    this.#crypto = crypto;
    this.#store = store;
    this.#terminal = terminal.slice();
    const isEndless = clocksApart_s === AMOUNT_MAX;
    this.#seenFor_s = isEndless ? Number.POSITIVE_INFINITY : CODE_SECONDS_MAX + 2 * clocksApart_s;
    if (!store.has(Key.opened)) this.#write(Key.opened, u32(now_s));
    this.#opened_s = getU32(this.#read(Key.opened) ?? u32(0), 0);
    const receipt = this.#read(Key.receipt);
    this.#receipt = receipt && BillReceipt.parse(receipt);
    this.#fold();
  }

  // What it has

  /** What was counted since the last receipt, and which codes were taken. */
  get counts(): UserCounts {
    return this.#counts;
  }
  /** The sequence of the last bill; 0 before there is one. */
  get last(): number {
    return this.#last;
  }
  /** SHA-256 of the last bill; NO_HASH before there is one. */
  get head(): Uint8Array {
    return this.#head;
  }
  /** The platform has the bills up to this one; 0: none. */
  get receipted(): number {
    return this.#receipt?.sequence ?? 0;
  }
  /** Bank time of the last receipt, or when the log was first opened. */
  get lastSync_s(): number {
    return Math.max(this.#opened_s, this.#receipt?.time_s ?? 0);
  }
  /** What is wrong with it, in words. */
  get stopped(): string | undefined {
    return this.#stopped;
  }
  /** The first bill that is still at hand; `last` + 1 when none is. */
  get first(): number {
    return this.#first;
  }

  /** Throws RangeError for a bill that is not at hand, StoreError `corrupt` for one that does not read. */
  at(sequence: number): Bill {
    return this.booked(sequence).bill;
  }

  /** As `at`, with its evidence. */
  booked(sequence: number): BookedBill {
    if (!this.has(sequence)) throw new RangeError(`no bill ${sequence} at hand`);
    return this.#entry(sequence);
  }

  /** Whether that bill is at hand. */
  has(sequence: number): boolean {
    return Number.isInteger(sequence) && sequence >= this.#first && sequence <= this.#last;
  }

  /** What is left of a bill that is at hand after the refunds of it, minor units. */
  left(bill: Bill): number {
    let left = bill.amount;
    const refers = new Uint8Array(4);
    this.#store.journal.search(bill.sequence + 1, BILL_REFERS_AT, refers, (sequence) => {
      if (getU32(refers, 0) === bill.sequence) left -= this.#entry(sequence).bill.amount;
      return false;
    });
    return left;
  }

  // What it takes in

  /** Whether another bill fits, with so much evidence, and after it a receipt. */
  fits(evidenceBytes: number): boolean {
    const store = this.#store;
    return (
      this.#last - this.receipted < BILLS_MAX &&
      store.journal.fits(BILL_BYTES + evidenceBytes) &&
      store.spareBytes >= BILL_RESERVE_BYTES
    );
  }

  /** The flash does not take what is written. */
  get isUnwritable(): boolean {
    return this.#store.isUnwritable;
  }

  /**
   * Books the next bill: in flash first, then in the counts. Throws RangeError when it is not the next one,
   * StoreError when flash does not take it; nothing is booked then.
   */
  book(bill: Bill, evidence: Uint8Array): void {
    if (bill.sequence !== this.#last + 1 || !sameBytes(bill.previous, this.#head))
      throw new RangeError(`bill ${bill.sequence} does not come after bill ${this.#last}`);
    const record = new Uint8Array(BILL_BYTES + evidence.length);
    record.set(bill.bytes);
    record.set(evidence, BILL_BYTES);
    this.#store.journal.append(record);
    this.#last = bill.sequence;
    this.#head = bill.hash(this.#crypto);
    this.#count(bill);
  }

  /**
   * Takes a receipt in, by whoever it was carried: the bills that it is for are counted no more. Undefined
   * when it was taken, or had been already; else nothing has changed. `platformKey`: Ed25519 public key, 32
   * bytes.
   */
  accept(bytes: Uint8Array, platformKey: Uint8Array): BillReceiptFault | undefined {
    const receipt = BillReceipt.parse(bytes.slice());
    if (!receipt) return 'malformed';
    const fault = this.#faultOf(receipt, platformKey);
    if (fault) return fault;
    this.#write(Key.receipt, receipt.bytes);
    this.#receipt = receipt;
    this.#fold();
    return undefined;
  }

  #faultOf(receipt: BillReceipt, platformKey: Uint8Array): BillReceiptFault | undefined {
    const { sequence, head } = receipt;
    if (!sameBytes(receipt.terminal, this.#terminal)) return 'foreign';
    if (!receipt.verify(this.#crypto, platformKey)) return 'signature';
    if (sequence > this.#last) return 'ahead';
    if (sequence < this.receipted || receipt.time_s < (this.#receipt?.time_s ?? 0)) return 'old';
    return sameBytes(head, this.#hashOf(sequence)) ? undefined : 'fork';
  }

  /** Of a bill from the one that the last receipt is for on. */
  #hashOf(sequence: number): Uint8Array {
    if (sequence === this.receipted) return this.#receipt?.head ?? NO_HASH;
    return this.#entry(sequence).bill.hash(this.#crypto);
  }

  /** One bounded step of the work between payments; false when there is none left, or none can be done. */
  tidy(): boolean {
    const store = this.#store;
    if (store.isUnwritable) return false;
    const hasDead = store.journal.hasBelow(this.#first);
    if (hasDead && store.fits([], [0])) {
      store.truncate(this.#first);
      return true;
    }
    return store.tidy();
  }

  // The fold

  #fold(): void {
    const { journal } = this.#store;
    const { receipted } = this;
    this.#counts = new UserCounts();
    this.#last = journal.nextNumber - 1;
    if (this.#last < receipted) {
      this.#stopped = `${this.#last} bills, and a receipt for ${receipted}`;
      return;
    }
    try {
      this.#first = this.#firstNeeded();
      for (let sequence = receipted + 1; sequence < journal.nextNumber; sequence++)
        this.#count(this.#entry(sequence).bill);
      // After those that are counted: their users have room in any case.
      for (let sequence = this.#first; sequence <= receipted; sequence++) this.#remember(sequence);
      this.#head = this.#hashOf(this.#last);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      this.#stopped = error.message;
    }
  }

  /**
   * The first bill whose code some clock might still let pass, or that the platform does not have. A terminal
   * takes nothing while its clock is behind its last receipt, so that one's time says it.
   */
  #firstNeeded(): number {
    const { receipted } = this;
    const { firstNumber, nextNumber } = this.#store.journal;
    const since_s = (this.#receipt?.time_s ?? 0) - this.#seenFor_s;
    let first = Math.max(1, Math.min(firstNumber, nextNumber));
    while (first <= receipted && this.#entry(first).bill.time_s < since_s) first++;
    return first;
  }

  #remember(sequence: number): void {
    const { bill } = this.#entry(sequence);
    if (bill.kind !== BillKind.refund) this.#counts.remember(userOf(bill), bill.counter);
  }

  #count(bill: Bill): void {
    const user = userOf(bill);
    if (bill.kind !== BillKind.refund) this.#counts.count(user, bill.counter, bill.amount, bill.time_s);
    else if (bill.refers > this.receipted)
      this.#counts.giveBack(user, bill.amount, this.#entry(bill.refers).bill.time_s);
  }

  #entry(sequence: number): BookedBill {
    const record = this.#record(sequence);
    const bill = Bill.parse(record.subarray(0, BILL_BYTES));
    const isOurs = bill?.sequence === sequence && sameBytes(bill.terminal, this.#terminal);
    if (!bill || !isOurs) throw new StoreError('corrupt', `entry ${sequence} is no bill of this terminal`);
    return { bill, evidence: record.subarray(BILL_BYTES) };
  }

  #record(sequence: number): Uint8Array {
    try {
      return this.#store.journal.entry(sequence)?.slice() ?? NOTHING;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      throw new StoreError(error.code, `bill ${sequence} does not read: ${error.message}`);
    }
  }

  // Values

  #read(key: number): Uint8Array | undefined {
    try {
      return this.#store.get(key)?.slice();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return this.#store.get(key + COPY)?.slice();
    }
  }

  #write(key: number, payload: Uint8Array): void {
    const store = this.#store;
    const sizes = [payload.length, payload.length];
    while (!store.fits([], sizes) && store.makeRoom(sizes));
    store.batch([
      { key: key + COPY, payload },
      { key, payload },
    ]);
  }
}

/** Whose payments a bill is counted with. */
export const userOf = (bill: Bill): User =>
  bill.means === Means.face ? faceUser(bill.platform, bill.serial) : bill;
