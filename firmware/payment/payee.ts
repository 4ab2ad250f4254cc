import { invoiceEpoch, parseEntry } from '../ledger/journal-entry.js';
import { VOIDS_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import type { Invoice } from '../objects/invoice.js';
import type { Note } from '../objects/note.js';
import { Outcome, RECEIPT_BYTES, Receipt } from '../objects/receipt.js';
import { TRANSFER_BYTES_MAX, type Transfer } from '../objects/transfer.js';
import { Refusal } from '../protocol/refusal.js';
import { type GenuineCertificate, isRefusal } from '../trust/trust.js';
import { Consent } from './consent.js';
import { checkLifecycle } from './lifecycle.js';
import { type Decision, type Effect, refused, type View } from './payment-view.js';
import { canCount, checkPolicy, countersOf } from './policy.js';

/** The receiving side of a touch. What it has asked for, and whose signatures it has found good so far. */
export type PayeeState =
  | { readonly at: 'idle' }
  | {
      readonly at: 'shown';
      readonly payer: GenuineCertificate;
      readonly notes: readonly Note[];
      /** Whether the notes' signatures were found good. */
      readonly genuine: boolean;
    };

export type PayeeEvent =
  /**
   * The payer has shown itself and the notes it will use: its certificate is checked, and everything of the
   * notes but their signatures.
   */
  | {
      readonly type: 'shown';
      readonly payer: Certificate;
      readonly notes: readonly Note[];
      readonly time_s: number;
    }
  /** The signatures of the notes; done while the payer signs. */
  | { readonly type: 'check' }
  /** A transfer by the payer that was shown. `invoice` is what was asked in this touch, if anything. */
  | {
      readonly type: 'transfer';
      readonly transfer: Transfer;
      readonly invoice: Invoice | undefined;
      readonly time_s: number;
    }
  /** The sale is off: whatever was sent for this invoice will not be taken. */
  | { readonly type: 'cancel'; readonly invoice: Invoice; readonly time_s: number };

export const payeeIdle: PayeeState = { at: 'idle' };

export function payee(view: View, state: PayeeState, event: PayeeEvent): Decision<PayeeState> {
  switch (event.type) {
    case 'shown':
      return checkPayer(view, event.payer, event.notes, event.time_s);
    case 'check':
      return state.at === 'shown' ? verifySignatures(view, state) : refused(state, Refusal.order);
    case 'transfer':
      return state.at === 'shown'
        ? acceptOrVoid(view, state, event.transfer, event.invoice, event.time_s)
        : refused(state, Refusal.order);
    case 'cancel':
      return cancelInvoice(view, state, event.invoice, event.time_s);
  }
}

function checkPayer(
  view: View,
  payer: Certificate,
  notes: readonly Note[],
  time_s: number,
): Decision<PayeeState> {
  const admitted = view.trust.admit(payer, time_s);
  if (isRefusal(admitted)) return refused(payeeIdle, admitted);
  if (view.crypto.equal(payer.id, view.certificate.id)) return refused(payeeIdle, Refusal.self);
  for (const note of notes) {
    const sound = view.crypto.equal(note.owner, payer.id) && view.crypto.equal(note.currency, view.currency);
    if (!sound || !view.trust.operator(note.issuer)) return refused(payeeIdle, Refusal.note);
    if (note.expires_s <= time_s) return refused(payeeIdle, Refusal.moneyExpired);
  }
  return { state: { at: 'shown', payer: admitted, notes, genuine: false }, effects: [] };
}

function verifySignatures(view: View, state: PayeeState & { at: 'shown' }): Decision<PayeeState> {
  if (state.genuine) return { state, effects: [] };
  for (const note of state.notes) {
    const issuer = view.trust.operator(note.issuer);
    if (!issuer || !note.verify(view.crypto, issuer.key)) return refused(payeeIdle, Refusal.note);
  }
  return { state: { ...state, genuine: true }, effects: [] };
}

/**
 * Accepts a transfer, or voids it, or gives again the receipt that it got before. A transfer that its payer
 * has not signed, or shows no good certificate for, gets no receipt at all: nobody could claim it.
 */
function acceptOrVoid(
  view: View,
  shown: PayeeState & { at: 'shown' },
  transfer: Transfer,
  invoice: Invoice | undefined,
  time_s: number,
): Decision<PayeeState> {
  const mine =
    view.crypto.equal(transfer.payee, view.certificate.id) &&
    view.crypto.equal(transfer.payer, shown.payer.id);
  if (!mine) return refused(payeeIdle, Refusal.mismatch);
  if (invoiceEpoch(transfer.invoice) !== view.ledger.epoch) return refused(payeeIdle, Refusal.settledSince);
  // Whether it is closed is searched for from where its id says; one that says "later" would be found open
  // again and again.
  const since = view.madeAfter(transfer.invoice);
  if (since > view.ledger.sequence) return refused(payeeIdle, Refusal.mismatch);
  const hash = transfer.hash(view.crypto);
  const closed = closing(view, transfer.invoice, since);
  if (closed && view.crypto.equal(closed.transfer, hash)) {
    const effect: Effect = { do: 'answer', receipt: closed, transfer, why: undefined, again: true };
    return { state: payeeIdle, effects: [effect] };
  }
  const checked = verifySignatures(view, shown);
  if (checked.state.at !== 'shown') return checked;
  if (!transfer.verify(view.crypto, shown.payer.signingKey)) return refused(payeeIdle, Refusal.signature);
  const why = closed ? Refusal.mismatch : checkTransfer(view, shown, transfer, invoice, time_s);
  if (why !== undefined && view.ledger.voids >= VOIDS_MAX) return refused(payeeIdle, why);
  const receipt = Receipt.build(view.crypto, view.signingKey, {
    payee: view.certificate.id,
    payer: transfer.payer,
    invoice: transfer.invoice,
    transfer: hash,
    outcome: why === undefined ? Outcome.accepted : Outcome.void,
    sequence: view.ledger.sequence + 1,
    created_s: time_s,
  });
  if (!view.fits(RECEIPT_BYTES + transfer.bytes.length)) return refused(payeeIdle, Refusal.full);
  return {
    state: payeeIdle,
    effects: [
      {
        do: 'commit',
        entry: { kind: why === undefined ? 'in' : 'refused', receipt, transfer },
        confirmed: false,
      },
      { do: 'answer', receipt, transfer, why, again: false },
    ],
  };
}

/** Our receipt that closed the invoice, or undefined while it is open. */
export function closing(view: View, invoice: Uint8Array, since?: number): Receipt | undefined {
  const bytes = view.closing(invoice, since);
  const entry = bytes && parseEntry(view.certificate.id, bytes);
  return entry?.kind === 'in' || entry?.kind === 'refused' ? entry.receipt : undefined;
}

/**
 * Whether an amount from this payer could be taken now, as far as that can be said before there is a
 * transfer. To be asked before the payer commits, so that it deducts only when its payee is ready (R17).
 */
export function checkBeforehand(
  view: View,
  payer: GenuineCertificate,
  amount: number,
  time_s: number,
): Refusal | undefined {
  const room = view.ledger.canReceive && view.fits(RECEIPT_BYTES + TRANSFER_BYTES_MAX);
  return (
    checkParties(view, payer, time_s) ??
    checkLimits(view, payer, amount, 0, time_s) ??
    (room && canCount(view.limits, view.ledger.counterparties, payer.id) ? undefined : Refusal.full)
  );
}

/**
 * Our own condition, and once more the payer's at our own time: a resumed transfer was shown at the time that
 * its payer claims for it.
 */
function checkParties(view: View, payer: GenuineCertificate, time_s: number): Refusal | undefined {
  return checkLifecycle(view.lifecycle) ?? view.trust.checkCertificate(payer, time_s);
}

function checkLimits(
  view: View,
  payer: GenuineCertificate,
  amount: number,
  received: number,
  time_s: number,
): Refusal | undefined {
  const { limits } = view;
  const dealings = view.ledger.counterparties.with(payer.id);
  return checkPolicy(limits, countersOf(view.ledger, limits), {
    pays: false,
    amount,
    received,
    category: view.certificate.category,
    operator: payer.issuer,
    counterpartyCount: dealings.payments,
    counterpartyAmount: dealings.amount,
    own_s: view.own_s,
    time_s,
    consent: Consent.none,
  });
}

function checkTransfer(
  view: View,
  shown: PayeeState & { at: 'shown' },
  transfer: Transfer,
  invoice: Invoice | undefined,
  time_s: number,
): Refusal | undefined {
  const why = checkParties(view, shown.payer, time_s);
  if (why !== undefined) return why;
  if (!view.crypto.equal(transfer.currency, view.currency)) return Refusal.mismatch;
  // R16: what was asked in this touch, to the fen. A transfer resumed from an earlier touch answers an
  // invoice that may be forgotten.
  if (invoice && view.crypto.equal(invoice.id, transfer.invoice) && transfer.total !== invoice.amount) {
    return Refusal.mismatch;
  }
  if (transfer.purpose !== 0 && transfer.purpose !== view.certificate.category) return Refusal.purpose;
  return (
    checkInputs(view, shown.notes, transfer, time_s) ??
    checkLimits(view, shown.payer, transfer.total, transfer.received, time_s) ??
    checkRoom(view, transfer)
  );
}

/** The terms that the payer declares must not be milder than its notes'. */
function checkInputs(
  view: View,
  notes: readonly Note[],
  transfer: Transfer,
  time_s: number,
): Refusal | undefined {
  if (transfer.expires_s <= time_s) return Refusal.moneyExpired;
  if (transfer.noteCount !== notes.length) return Refusal.note;
  for (let i = 0; i < notes.length; i++) {
    const note = notes[i];
    const covers =
      view.crypto.equal(note.id, transfer.noteId(i)) &&
      transfer.noteAmount(i) <= note.value &&
      transfer.purpose === note.purpose &&
      transfer.hopsLimit <= note.hopsMax &&
      transfer.expires_s <= note.expires_s;
    if (!covers) return Refusal.note;
  }
  return undefined;
}

function checkRoom(view: View, transfer: Transfer): Refusal | undefined {
  const terms = { hops: transfer.hops + 1, hopsLimit: transfer.hopsLimit, expires_s: transfer.expires_s };
  const room =
    view.ledger.canReceive &&
    view.ledger.lots.fits(transfer.purpose, terms) &&
    canCount(view.limits, view.ledger.counterparties, transfer.payer);
  return room ? undefined : Refusal.full;
}

function cancelInvoice(
  view: View,
  state: PayeeState,
  invoice: Invoice,
  time_s: number,
): Decision<PayeeState> {
  // One of an earlier epoch is closed by the settlement, and its number may be in use again.
  if (invoiceEpoch(invoice.id) !== view.ledger.epoch) return refused(state, Refusal.settledSince);
  if (view.closing(invoice.id) !== undefined) return refused(state, Refusal.order);
  const receipt = Receipt.build(view.crypto, view.signingKey, {
    payee: view.certificate.id,
    payer: new Uint8Array(8),
    invoice: invoice.id,
    transfer: new Uint8Array(32),
    outcome: Outcome.void,
    sequence: view.ledger.sequence + 1,
    created_s: time_s,
  });
  if (!view.fits(receipt.bytes.length)) return refused(state, Refusal.full);
  return {
    state: payeeIdle,
    effects: [
      { do: 'commit', entry: { kind: 'refused', receipt, transfer: undefined }, confirmed: false },
      { do: 'answer', receipt, transfer: undefined, why: undefined, again: false },
    ],
  };
}
