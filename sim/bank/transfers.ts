import { sameBytes } from '../../firmware/bytes.js';
import { Outcome, Receipt } from '../../firmware/objects/receipt.js';
import type { Transfer } from '../../firmware/objects/transfer.js';
import { isZero } from './bytes.js';
import { availableSpot, deviceSpot, flightSpot, type Spot } from './ledger.js';
import type { Place, TransferRow } from './rows.js';
import type { Work } from './work.js';

/**
 * Where the value of a transfer belongs is a function of what the bank has been shown, never of the order in
 * which it was shown:
 *
 * 1. The payer's journal has booked a void: with the payer's device.
 * 2. The payee has signed a void: in the payer's account; the payer's device is told.
 * 3. The payee has signed that it has it: with the payee.
 * 4. The time to claim it has passed, or the payee has settled the epoch of its invoice without it and so can
 * take it no
 *    more: in the payer's account, until the payee claims it after all.
 * 5. Otherwise: in flight.
 */
function placeOf(row: TransferRow): Place {
  if (row.payer_state === 'void') return 'payer';
  if (row.voided) return 'account';
  if (row.accepted) return 'payee';
  return row.timed_out ? 'account' : 'flight';
}

/** A transfer shown by either side (R25). Shown again, it changes nothing. */
export function see(work: Work, transfer: Transfer, hash: Uint8Array): TransferRow {
  const row = work.add(transfer, hash);
  work.addStatement(transfer);
  relocate(work, row);
  for (const receipt of work.voids) {
    if (names(receipt, row)) refuse(work, row, receipt);
  }
  return row;
}

/** The payee has it: `receipt` is its word. */
export function accept(work: Work, row: TransferRow, receipt: Receipt): void {
  if (row.accepted === null) {
    row.accepted = receipt.bytes;
    const voided = row.voided && Receipt.parse(row.voided)!;
    if (voided && !outranks(voided, receipt)) row.voided = null;
  }
  relocate(work, row);
}

/** The payee has not taken it and never will. */
export function refuse(work: Work, row: TransferRow, receipt: Receipt): void {
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

/** Returns what should have been claimed by now. */
export function returnOverdue(work: Work): void {
  for (const row of work.transfers.values()) {
    if (row.place === 'flight' && row.claim_by_s < work.context.time_s) giveBack(work, row);
  }
}

/** Nobody has claimed it, or can any more. */
export function giveBack(work: Work, row: TransferRow): void {
  row.timed_out = true;
  relocate(work, row);
}

/** Posts whatever brings the value to where it belongs. */
export function relocate(work: Work, row: TransferRow): void {
  work.changed(row);
  const place = placeOf(row);
  if (place === row.place) return;
  const payer = work.party(row.payer)!;
  const reason = { payer: 'void', flight: 'transfer', payee: 'accepted', account: 'returned' }[place];
  const [from, to] = [spotOf(work, row, row.place), spotOf(work, row, place)];
  work.ledger.move(from, to, row.currency, row.total, reason, row.hash, payer.operator);
  row.place = place;
}

function spotOf(work: Work, row: TransferRow, place: Place): Spot {
  const payer = work.party(row.payer)!;
  switch (place) {
    case 'payer':
      // What was left on a lost device has gone back to its owner's account; what it had spent comes from
      // there.
      return payer.recovered
        ? availableSpot(payer.account, row.purpose)
        : deviceSpot(row.payer, payer.operator);
    case 'flight':
      return flightSpot(row.hash, payer.operator);
    case 'payee':
      return deviceSpot(row.payee, work.party(row.payee)!.operator);
    case 'account':
      return availableSpot(payer.account, row.purpose);
  }
}
