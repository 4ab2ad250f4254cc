import { ANY_TERMS } from '../ledger/lots.js';
import type { NoteChoice } from '../ledger/note-index.js';
import { HOPS_MAX } from '../limits.js';
import type { Invoice } from '../objects/invoice.js';
import { ReceivedPolicy } from '../objects/profile.js';
import type { NoteInput, Terms } from '../objects/transfer.js';
import { Refusal } from '../protocol/refusal.js';
import type { PaymentView } from './payment-host.js';

/** What a payment will be made of. */
export interface Draft {
  readonly purpose: number;
  readonly received: number;
  readonly notes: readonly NoteInput[];
  readonly terms: Terms;
}

/** Notes if they are enough, else received value, else both. Money for the payee's purpose goes first. */
export function selectValue(view: PaymentView, invoice: Invoice, time_s: number): Draft | undefined {
  const circulates = view.limits.received === ReceivedPolicy.circulating;
  for (const purpose of purposesOf(invoice)) {
    const notes = view.ledger.noteIndex.choose(purpose, invoice.amount, time_s);
    if (notes) return { purpose, received: 0, notes: notes.notes, terms: notes };
    const draft = circulates ? selectReceived(view, purpose, invoice.amount, time_s) : undefined;
    if (draft) return draft;
  }
  return undefined;
}

const purposesOf = ({ category }: Invoice): readonly number[] => (category === 0 ? [0] : [category, 0]);

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
  return terms.hops < terms.hopsLimit ? { purpose, received, notes: rest.notes, terms } : undefined;
}

const NO_NOTES: NoteChoice = { notes: [], hops: 0, hopsLimit: 0xff, expires_s: 0xffffffff };

const strictest = (a: Terms, b: Terms): Terms => ({
  hops: Math.max(a.hops, b.hops),
  hopsLimit: Math.min(a.hopsLimit, b.hopsLimit),
  expires_s: Math.min(a.expires_s, b.expires_s),
});

/** Why there is no draft: the money is there but not of one kind, or may not be used, or is not there. */
export function shortage(view: PaymentView, invoice: Invoice, time_s: number): Refusal {
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
