import { invoiceEpoch } from '../ledger/journal-entry.js';
import { IN_FLIGHT_TO_ONE_MAX, INVOICE_VALIDITY_S } from '../limits.js';
import type { Invoice } from '../objects/invoice.js';
import type { Receipt } from '../objects/receipt.js';
import { U32_MAX } from '../objects/shape.js';
import { Transfer } from '../objects/transfer.js';
import { Refusal } from '../protocol/refusal.js';
import type { GenuineCertificate } from '../trust/trust.js';
import { Consent } from './consent.js';
import { checkLifecycle } from './lifecycle.js';
import type { PaymentHost, PaymentView } from './payment-host.js';
import { canCount, checkPolicy, countersOf, isAbove } from './policy.js';
import { type Draft, selectValue, shortage } from './value-selection.js';

/** Policy, consent and money are settled for one invoice. */
interface Agreement {
  readonly payee: GenuineCertificate;
  readonly invoice: Invoice;
  readonly time_s: number;
  readonly draft: Draft;
  readonly confirmed: boolean;
  /** Entries in the journal then: the draft holds for exactly this point. */
  readonly sequence: number;
  /** Signed ahead of `pay`: nobody has it, and it is nowhere but here. */
  signed: Transfer | undefined;
}

/**
 * The paying side of one touch. Nothing is spent before `pay`, which is called only for a payee that has
 * proved itself live (R17).
 */
export class Payer {
  #agreement: Agreement | undefined;

  constructor(private readonly host: PaymentHost) {}

  /** What was agreed is off. */
  reset(): void {
    this.#agreement = undefined;
  }

  /**
   * The payee asks; the invoice is proved to come from it. `ordered`: what the user gave with an order of
   * their own. Returns the notes that the payment will use (ids, 8 bytes each), or why it is refused; when
   * that is `button` or `pin`, the user has been asked.
   */
  agree(
    payee: GenuineCertificate,
    invoice: Invoice,
    ordered: Consent = Consent.none,
  ): readonly Uint8Array[] | Refusal {
    const { host } = this;
    this.#agreement = undefined;
    if (host.isUnwritable) return Refusal.unwritable;
    const { ledger } = host;
    if (ledger.inFlightTransferTo(payee.id, invoiceEpoch(invoice.id))) return Refusal.resume;
    const time_s = Math.max(host.own_s, invoice.created_s);
    const why = checkInvoice(host, payee, invoice, time_s);
    if (why !== undefined) return why;
    const draft = selectValue(host, payee, invoice, time_s);
    if (!draft) return shortage(host, payee, invoice, time_s);
    if (!canCount(host.limits, ledger.counterparties, payee.id)) return Refusal.full;
    const asked = host.consentFor(invoice.bytes);
    const consent = asked > ordered ? asked : ordered;
    const limit = checkLimits(host, payee, invoice.amount, draft.received, time_s, consent);
    if (limit !== undefined) return this.#refuse(invoice, limit);
    const confirmed = consent !== Consent.none;
    const { sequence } = ledger;
    this.#agreement = { payee, invoice, time_s, draft, confirmed, sequence, signed: undefined };
    return draft.notes.map(({ id }) => id);
  }

  /** Limits that the user's consent lifts are put to the user. */
  #refuse({ bytes, amount, payee }: Invoice, why: Refusal): Refusal {
    if (why !== Refusal.button && why !== Refusal.pin) return why;
    const needsPin = why === Refusal.pin;
    if (needsPin && this.host.pinLocked) return Refusal.pinLocked;
    this.host.ask({ invoice: bytes, amount, payee, needsPin });
    return why;
  }

  /**
   * Signs what was agreed while nobody waits for it. It does not leave before `pay` has committed it, and is
   * dropped with the agreement: a touch that ends here leaves no trace.
   */
  signAhead(): void {
    const { host } = this;
    const agreement = this.#agreement;
    if (!agreement || agreement.signed || agreement.sequence !== host.ledger.sequence) return;
    // Parsed and packed as well: neither the commit nor the answer has to do it.
    agreement.signed = Transfer.parse(sign(host, agreement).bytes);
    agreement.signed?.pack();
  }

  /** Commits the transfer that was agreed, and signs it unless that is done. */
  pay(): Transfer | Refusal {
    const { host } = this;
    const agreement = this.#agreement;
    this.#agreement = undefined;
    // Whatever was booked since (a receipt, value received, a settlement) may have moved the money that the
    // draft counts on.
    if (!agreement || agreement.sequence !== host.ledger.sequence) return Refusal.order;
    const transfer = agreement.signed ?? sign(host, agreement);
    if (!host.fits(transfer.bytes.length)) return Refusal.full;
    return host.commit({ kind: 'out', transfer }, agreement.confirmed) ?? transfer;
  }

  /** The transfer in flight to a payee that says in which epoch it is. */
  resume(payee: GenuineCertificate, epoch: number): Transfer | Refusal {
    const inFlight = this.host.ledger.inFlightTransferTo(payee.id, epoch);
    if (!inFlight) return Refusal.nothing;
    this.#agreement = undefined;
    return inFlight.transfer;
  }

  /**
   * Books a receipt. One that answers nothing in flight has been booked before, or its transfer was settled
   * by the bank: nothing to do.
   */
  book(payee: GenuineCertificate, receipt: Receipt): Refusal | undefined {
    const { host } = this;
    const { crypto } = host;
    const { transfer } =
      host.ledger.inFlightTransfers.find(({ hash }) => crypto.equal(hash, receipt.transfer)) ?? {};
    if (!transfer) return undefined;
    const meant =
      crypto.equal(receipt.payee, payee.id) &&
      crypto.equal(transfer.payee, payee.id) &&
      crypto.equal(receipt.payer, host.certificate.id) &&
      crypto.equal(receipt.invoice, transfer.invoice);
    if (!meant) return Refusal.mismatch;
    if (!receipt.verify(crypto, payee.publicKey)) return Refusal.signature;
    if (!host.fitsReserved(receipt.bytes.length)) return Refusal.full;
    return host.commit({ kind: 'answer', receipt }, false);
  }
}

function checkInvoice(
  view: PaymentView,
  payee: GenuineCertificate,
  invoice: Invoice,
  time_s: number,
): Refusal | undefined {
  const { ledger } = view;
  const why = checkLifecycle(view.lifecycle);
  if (why !== undefined) return why;
  if (view.crypto.equal(payee.id, view.certificate.id)) return Refusal.self;
  const distrust = view.trust.checkCertificate(payee, time_s);
  if (distrust !== undefined) return distrust;
  if (!view.crypto.equal(invoice.currency, view.currency)) return Refusal.mismatch;
  // That it is fresh the live session shows. Whether it has run out on our clock says nothing, since the
  // payee's may have stood still for days.
  if (isAbove(view.own_s - invoice.created_s, view.limits.clocksApart_s)) return Refusal.invoiceExpired;
  // It says for how long the value is out of our hands if the payee never answers, so it is not the payee's
  // to choose.
  if (invoice.validity_s > INVOICE_VALIDITY_S) return Refusal.mismatch;
  if (!ledger.canPay) return Refusal.full;
  const unanswered = ledger.inFlightTransfers.filter(({ transfer }) =>
    view.crypto.equal(transfer.payee, payee.id),
  );
  return unanswered.length >= IN_FLIGHT_TO_ONE_MAX ? Refusal.counterparty : undefined;
}

function checkLimits(
  view: PaymentView,
  payee: GenuineCertificate,
  amount: number,
  received: number,
  time_s: number,
  consent: Consent,
): Refusal | undefined {
  const { limits, ledger, own_s } = view;
  const dealings = ledger.counterparties.with(payee.id);
  return checkPolicy(limits, countersOf(ledger, limits), {
    pays: true,
    amount,
    received,
    category: payee.category,
    ownTier: view.certificate.tier,
    tier: payee.tier,
    operator: payee.issuer,
    counterpartyCount: dealings.payments,
    counterpartyAmount: dealings.amount,
    own_s,
    time_s,
    consent,
  });
}

function sign(view: PaymentView, { payee, invoice, time_s, draft }: Agreement): Transfer {
  const { ledger } = view;
  return Transfer.build(view.crypto, view.signingKey, {
    payer: view.certificate.id,
    payee: payee.id,
    invoice: invoice.id,
    currency: view.currency,
    purpose: draft.purpose,
    target: draft.target,
    sequence: ledger.sequence + 1,
    previous: ledger.head,
    created_s: time_s,
    claimBy_s: Math.min(time_s + invoice.validity_s + view.limits.claimGrace_s, U32_MAX),
    received: draft.received,
    terms: draft.terms,
    notes: draft.notes,
  });
}
