import { invoiceEpoch } from '../ledger/journal-entry.js';
import { ANY_TERMS } from '../ledger/lots.js';
import type { Pick } from '../ledger/note-index.js';
import { HOPS_MAX, IN_FLIGHT_TO_ONE_MAX, INVOICE_VALIDITY_S } from '../limits.js';
import type { Invoice } from '../objects/invoice.js';
import { ReceivedPolicy } from '../objects/profile.js';
import type { Receipt } from '../objects/receipt.js';
import { type NoteInput, type Terms, Transfer } from '../objects/transfer.js';
import { Refusal } from '../protocol/refusal.js';
import type { GenuineCertificate } from '../trust/trust.js';
import { Consent } from './consent.js';
import { checkLifecycle } from './lifecycle.js';
import { type Decision, type Effect, refused, type View } from './payment-view.js';
import { canCount, checkPolicy, countersOf, type Proposal } from './policy.js';

/** What a payment will be made of. */
interface Draft {
  readonly purpose: number;
  readonly received: number;
  readonly notes: readonly NoteInput[];
  readonly terms: Terms;
}

/**
 * The paying side of a touch. `agreed`: policy, presence and money are settled for one invoice; nothing is
 * spent before the `pay` event, which comes only from a payee who has proved itself live (R17).
 */
export type PayerState =
  | { readonly at: 'idle' }
  | {
      readonly at: 'agreed';
      readonly payee: GenuineCertificate;
      readonly invoice: Invoice;
      readonly time_s: number;
      readonly draft: Draft;
      readonly confirmed: boolean;
      /** Entries in the journal then: the draft holds for exactly this point. */
      readonly sequence: number;
    };

export type PayerEvent =
  /**
   * The payee asks. `payee` is verified, and the invoice proved to come from it. `ordered`: what the user
   * gave with an order of their own.
   */
  | {
      readonly type: 'invoice';
      readonly payee: GenuineCertificate;
      readonly invoice: Invoice;
      readonly ordered?: Consent;
    }
  | { readonly type: 'pay' }
  /** The payee asks for what is in flight to it, and says in which epoch it is. */
  | { readonly type: 'resume'; readonly payee: GenuineCertificate; readonly epoch: number }
  | { readonly type: 'receipt'; readonly payee: GenuineCertificate; readonly receipt: Receipt };

export const payerIdle: PayerState = { at: 'idle' };

export function payer(view: View, state: PayerState, event: PayerEvent): Decision<PayerState> {
  switch (event.type) {
    case 'invoice':
      return evaluateInvoice(view, event.payee, event.invoice, event.ordered ?? Consent.none);
    case 'pay':
      return state.at === 'agreed' ? signTransfer(view, state) : refused(state, Refusal.order);
    case 'resume':
      return resumeTransfer(view, state, event.payee, event.epoch);
    case 'receipt':
      return bookReceipt(view, state, event.payee, event.receipt);
  }
}

function evaluateInvoice(
  view: View,
  payee: GenuineCertificate,
  invoice: Invoice,
  ordered: Consent,
): Decision<PayerState> {
  const inFlightTransfer = view.ledger.inFlightTransferTo(payee.id, invoiceEpoch(invoice.id));
  if (inFlightTransfer) return refused(payerIdle, Refusal.resume);
  const time_s = Math.max(view.own_s, invoice.created_s);
  const why = checkInvoice(view, payee, invoice, time_s);
  if (why !== undefined) return refused(payerIdle, why);
  const unanswered = view.ledger.inFlightTransfers.filter(({ transfer }) =>
    view.crypto.equal(transfer.payee, payee.id),
  );
  if (unanswered.length >= IN_FLIGHT_TO_ONE_MAX) return refused(payerIdle, Refusal.counterparty);
  const draft = choose(view, invoice, time_s);
  if (!draft) return refused(payerIdle, shortage(view, invoice, time_s));
  if (!canCount(view.limits, view.ledger.counterparties, payee.id)) return refused(payerIdle, Refusal.full);
  const asked = view.consentFor(invoice.bytes);
  const consent = asked > ordered ? asked : ordered;
  const limit = checkPolicy(
    view.limits,
    countersOf(view.ledger, view.limits),
    proposalOf(view, payee, invoice, draft, time_s, consent),
  );
  if (limit === Refusal.button || limit === Refusal.pin) return askUser(view, invoice, limit);
  if (limit !== undefined) return refused(payerIdle, limit);
  return {
    state: {
      at: 'agreed',
      payee,
      invoice,
      time_s,
      draft,
      confirmed: consent !== Consent.none,
      sequence: view.ledger.sequence,
    },
    effects: [{ do: 'show', notes: draft.notes.map((note) => note.id) }],
  };
}

function checkInvoice(
  view: View,
  payee: GenuineCertificate,
  invoice: Invoice,
  time_s: number,
): Refusal | undefined {
  const why = checkLifecycle(view.lifecycle);
  if (why !== undefined) return why;
  if (view.crypto.equal(payee.id, view.certificate.id)) return Refusal.self;
  const distrust = view.trust.checkCertificate(payee, time_s);
  if (distrust !== undefined) return distrust;
  const mismatch =
    !view.crypto.equal(invoice.payee, payee.id) ||
    !view.crypto.equal(invoice.currency, view.currency) ||
    invoice.category !== payee.category;
  if (mismatch) return Refusal.mismatch;
  if (invoice.validUntil_s < time_s) return Refusal.invoiceExpired;
  // It says until when the value is out of our hands if the payee never answers, so it is not the payee's to
  // choose.
  if (invoice.validUntil_s > time_s + INVOICE_VALIDITY_S) return Refusal.mismatch;
  return view.ledger.canPay ? undefined : Refusal.full;
}

/** Notes if they are enough, else received value, else both. Money for the payee's purpose goes first. */
function choose(view: View, invoice: Invoice, time_s: number): Draft | undefined {
  const circulates = view.limits.received === ReceivedPolicy.circulating;
  for (const purpose of purposesOf(invoice)) {
    const notes = view.ledger.noteIndex.choose(purpose, invoice.amount, time_s);
    if (notes) return { purpose, received: 0, notes: notes.notes, terms: notes };
    const draft = circulates ? chooseReceived(view, purpose, invoice.amount, time_s) : undefined;
    if (draft) return draft;
  }
  return undefined;
}

const purposesOf = ({ category }: Invoice): readonly number[] => (category === 0 ? [0] : [category, 0]);

/**
 * What comes first, if its terms go together; else what is left when a hop limit is set below which nothing
 * is used, and at which everything is left aside: whatever can be paid together has such a limit.
 */
function chooseReceived(view: View, purpose: number, amount: number, time_s: number): Draft | undefined {
  let draft = combine(view, purpose, amount, time_s, ANY_TERMS);
  for (let hopsLimit = 2; !draft && hopsLimit <= HOPS_MAX; hopsLimit++) {
    draft = combine(view, purpose, amount, time_s, { hops: hopsLimit - 1, hopsLimit, expires_s: 0 });
  }
  return draft;
}

/**
 * Received value within these terms, and notes for the rest. Undefined when that is not enough, or could not
 * change hands together.
 */
function combine(
  view: View,
  purpose: number,
  amount: number,
  time_s: number,
  within: Readonly<Terms>,
): Draft | undefined {
  const { noteIndex, lots } = view.ledger;
  const received = Math.min(amount, lots.spendable(purpose, time_s, within));
  const sum = received > 0 ? lots.peek(purpose, received, time_s, within) : undefined;
  const rest =
    received < amount ? noteIndex.choose(purpose, amount - received, time_s, within.hopsLimit) : NO_NOTES;
  if (!sum || !rest) return undefined;
  const terms = strictest(sum, rest);
  return terms.hops < terms.hopsLimit ? { purpose, received, notes: rest.notes, terms } : undefined;
}

const NO_NOTES: Pick = { notes: [], hops: 0, hopsLimit: 0xff, expires_s: 0xffffffff };

const strictest = (a: Terms, b: Terms): Terms => ({
  hops: Math.max(a.hops, b.hops),
  hopsLimit: Math.min(a.hopsLimit, b.hopsLimit),
  expires_s: Math.min(a.expires_s, b.expires_s),
});

/** Why there is no draft: the money is there but not of one kind, or may not be used, or is not there. */
function shortage(view: View, invoice: Invoice, time_s: number): Refusal {
  const { ledger, limits } = view;
  const { noteIndex, lots } = ledger;
  const circulates = limits.received === ReceivedPolicy.circulating;
  let notes = 0;
  let usable = 0;
  for (const purpose of purposesOf(invoice)) {
    notes += noteIndex.usable(purpose, time_s);
    if (circulates) usable += lots.spendable(purpose, time_s);
  }
  if (notes + usable >= invoice.amount) return Refusal.fragmented;
  if (notes + lots.total >= invoice.amount) return Refusal.receivedLimit;
  return ledger.held >= invoice.amount && noteIndex.spendable(0, 0) >= invoice.amount
    ? Refusal.moneyExpired
    : Refusal.insufficient;
}

function proposalOf(
  view: View,
  payee: GenuineCertificate,
  invoice: Invoice,
  draft: Draft,
  time_s: number,
  consent: Consent,
): Proposal {
  const dealings = view.ledger.counterparties.with(payee.id);
  return {
    pays: true,
    amount: invoice.amount,
    received: draft.received,
    category: payee.category,
    operator: payee.issuer,
    counterpartyCount: dealings.payments,
    counterpartyAmount: dealings.amount,
    own_s: view.own_s,
    time_s,
    consent,
  };
}

function askUser(view: View, invoice: Invoice, why: Refusal): Decision<PayerState> {
  if (why === Refusal.pin && view.pinLocked) return refused(payerIdle, Refusal.pinLocked);
  const ask: Effect = {
    do: 'ask',
    invoice: invoice.bytes,
    amount: invoice.amount,
    payee: invoice.payee,
    needsPin: why === Refusal.pin,
  };
  return { state: payerIdle, effects: [ask, { do: 'refuse', why }] };
}

function signTransfer(view: View, state: PayerState & { at: 'agreed' }): Decision<PayerState> {
  const { invoice, draft } = state;
  // Whatever was booked since (a receipt, value received, a settlement) may have moved the money that the
  // draft counts on.
  if (state.sequence !== view.ledger.sequence) return refused(payerIdle, Refusal.order);
  const transfer = Transfer.build(view.crypto, view.signingKey, {
    payer: view.certificate.id,
    payee: state.payee.id,
    invoice: invoice.id,
    currency: view.currency,
    purpose: draft.purpose,
    sequence: view.ledger.sequence + 1,
    previous: view.ledger.head,
    created_s: state.time_s,
    claimBy_s: invoice.validUntil_s + view.limits.claimGrace_s,
    received: draft.received,
    terms: draft.terms,
    notes: draft.notes,
  });
  if (!view.fits(transfer.bytes.length)) return refused(payerIdle, Refusal.full);
  return {
    state: payerIdle,
    effects: [
      { do: 'commit', entry: { kind: 'out', transfer }, confirmed: state.confirmed },
      { do: 'hand', transfer },
    ],
  };
}

function resumeTransfer(
  view: View,
  state: PayerState,
  payee: GenuineCertificate,
  epoch: number,
): Decision<PayerState> {
  const inFlightTransfer = view.ledger.inFlightTransferTo(payee.id, epoch);
  if (!inFlightTransfer) return refused(state, Refusal.nothing);
  return { state: payerIdle, effects: [{ do: 'hand', transfer: inFlightTransfer.transfer }] };
}

/**
 * A receipt that answers nothing in flight has been booked before, or its transfer was settled by the bank:
 * nothing to do.
 */
function bookReceipt(
  view: View,
  state: PayerState,
  payee: GenuineCertificate,
  receipt: Receipt,
): Decision<PayerState> {
  const inFlightTransfer = view.ledger.inFlightTransfers.find((candidate) =>
    view.crypto.equal(candidate.hash, receipt.transfer),
  );
  if (!inFlightTransfer) return { state, effects: [] };
  const meant =
    view.crypto.equal(receipt.payee, payee.id) &&
    view.crypto.equal(inFlightTransfer.transfer.payee, payee.id) &&
    view.crypto.equal(receipt.payer, view.certificate.id) &&
    view.crypto.equal(receipt.invoice, inFlightTransfer.transfer.invoice);
  if (!meant) return refused(state, Refusal.mismatch);
  if (!receipt.verify(view.crypto, payee.signingKey)) return refused(state, Refusal.signature);
  if (!view.fitsReserved(receipt.bytes.length)) return refused(state, Refusal.full);
  return { state, effects: [{ do: 'commit', entry: { kind: 'answer', receipt }, confirmed: false }] };
}
