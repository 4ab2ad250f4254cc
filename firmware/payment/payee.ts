import { invoiceEpoch } from '../ledger/journal-entry.js';
import { afterHop } from '../ledger/ledger.js';
import { VOIDS_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import type { Invoice } from '../objects/invoice.js';
import type { Note } from '../objects/note.js';
import { Outcome, RECEIPT_BYTES, Receipt } from '../objects/receipt.js';
import { covers, isSound } from '../objects/sound.js';
import { TRANSFER_BYTES_MAX, type Transfer } from '../objects/transfer.js';
import { Refusal } from '../protocol/refusal.js';
import { type GenuineCertificate, KeyPlace } from '../trust/trust.js';
import { Consent } from './consent.js';
import { checkLifecycle } from './lifecycle.js';
import type { PaymentHost, PaymentView } from './payment-host.js';
import { canCount, checkPolicy, countersOf, isFor } from './policy.js';

/**
 * A payer that has shown itself, and the notes that it will use; what their signatures are is found out once.
 */
class Shown {
  readonly publicKey: Uint8Array;
  #isGenuine: boolean | undefined;
  #areNotesGenuine: boolean | undefined;

  constructor(
    private readonly view: PaymentView,
    readonly certificate: Certificate,
    readonly notes: readonly Note[],
  ) {
    this.publicKey = certificate.publicKey;
  }

  /** The payer, when its certificate is signed by an operator that we know. */
  get payer(): GenuineCertificate | undefined {
    const { certificate } = this;
    this.#isGenuine ??= this.view.trust.isGenuine(certificate);
    return this.#isGenuine ? (certificate as GenuineCertificate) : undefined;
  }

  /** Why its signatures are not believed; the certificate's before the notes'. */
  verify(): Refusal | undefined {
    if (!this.payer) return Refusal.certificate;
    const { trust, crypto } = this.view;
    this.#areNotesGenuine ??= this.notes.every((note) => {
      const issuer = trust.operator(note.issuer, note.endorsement);
      return issuer !== undefined && note.verify(crypto, issuer.key);
    });
    return this.#areNotesGenuine ? undefined : Refusal.note;
  }
}

/** What a payee answers to a transfer: a receipt that is on flash. */
export interface Answer {
  readonly receipt: Receipt;
  readonly payer: GenuineCertificate;
  /** Why it is void. Undefined when the transfer is accepted, and for a void that was given before. */
  readonly why: Refusal | undefined;
  /** It was given before: nothing has moved now. */
  readonly again: boolean;
}

/** The receiving side of one touch. */
export class Payee {
  #shown: Shown | undefined;
  /**
   * The last transfer was genuine and for us, and could not be answered: its payer has deducted, and it stays
   * in flight.
   */
  hasLeftInFlight = false;

  constructor(private readonly host: PaymentHost) {}

  /**
   * A payer for which nothing hurries has shown itself and the notes that it will use: everything is checked
   * but the notes' signatures.
   */
  admit(payer: Certificate, notes: readonly Note[], time_s: number): GenuineCertificate | Refusal {
    const { host } = this;
    this.#shown = undefined;
    const shown = new Shown(host, payer, notes);
    if (!shown.payer) return Refusal.certificate;
    const why = checkShown(host, payer, notes, time_s);
    if (why !== undefined) return why;
    this.#shown = shown;
    return shown.payer;
  }

  /**
   * A payer that waits to commit has shown itself and the notes that it will use for `invoice`, ours, which
   * must still be open: what the payer commits for another could not be taken. A signature takes long to
   * verify, so that is done by `verify` while the payer writes to its flash. Until then a refusal would tell
   * a card with a certificate of its own making whether an id is on our hot list or has dealings with us: so
   * one that would be refused is verified at once, and a forged one is let go on, like every other, until
   * `take`.
   */
  expect(payer: Certificate, notes: readonly Note[], invoice: Invoice, time_s: number): Refusal | undefined {
    const { host } = this;
    this.#shown = undefined;
    const over = whyNotOpen(host, invoice);
    if (over !== undefined) return over;
    const shown = new Shown(host, payer, notes);
    const why =
      checkShown(host, payer, notes, time_s) ??
      checkTargets(host, notes) ??
      checkBeforehand(host, payer, invoice.amount, time_s);
    this.#shown = why === undefined || !shown.payer ? shown : undefined;
    return this.#shown ? undefined : why;
  }

  /**
   * The signatures of what was shown, and what can be done before the transfer's is here. A bad one is
   * refused by `take`.
   */
  verify(): void {
    const shown = this.#shown;
    if (shown && shown.verify() === undefined)
      this.host.crypto.ed25519Prepare(shown.publicKey, KeyPlace.counterpart);
  }

  /**
   * Accepts a transfer by the payer that was admitted, or voids it, or gives again the receipt that it got
   * before. A transfer that its payer has not signed gets no receipt at all: none could claim it. `invoice`:
   * what was asked in this touch, if anything. `told_s`: the latest time that was stated before.
   */
  take(transfer: Transfer, invoice: Invoice | undefined, told_s: number): Answer | Refusal {
    const { host } = this;
    const time_s = Math.max(told_s, transfer.created_s);
    const { crypto, ledger } = host;
    const shown = this.#shown;
    if (!shown) return Refusal.order;
    const mine =
      crypto.equal(transfer.payee, host.certificate.id) && crypto.equal(transfer.payer, shown.certificate.id);
    if (!shown.payer) return this.#end(Refusal.certificate);
    if (!mine) return this.#end(Refusal.mismatch);
    if (invoiceEpoch(transfer.invoice) !== ledger.epoch) return this.#end(Refusal.settledSince);
    // Whether it is closed is searched for from where its id says; one that says "later" would be found open
    // again and again.
    const since = host.madeAfter(transfer.invoice);
    if (since > ledger.sequence) return this.#end(Refusal.mismatch);
    const hash = transfer.hash(crypto);
    const closed = host.closing(transfer.invoice, since);
    if (closed && crypto.equal(closed.transfer, hash)) {
      return this.#end({ receipt: closed, payer: shown.payer, why: undefined, again: true });
    }
    const forged = shown.verify();
    if (forged !== undefined) return this.#end(forged);
    if (!transfer.verify(crypto, shown.publicKey)) return this.#end(Refusal.signature);
    const why = closed ? Refusal.mismatch : checkTransfer(host, shown, transfer, invoice, time_s);
    const answer = this.#answer(shown.payer, transfer, hash, why, time_s);
    this.hasLeftInFlight = typeof answer === 'number';
    return this.#end(answer);
  }

  #answer(
    payer: GenuineCertificate,
    transfer: Transfer,
    hash: Uint8Array,
    why: Refusal | undefined,
    time_s: number,
  ): Answer | Refusal {
    const { host } = this;
    if (host.isUnwritable) return Refusal.unwritable;
    if (why !== undefined && host.ledger.voids >= VOIDS_MAX) return why;
    const outcome = why === undefined ? Outcome.accepted : Outcome.void;
    const receipt = buildReceipt(host, {
      payer: transfer.payer,
      invoice: transfer.invoice,
      transfer: hash,
      outcome,
      time_s,
    });
    if (!host.fits(RECEIPT_BYTES + transfer.bytes.length)) return Refusal.full;
    const kind = why === undefined ? 'in' : 'refused';
    return host.commit({ kind, receipt, transfer }, false) ?? { receipt, payer, why, again: false };
  }

  #end<Result>(result: Result): Result {
    this.#shown = undefined;
    return result;
  }

  /** The sale is off: whatever was sent for this invoice will not be taken. Undefined when done. */
  cancel(invoice: Invoice, time_s: number): Refusal | undefined {
    const { host } = this;
    const over = whyNotOpen(host, invoice);
    if (over !== undefined) return over;
    const receipt = buildReceipt(host, {
      payer: new Uint8Array(8),
      invoice: invoice.id,
      transfer: new Uint8Array(32),
      outcome: Outcome.void,
      time_s,
    });
    if (!host.fits(receipt.bytes.length)) return Refusal.full;
    return host.commit({ kind: 'refused', receipt, transfer: undefined }, false);
  }
}

/** Why nothing can be taken any more for an invoice of ours; undefined when it is open. */
export function whyNotOpen(
  host: PaymentHost,
  invoice: Pick<Invoice, 'id'>,
  closed = host.closing(invoice.id),
): Refusal | undefined {
  // One of an earlier epoch is closed by the settlement, and its number may be in use again.
  if (invoiceEpoch(invoice.id) !== host.ledger.epoch) return Refusal.settledSince;
  return closed === undefined ? undefined : Refusal.order;
}

function buildReceipt(
  view: PaymentView,
  fields: Pick<Receipt, 'payer' | 'invoice' | 'transfer' | 'outcome'> & { readonly time_s: number },
): Receipt {
  const { time_s, ...rest } = fields;
  return Receipt.build(view.crypto, view.signingKey, {
    ...rest,
    payee: view.certificate.id,
    sequence: view.ledger.sequence + 1,
    created_s: time_s,
  });
}

/** All of it is looked at, whatever is wrong first: the work does not tell what that is. */
function checkShown(
  view: PaymentView,
  payer: Certificate,
  notes: readonly Note[],
  time_s: number,
): Refusal | undefined {
  const isOurselves = view.crypto.equal(payer.id, view.certificate.id);
  const fault = faultOfNotes(view, payer, notes, time_s);
  return view.trust.checkCertificate(payer, time_s) ?? (isOurselves ? Refusal.self : fault);
}

function faultOfNotes(
  { crypto, trust, currency }: PaymentView,
  payer: Certificate,
  notes: readonly Note[],
  time_s: number,
): Refusal | undefined {
  for (const note of notes) {
    const sound = crypto.equal(note.owner, payer.id) && crypto.equal(note.currency, currency);
    const issuer = trust.operator(note.issuer, note.endorsement);
    if (!sound || !issuer || time_s > issuer.notAfter_s) return Refusal.note;
    if (note.expires_s <= time_s) return Refusal.moneyExpired;
  }
  return undefined;
}

/**
 * Whether an amount from this payer could be taken now, as far as that can be said before there is a
 * transfer. To be asked before the payer commits, so that it deducts only when its payee is ready (R17).
 */
export function checkBeforehand(
  view: PaymentView,
  payer: Certificate,
  amount: number,
  time_s: number,
): Refusal | undefined {
  if (view.isUnwritable) return Refusal.unwritable;
  const { ledger } = view;
  const room = ledger.canReceive && view.fits(RECEIPT_BYTES + TRANSFER_BYTES_MAX);
  return (
    checkParties(view, payer, time_s) ??
    checkLimits(view, payer, amount, 0, time_s) ??
    (room && canCount(view.limits, ledger.counterparties, payer.id) ? undefined : Refusal.full)
  );
}

/**
 * Our own condition, and once more the payer's at our own time: a resumed transfer was shown at the time that
 * its payer claims for it.
 */
function checkParties(view: PaymentView, payer: Certificate, time_s: number): Refusal | undefined {
  return checkLifecycle(view.lifecycle) ?? view.trust.checkCertificate(payer, time_s);
}

function checkLimits(
  view: PaymentView,
  payer: Certificate,
  amount: number,
  received: number,
  time_s: number,
): Refusal | undefined {
  const { limits, ledger } = view;
  const dealings = ledger.counterparties.with(payer.id);
  return checkPolicy(limits, countersOf(ledger, limits), {
    pays: false,
    amount,
    received,
    category: view.certificate.category,
    ownTier: view.certificate.tier,
    tier: payer.tier,
    operator: payer.issuer,
    counterpartyCount: dealings.payments,
    counterpartyAmount: dealings.amount,
    own_s: view.own_s,
    time_s,
    consent: Consent.none,
  });
}

function checkTransfer(
  view: PaymentView,
  shown: Shown,
  transfer: Transfer,
  invoice: Invoice | undefined,
  time_s: number,
): Refusal | undefined {
  const why = checkParties(view, shown.certificate, time_s);
  if (why !== undefined) return why;
  // R16: what was asked in this touch, to the fen. A transfer resumed from an earlier touch answers an
  // invoice that may be forgotten.
  if (invoice && view.crypto.equal(invoice.id, transfer.invoice) && transfer.total !== invoice.amount) {
    return Refusal.mismatch;
  }
  if (transfer.purpose !== 0 && transfer.purpose !== view.certificate.category) return Refusal.purpose;
  return (
    checkTargets(view, shown.notes) ??
    checkInputs(view, shown.notes, transfer, time_s) ??
    checkLimits(view, shown.certificate, transfer.total, transfer.received, time_s) ??
    (isSound(transfer, view.crypto.equal) ? undefined : Refusal.mismatch) ??
    checkRoom(view, transfer)
  );
}

/** Money that is for somebody else (R26). */
const checkTargets = ({ certificate, crypto }: PaymentView, notes: readonly Note[]): Refusal | undefined =>
  notes.every((note) => isFor(note, certificate, crypto.equal)) ? undefined : Refusal.purpose;

/** The terms that the payer declares must not be milder than its notes'. */
function checkInputs(
  view: PaymentView,
  notes: readonly Note[],
  transfer: Transfer,
  time_s: number,
): Refusal | undefined {
  if (transfer.expires_s <= time_s) return Refusal.moneyExpired;
  if (transfer.noteCount !== notes.length) return Refusal.note;
  for (let i = 0; i < notes.length; i++) {
    if (!covers(notes[i], transfer, i, view.crypto.equal)) return Refusal.note;
  }
  return undefined;
}

function checkRoom(view: PaymentView, transfer: Transfer): Refusal | undefined {
  const { ledger } = view;
  const room =
    ledger.canReceive &&
    ledger.lots.fits(transfer.purpose, transfer.total, afterHop(transfer)) &&
    canCount(view.limits, ledger.counterparties, transfer.payer);
  return room ? undefined : Refusal.full;
}
