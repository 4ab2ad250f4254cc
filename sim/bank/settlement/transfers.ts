import { isZero, sameBytes } from '../../../firmware/bytes.js';
import { invoiceEpoch } from '../../../firmware/ledger/journal-entry.js';
import { Outcome, Receipt } from '../../../firmware/objects/receipt.js';
import { Transfer } from '../../../firmware/objects/transfer.js';
import type { Change } from '../accounts/device-books.js';
import { lateLedgerAccount } from '../accounts/ledger.js';
import type { PartyRow, Place, TransferRow, Why } from '../db/rows.js';
import { brokenUnseen } from '../fraud/rules.js';
import { LeafType } from '../ledger/leaf.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { purposeReceived } from './purpose-received.js';

/**
 * Where the value of a transfer belongs is a function of what the bank has been shown, never of the order in
 * which it was shown:
 *
 * 1. The payer's journal has booked a void, or has not shown the transfer and nobody has taken it: with the
 * payer's device.
 * 2. The payee has signed that it has it, and broke no rule of its own by that: with the payee.
 * 3. It comes back (see `whyBack`): held for the payer until its device has given up the transfer, by a
 * settlement or because it has booked a receipt, so that it cannot get the value by a touch as well; then in
 * the payer's account, and that is final. What only time brings back stays held until the payee can take it
 * no more.
 * 4. Otherwise: in flight.
 */
function placeOf(work: UnitOfWork, row: TransferRow): Place {
  const isTaken = row.accepted !== null && row.voided === null && !row.unpaid;
  // What has left for an account is not fetched back from it. Who has settled without it has no claim.
  if (row.place === 'late') return 'late';
  if (row.place === 'account') return isTaken && !hasSettledWithout(work, row) ? 'late' : 'account';
  if (row.payer_state === 'void') return 'payer';
  if (isTaken) return 'payee';
  if (row.payer_state === 'unseen' && !row.accepted) return 'payer';
  row.why = whyBack(work, row);
  if (row.why === '') return 'in-flight';
  const payer = work.party(row.payer)!;
  const isGivenUp = row.payer_state === 'resolved' || row.payer_state === 'accepted' || payer.recovered;
  return isGivenUp && isFinal(work, row) && !payer.convicted ? 'account' : 'held';
}

function whyBack(work: UnitOfWork, row: TransferRow): Why {
  if (row.voided) return 'void';
  if (row.unpaid) return 'unpaid';
  if (hasSettledWithout(work, row)) return 'settled';
  return work.context.time_s > deadlineOf(work.party(row.payee)!, row) ? 'overdue' : '';
}

/** A payee takes transfers for invoices of its current epoch only, and that ends with a settlement. */
const hasSettledWithout = (work: UnitOfWork, row: TransferRow): boolean =>
  work.party(row.payee)!.epoch > invoiceEpoch(row.invoice);

const isFinal = (work: UnitOfWork, row: TransferRow): boolean =>
  row.why === 'void' ||
  row.why === 'settled' ||
  work.party(row.payee)!.certificate_until_s < work.context.time_s;

/**
 * Until when a payee that has stayed offline for as long as it may can still bring its claim. The payer alone
 * signs the first term.
 */
const deadlineOf = (payee: PartyRow, row: TransferRow): number =>
  Math.max(row.claim_by_s, row.seen_s) +
  Math.max(...payee.limits.map((limits) => limits.offlineDuration_s + limits.claimGrace_s));

/** A transfer shown by either side (R25). Shown again, it changes nothing. */
export function see(work: UnitOfWork, transfer: Transfer, hash: Uint8Array): TransferRow {
  const row = work.add(transfer, hash);
  work.addStatement(transfer);
  for (const receipt of work.voids) {
    if (names(receipt, row)) refuse(work, row, receipt);
  }
  return row;
}

/** The payee has it: `receipt` is its word. */
export function accept(work: UnitOfWork, row: TransferRow, receipt: Receipt): void {
  if (row.accepted === null) {
    row.accepted = receipt.bytes;
    const voided = row.voided && Receipt.parse(row.voided)!;
    if (voided && !outranks(voided, receipt)) row.voided = null;
    // The journal of the payee has been here, and had no such receipt: another copy has signed it.
    if (row.place === 'account' && hasSettledWithout(work, row)) {
      work.breach(row.payee, 'unshown', receipt.sequence);
    }
  }
  relocate(work, row);
  if (row.place !== 'payee' || row.payer_state !== 'unseen') return;
  const payer = work.party(row.payer)!;
  const transfer = Transfer.parse(row.bytes)!;
  const rule = brokenUnseen(payer, transfer, work.books.debt(payer), work.context.time_s);
  if (rule && !payer.resuming) work.breach(row.payer, rule, row.sequence);
}

/** The payee has not taken it and never will. */
export function refuse(work: UnitOfWork, row: TransferRow, receipt: Receipt): void {
  const accepted = row.accepted && Receipt.parse(row.accepted)!;
  if (row.voided === null && (!accepted || outranks(receipt, accepted))) row.voided = receipt.bytes;
  relocate(work, row);
}

/** Whether a void is about this transfer: it names it, or it closes the invoice. */
export const names = (receipt: Receipt, row: TransferRow): boolean =>
  receipt.outcome === Outcome.void &&
  sameBytes(receipt.payee, row.payee) &&
  sameBytes(receipt.invoice, row.invoice) &&
  (isZero(receipt.transfer) || sameBytes(receipt.transfer, row.hash));

/**
 * A void that names the transfer always holds; one that closes an invoice does not touch what was accepted
 * before it.
 */
const outranks = (voided: Receipt, accepted: Receipt): boolean =>
  !isZero(voided.transfer) || voided.sequence < accepted.sequence;

/** Moves what time has moved meanwhile. */
export function relocateWaiting(work: UnitOfWork): void {
  for (const row of work.transfers.values()) {
    if (row.place === 'in-flight' || row.place === 'held') relocate(work, row);
  }
}

/**
 * What was not paid to a convicted payee, since its payer had not shown it then, is paid from what the payer
 * has shown since.
 */
export function payShortfalls(work: UnitOfWork, payer: Uint8Array): void {
  const party = work.party(payer)!;
  for (const row of work.transfers.values()) {
    if (row.place !== 'payee' || !sameBytes(row.payer, payer)) continue;
    const amount = Math.min(row.total - row.paid, work.books.free(party, row.purpose));
    if (amount === 0) continue;
    row.paid += amount;
    work.changed(row);
    work.books.book(row.currency, shift(work, row, amount), REASONS.payee, row.hash);
    work.settled(row, LeafType.payment, amount);
  }
}

/** Posts whatever brings the value to where it belongs. */
export function relocate(work: UnitOfWork, row: TransferRow): void {
  work.changed(row);
  const place = placeOf(work, row);
  if (place === row.place) return;
  const back = row.place === 'payee' ? row.paid : 0;
  const changes = [...leave(work, row), ...enter(work, row, place, back)];
  work.books.book(row.currency, changes, REASONS[place], row.hash);
  row.place = place;
}

const REASONS: Record<Place, string> = {
  payer: 'void',
  'in-flight': 'transfer',
  held: 'held',
  payee: 'accepted',
  account: 'returned',
  late: 'late',
};

/** Value from the payer to the payee. */
const shift = (work: UnitOfWork, row: TransferRow, amount: number): Change[] => [
  { party: work.party(row.payer)!, purpose: row.purpose, net: -amount },
  { party: work.party(row.payee)!, purpose: purposeReceived(row), net: amount },
];

function leave(work: UnitOfWork, row: TransferRow): Change[] {
  const { purpose, total, paid } = row;
  const party = work.party(row.payer)!;
  switch (row.place) {
    case 'in-flight':
      return [{ party, purpose, in_flight: -total }];
    case 'held':
      return [{ party, purpose, waiting: -total }];
    case 'payee':
      row.paid = 0;
      work.settled(row, LeafType.reversal, paid);
      return shift(work, row, -paid);
    default:
      return [];
  }
}

/** `back`: what the payer gets from where the value was, in the same booking. */
function enter(work: UnitOfWork, row: TransferRow, place: Place, back: number): Change[] {
  const { purpose, total } = row;
  const party = work.party(row.payer)!;
  const payee = work.party(row.payee)!;
  switch (place) {
    case 'in-flight':
      return [{ party, purpose, in_flight: total }];
    case 'held':
      return [{ party, purpose, waiting: total }];
    case 'payee':
      // A payee in good faith is paid, whatever its payer has; a convicted one has what is there taken into
      // account.
      row.paid = payee.convicted ? work.books.covered(party, row) : total;
      work.settled(row, LeafType.payment, row.paid);
      return shift(work, row, row.paid);
    case 'account': {
      row.paid = work.books.covered(party, row, back);
      const ledgerAccount = work.books.home(party, purpose);
      return [
        { party, purpose, net: -row.paid },
        { ledgerAccount, amount: row.paid },
      ];
    }
    case 'late':
      if (payee.convicted) return [];
      work.settled(row, LeafType.late, total);
      return [
        { ledgerAccount: lateLedgerAccount(row.payee, party.operator), amount: -total },
        { party: payee, purpose: purposeReceived(row), net: total },
      ];
    default:
      return [];
  }
}
