import { ANY_TERMS } from '../ledger/lots.js';
import type { NoteChoice } from '../ledger/note-index.js';
import { HOPS_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import type { Invoice } from '../objects/invoice.js';
import { Note, tagOf } from '../objects/note.js';
import { ReceivedPolicy } from '../objects/profile.js';
import type { NoteInput, Terms } from '../objects/transfer.js';
import { Refusal } from '../protocol/refusal.js';
import type { PaymentView } from './payment-host.js';
import { isFor } from './policy.js';

/** What money that is paid as one has in common: see `tagOf`. */
interface Kind {
  readonly purpose: number;
  readonly target: number;
}

/** What a payment will be made of. */
export interface Draft extends Kind {
  readonly received: number;
  readonly notes: readonly NoteInput[];
  readonly terms: Terms;
}

/**
 * Notes if they are enough, else received value, else both. Money that could go to fewer others goes first:
 * that of targets which this payee meets, then money for its category. Received value has no target.
 */
export function selectValue(
  view: PaymentView,
  payee: Certificate,
  invoice: Invoice,
  time_s: number,
): Draft | undefined {
  const circulates = view.limits.received === ReceivedPolicy.circulating;
  for (const kind of kindsFor(view, payee, time_s)) {
    const notes = view.ledger.noteIndex.choose(tagOf(kind), invoice.amount, time_s);
    if (notes) return { ...kind, received: 0, notes: notes.notes, terms: notes };
    if (!circulates || kind.target !== 0) continue;
    const draft = selectReceived(view, kind.purpose, invoice.amount, time_s);
    if (draft) return draft;
  }
  return undefined;
}

function kindsFor(view: PaymentView, payee: Certificate, time_s: number): Kind[] {
  const kinds = targetsFor(view, payee, time_s);
  if (payee.category !== 0) kinds.push({ purpose: payee.category, target: 0 });
  kinds.push({ purpose: 0, target: 0 });
  return kinds;
}

/** What a target asks for is on each of its notes; nothing is read where no note has one. */
function targetsFor(view: PaymentView, payee: Certificate, time_s: number): Kind[] {
  const { noteIndex } = view.ledger;
  const kinds: Kind[] = [];
  for (const target of noteIndex.targets) {
    const any = noteIndex.choose(target, 1, time_s);
    const note = any && Note.parse(view.noteBytes(any.notes[0].id) ?? any.notes[0].id);
    if (note && isFor(note, payee, view.crypto.equal)) kinds.push({ purpose: note.purpose, target });
  }
  return kinds;
}

/**
 * What comes first, if its terms go together; else what is left when a hop limit is set below which nothing
 * is used, and at which everything is left aside: whatever can be paid together has such a limit.
 */
function selectReceived(
  view: PaymentView,
  purpose: number,
  amount: number,
  time_s: number,
): Draft | undefined {
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
  view: PaymentView,
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
  if (terms.hops >= terms.hopsLimit) return undefined;
  return { purpose, target: 0, received, notes: rest.notes, terms };
}

const NO_NOTES: NoteChoice = { notes: [], hops: 0, hopsLimit: 0xff, expires_s: 0xffffffff };

const strictest = (a: Terms, b: Terms): Terms => ({
  hops: Math.max(a.hops, b.hops),
  hopsLimit: Math.min(a.hopsLimit, b.hopsLimit),
  expires_s: Math.min(a.expires_s, b.expires_s),
});

/**
 * Why there is no draft: the money is there but not of one kind, or may not be used, or not here, or is not
 * there.
 */
export function shortage(view: PaymentView, payee: Certificate, invoice: Invoice, time_s: number): Refusal {
  const { ledger, limits } = view;
  const { noteIndex, lots } = ledger;
  const circulates = limits.received === ReceivedPolicy.circulating;
  let notes = 0;
  let usable = 0;
  for (const kind of kindsFor(view, payee, time_s)) {
    notes += noteIndex.usable(tagOf(kind), time_s);
    if (circulates && kind.target === 0) usable += lots.spendable(kind.purpose, time_s);
  }
  if (notes + usable >= invoice.amount) return Refusal.fragmented;
  if (notes + lots.total >= invoice.amount) return Refusal.receivedLimit;
  if (noteIndex.unexpired(time_s) >= invoice.amount) return Refusal.purpose;
  return noteIndex.total >= invoice.amount ? Refusal.moneyExpired : Refusal.insufficient;
}
