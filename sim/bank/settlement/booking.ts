import { sameBytes } from '../../../firmware/bytes.js';
import type { JournalEntry } from '../../../firmware/ledger/journal-entry.js';
import { LedgerError } from '../../../firmware/ledger/ledger.js';
import { Note } from '../../../firmware/objects/note.js';
import { Outcome, type Receipt } from '../../../firmware/objects/receipt.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import { hex } from '../bytes.js';
import type { NoteRow, PartyRow, TransferRow } from '../db/rows.js';
import type { HotDevices } from '../fraud/hot-list.js';
import { areNotesFor, brokenRule, isAcceptable, lotsAllow, notesAllow } from '../fraud/rules.js';
import type { Fault, Numbered } from '../sync/check-entry.js';
import { addTo, type DeviceState } from '../sync/device-state.js';
import type { Replica } from '../sync/replica.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { purposeReceived } from './purpose-received.js';
import { accept, names, refuse, relocate, see } from './transfers.js';

export const seen = (work: UnitOfWork, transfer: Transfer, hash: Uint8Array): TransferRow =>
  work.transfers.get(hex(hash)) ?? see(work, transfer, hash);

/** The payee refuses a transfer, or all transfers for an invoice. */
export function bookRefusal(
  work: UnitOfWork,
  receipt: Receipt,
  transfer: Transfer | undefined,
  hash: Uint8Array | undefined,
): void {
  work.addVoid(receipt);
  if (transfer && hash) seen(work, transfer, hash);
  for (const row of work.transfersFor(receipt)) if (names(receipt, row)) refuse(work, row, receipt);
}

export function bookAnswer(work: UnitOfWork, receipt: Receipt): void {
  work.addStatement(receipt);
  const row = work.transfers.get(hex(receipt.transfer))!;
  if (receipt.outcome === Outcome.accepted) accept(work, row, receipt);
  else {
    work.addVoid(receipt);
    refuse(work, row, receipt);
  }
}

/**
 * Books the entries of a device's own journal: the money, what the device itself has left, and the rules that
 * it broke.
 */
export class Booking {
  constructor(
    readonly work: UnitOfWork,
    readonly state: DeviceState,
    readonly replica: Replica,
    private readonly hot: HotDevices,
  ) {}

  /** An entry that the bank cannot use is kept and set aside; the device goes on from it as it did. */
  setAside({ sequence, entry }: Numbered, fault: Fault): void {
    const { work, state } = this;
    work.setAside(state.id, sequence, fault.reason, fault.author);
    if (fault.unsound) work.accuse({ kind: 'terms', device: fault.unsound.payer, transfer: fault.unsound });
    else if (fault.author) work.breach(fault.author, fault.reason, sequence);
    if (fault.author && sameBytes(fault.author, state.id)) state.broken = true;
    else if (entry) this.#replay(sequence, entry, 0);
  }

  book({ sequence, entry, transferHash }: Numbered): void {
    switch (entry?.kind) {
      case 'out':
        this.#out(sequence, entry.transfer, transferHash!);
        return this.#replay(sequence, entry, entry.transfer.created_s);
      case 'in':
        this.#in(sequence, entry.receipt, entry.transfer, transferHash!);
        return this.#replay(sequence, entry, entry.receipt.created_s);
      case 'refused':
        bookRefusal(this.work, entry.receipt, entry.transfer, transferHash);
        return this.#replay(sequence, entry, entry.receipt.created_s);
      case 'answer':
        this.#answer(entry.receipt);
        return this.#replay(sequence, entry, entry.receipt.created_s);
    }
  }

  /**
   * Registers what the device has signed in this entry; its hash, or null where the entry is no word of its
   * own.
   */
  statement({ entry, transferHash }: Numbered): Uint8Array | null {
    if (entry?.kind === 'out') return transferHash!;
    return entry?.kind === 'in' || entry?.kind === 'refused' ? this.work.addStatement(entry.receipt) : null;
  }

  /** As the device itself: see Replica. A journal that contradicts itself is followed no further. */
  #replay(sequence: number, entry: JournalEntry, created_s: number): void {
    if (this.state.broken) return;
    try {
      this.replica.apply(entry, created_s);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      this.#broke('journal', sequence);
      this.state.broken = true;
    }
  }

  #broke(rule: string, sequence: number): void {
    this.work.breach(this.state.id, rule, sequence);
  }

  readonly #noteOf = (id: Uint8Array): Note | undefined => {
    const row = this.work.notes.get(hex(id));
    return row && Note.parse(row.bytes);
  };

  #out(sequence: number, transfer: Transfer, hash: Uint8Array): void {
    const { work, state } = this;
    const row = seen(work, transfer, hash);
    if (row.payer_state === 'unseen') row.payer_state = 'open';
    relocate(work, row);
    const payee = work.party(transfer.payee)!;
    this.#judge(sequence, transfer, payee, {
      pays: true,
      time_s: transfer.created_s,
      category: payee.category,
    });
    if (!notesAllow(transfer, this.#noteOf)) work.accuse({ kind: 'terms', device: state.id, transfer });
    if (!areNotesFor(transfer, payee, this.#noteOf)) this.#broke('purpose', sequence);
    for (let i = 0; i < transfer.noteCount; i++) {
      this.#draw(sequence, work.notes.get(hex(transfer.noteId(i)))!, transfer.noteAmount(i));
    }
    const key = String(row.purpose);
    addTo(state.received, key, -transfer.received);
    if ((state.received[key] ?? 0) < 0) work.accuse({ kind: 'overspent', device: state.id, sequence });
    if (!state.broken && !lotsAllow(this.replica.ledger.lots, transfer)) {
      work.accuse({ kind: 'hops', device: state.id, sequence });
    }
  }

  #draw(sequence: number, note: NoteRow, amount: number): void {
    if (note.state === 'issued' || note.state === 'dropped') {
      this.#broke('draws on a note that the device never took', sequence);
    }
    note.remaining -= amount;
    this.work.changedNote(note);
    if (note.remaining < 0) {
      this.work.accuse({ kind: 'overdrawn', device: this.state.id, sequence, note: note.id });
    }
  }

  #in(sequence: number, receipt: Receipt, transfer: Transfer, hash: Uint8Array): void {
    const { work, state } = this;
    const row = seen(work, transfer, hash);
    const [payer, own] = [work.party(transfer.payer)!, work.party(state.id)!];
    const dealing = { pays: false, time_s: receipt.created_s, category: own.category };
    const broke = this.#judge(sequence, transfer, payer, dealing);
    const isAllowed = isAcceptable(transfer, receipt, own, this.#noteOf);
    if (!isAllowed) work.accuse({ kind: 'accepted', device: state.id, receipt, transfer });
    const earlier = this.#earlierReceipt(receipt, row);
    if (earlier) work.accuse({ kind: 'receipts', device: state.id, receipts: [earlier, receipt.bytes] });
    if ((broke || !isAllowed || earlier) && !row.payee_booked) row.unpaid = true;
    accept(work, row, receipt);
    // Neither a transfer accepted twice nor one that its payee has voided is worth anything (again).
    if ((row.place === 'payee' || row.place === 'late') && !row.payee_booked) {
      row.payee_booked = true;
      addTo(state.received, String(purposeReceived(row)), row.total);
    }
  }

  /**
   * A receipt of this device that closed the invoice before: one invoice is accepted once, and never after it
   * was refused.
   */
  #earlierReceipt(receipt: Receipt, row: TransferRow): Uint8Array | undefined {
    const { work, state } = this;
    const isOther = (bytes: Uint8Array) => !sameBytes(bytes, receipt.bytes);
    const closes = (other: { payee: Uint8Array; invoice: Uint8Array }) =>
      sameBytes(other.payee, state.id) && sameBytes(other.invoice, receipt.invoice);
    for (const other of work.transfersFor(receipt)) {
      const isBooked = other.accepted && other.payee_booked;
      if (isBooked && (other === row || isOther(other.accepted!))) return other.accepted!;
    }
    return work.voids.find((each) => closes(each) && each.sequence < receipt.sequence)?.bytes;
  }

  /** Whether the device broke a limit of its own, or dealt with whom it should not. */
  #judge(
    sequence: number,
    transfer: Transfer,
    other: PartyRow,
    dealing: { pays: boolean; time_s: number; category: number },
  ): boolean {
    const { state, replica, work } = this;
    if (state.broken) return true;
    const wasTold = this.hot.devices.some(
      ({ device, version }) => version <= state.told_hot_list && sameBytes(device, other.id),
    );
    const own = work.party(state.id)!;
    const now_s = work.context.time_s;
    const rule = brokenRule(replica.ledger, own.limits, { ...dealing, transfer, now_s, own, other, wasTold });
    if (rule) this.#broke(rule, sequence);
    // Beyond the bounds of a wallet there is no fold to follow.
    if (rule === 'full') state.broken = true;
    return rule !== undefined;
  }

  /** The device counts value that came back on its notes, and as a claim where a note has been retired. */
  #answer(receipt: Receipt): void {
    const { work, state } = this;
    const row = work.transfers.get(hex(receipt.transfer))!;
    if (row.payer_state !== 'open') {
      bookAnswer(work, receipt);
      return;
    }
    if (receipt.outcome === Outcome.accepted) {
      row.payer_state = 'accepted';
      bookAnswer(work, receipt);
      return;
    }
    row.payer_state = 'void';
    bookAnswer(work, receipt);
    const transfer = Transfer.parse(row.bytes)!;
    for (let i = 0; i < transfer.noteCount; i++) {
      const note = work.notes.get(hex(transfer.noteId(i)));
      if (note?.state === 'held') {
        note.remaining += transfer.noteAmount(i);
        work.changedNote(note);
      } else addTo(state.claims, String(row.purpose), transfer.noteAmount(i));
    }
    addTo(state.received, String(row.purpose), row.received);
  }
}
