import { dayOf } from '../../../firmware/ledger/calendar-day.js';
import { invoiceEpoch } from '../../../firmware/ledger/journal-entry.js';
import type { Ledger } from '../../../firmware/ledger/ledger.js';
import type { Lots } from '../../../firmware/ledger/lots.js';
import { IN_FLIGHT_MAX } from '../../../firmware/limits.js';
import type { Note } from '../../../firmware/objects/note.js';
import { type Limits, TIERS } from '../../../firmware/objects/profile.js';
import type { Receipt } from '../../../firmware/objects/receipt.js';
import { U32_MAX } from '../../../firmware/objects/shape.js';
import { covers, isSound } from '../../../firmware/objects/sound.js';
import type { Transfer } from '../../../firmware/objects/transfer.js';
import { Consent } from '../../../firmware/payment/consent.js';
import {
  canCount,
  checkPolicy,
  countersOf,
  isAbove,
  isFor,
  tierPaymentMax,
} from '../../../firmware/payment/policy.js';
import { refusalName } from '../../../firmware/protocol/refusal.js';
import type { PartyRow } from '../db/rows.js';

/**
 * Whether a payer may have made this transfer of these lots: there is enough whose terms are no stricter than
 * those that the transfer declares.
 */
export function lotsAllow(lots: Lots, transfer: Transfer): boolean {
  const { purpose, received, created_s } = transfer;
  return received === 0 || lots.peek(purpose, received, created_s, transfer) !== undefined;
}

/**
 * Whether a transfer is one that a wallet may sign over these notes of its own. Each note is looked for by
 * its id.
 */
export function notesAllow(transfer: Transfer, noteOf: (id: Uint8Array) => Note | undefined): boolean {
  if (!isSound(transfer)) return false;
  for (let i = 0; i < transfer.noteCount; i++) {
    const note = noteOf(transfer.noteId(i));
    if (note && (!covers(note, transfer, i) || note.expires_s <= transfer.created_s)) return false;
  }
  return true;
}

/** Whether the notes of a transfer may be paid to this payee. Each note is looked for by its id. */
export function areNotesFor(
  transfer: Transfer,
  payee: Parameters<typeof isFor>[1],
  noteOf: (id: Uint8Array) => Note | undefined,
): boolean {
  for (let i = 0; i < transfer.noteCount; i++) {
    const note = noteOf(transfer.noteId(i));
    if (note && !isFor(note, payee)) return false;
  }
  return true;
}

/** What the journal says about who pays or is paid, for the limits. */
export interface Dealing {
  readonly transfer: Transfer;
  readonly pays: boolean;
  /** When it was signed: the latest time that anyone in that touch claimed. */
  readonly time_s: number;
  /** Bank time. */
  readonly now_s: number;
  readonly own: Pick<PartyRow, 'tier'>;
  readonly other: PartyRow;
  /** The payee's merchant category. */
  readonly category: number;
  /** The other was on the hot list that this device has had since its last settlement. */
  readonly wasTold: boolean;
}

/**
 * The rule that a device broke by paying or taking this, or undefined: as its own firmware would have judged
 * it before the entry, under the mildest of the profiles that may have been in force. Consent is not in the
 * journal, and neither is the wallet's own clock, so the limit of a day is held against all the days that
 * there can have been since the last sync, and the clock is taken to be as far on as it can be.
 */
export function brokenRule(ledger: Ledger, limits: readonly Limits[], dealing: Dealing): string | undefined {
  const { transfer, pays, time_s, other, wasTold } = dealing;
  if (ledger.epoch === 0) return 'notActive';
  if (ledger.suspended) return 'suspended';
  if (wasTold) return 'hotListed';
  if (!pays && invoiceEpoch(transfer.invoice) !== ledger.epoch) return 'settledSince';
  if (time_s > other.certificate_until_s && !other.resuming) return 'certificateExpired';
  if (pays && ledger.inFlightTransfers.length >= IN_FLIGHT_MAX) return 'full';
  if (!ledger.canReceive) return 'full';
  let why: string | undefined;
  for (const each of limits) {
    why = brokenLimit(ledger, each, dealing);
    if (why === undefined) return undefined;
  }
  return why;
}

/** A clock that counts one part in so many too fast is still an honest one: chips sleep on RC oscillators. */
const DRIFT_PARTS = 16;
const driftMax_s = (since_s: number): number => Math.floor(Math.max(0, since_s) / DRIFT_PARTS);

function brokenLimit(ledger: Ledger, limits: Limits, dealing: Dealing): string | undefined {
  const { transfer, pays, time_s, now_s, own, other, category } = dealing;
  const { total, received } = transfer;
  const dealings = ledger.counterparties.with(other.id);
  const counters = { ...countersOf(ledger, limits), paidThatDay: 0 };
  const refusal = checkPolicy(limits, counters, {
    pays,
    amount: total,
    received,
    category,
    ownTier: own.tier,
    // Books that were put back may know of a weaker certificate than it has shown.
    tier: other.resuming ? TIERS - 1 : other.tier,
    operator: other.operator,
    counterpartyCount: dealings.payments,
    counterpartyAmount: dealings.amount,
    own_s: Math.min(time_s, now_s + driftMax_s(now_s - ledger.lastSync_s)),
    time_s,
    consent: Consent.pin,
  });
  if (refusal !== undefined) return refusalName(refusal);
  if (!canCount(limits, ledger.counterparties, other.id)) return 'full';
  // `unconfirmed` of a replica is all that was paid since the last sync: it knows of no confirmation.
  // A clock that has lost its power goes back to the last sync, and the wallet stays on its last day.
  const days = Math.max(dayOf(time_s), ledger.day) - dayOf(ledger.lastSync_s) + 1;
  const spent = Math.min(ledger.unconfirmed + total, U32_MAX);
  return pays && isAbove(spent, limits.dayMax) && spent > limits.dayMax * Math.max(1, days)
    ? 'dayLimit'
    : undefined;
}

/** Whether a payee may accept this, by what the objects alone say. */
export function isAcceptable(
  transfer: Transfer,
  receipt: Receipt,
  payee: Parameters<typeof isFor>[1],
  noteOf: (id: Uint8Array) => Note | undefined,
): boolean {
  const isMeant = transfer.purpose === 0 || transfer.purpose === payee.category;
  return (
    isMeant &&
    areNotesFor(transfer, payee, noteOf) &&
    transfer.expires_s > receipt.created_s &&
    notesAllow(transfer, noteOf)
  );
}

/**
 * The rule that a payer broke by a transfer that only its payee has shown, as far as that can be said without
 * the payer's journal. Bounds what a device that never syncs can have others paid for.
 */
export function brokenUnseen(
  payer: PartyRow,
  transfer: Transfer,
  debt: number,
  now_s: number,
): string | undefined {
  const { created_s, total, received } = transfer;
  let why: string | undefined;
  for (const limits of payer.limits) {
    const each = Math.min(limits.paymentMax, limits.receivedPaymentMax);
    if (isAbove(created_s - payer.issued_s, limits.offlineDuration_s)) why = 'offlineDuration';
    else if (isAbove(created_s - now_s - driftMax_s(limits.offlineDuration_s), limits.clocksApart_s))
      why = 'offlineDuration';
    else if (total > limits.paymentMax) why = 'paymentLimit';
    else if (isAbove(total, tierPaymentMax(limits, payer.tier))) why = 'tierLimit';
    else if (received > limits.receivedPaymentMax) why = 'receivedLimit';
    else if (isAbove(debt, limits.balanceMax) && debt > each * limits.offlineCountMax) why = 'offlineCount';
    else return undefined;
  }
  return why;
}
