import { join, putU32 } from '../bytes.js';
import { Invoice } from '../objects/invoice.js';
import { Consent } from '../payment/consent.js';
import { Message } from '../protocol/message.js';
import { Refusal } from '../protocol/refusal.js';
import type { GenuineCertificate } from '../trust/trust.js';
import { refundTo } from './refund.js';
import { deliver } from './resume.js';
import type { Touch } from './touch.js';

/** PUSH: we pay the card. `resume`: what it has in flight to us has to be collected first. */
export function offerToPay(touch: Touch, resume: () => void): void {
  const { order, wallet } = touch;
  const body = new Uint8Array(12);
  putU32(body, 0, order.amount);
  putU32(body, 4, wallet.own_s);
  putU32(body, 8, wallet.ledger.epoch);
  touch.say(
    Message.offer,
    join(body, order.id),
    (body) => touch.meet(body, (card, at) => onInvoice(touch, card, body, at)),
    (why) => {
      if (why === Refusal.resume) return resume();
      // An earlier touch has carried it out, and its receipt came with another order. From a card that was
      // never asked for an invoice it is only a word.
      order.done = why === Refusal.paid && order.invoice !== undefined;
      if (order.done) touch.finish({ outcome: 'paid' });
      else touch.refuse('card', why);
    },
  );
}

/** The card has shown itself and asks for the amount, signed for this session. */
function onInvoice(touch: Touch, card: GenuineCertificate, body: Uint8Array, at: number): void {
  const { order, wallet } = touch;
  const asked = Invoice.expand(body, at, card);
  if (!asked) return touch.refuse('terminal', Refusal.malformed);
  const { invoice, end } = asked;
  const live = invoice.verify(wallet.crypto, card.publicKey, touch.handshakeHash, body.slice(end));
  if (!live) return touch.refuse('terminal', Refusal.signature);
  touch.proved = card;
  if (invoice.amount !== order.amount) return touch.refuse('terminal', Refusal.mismatch);
  // A tag has said who is to be paid: nobody else is, however near.
  if (order.payee && !wallet.crypto.equal(order.payee.id, card.id))
    return touch.refuse('terminal', Refusal.mismatch);
  // An earlier touch has sent the money, and the card does not say that it is paid: our bank has settled it.
  if (order.transfer) return touch.refuse('terminal', Refusal.settledSince);
  if (order.payee && wallet.own_s > order.payee.until_s)
    return touch.refuse('terminal', Refusal.invoiceExpired);
  if (order.refund && !refundTo(wallet, card.id, order.amount, order.refund))
    return touch.refuse('terminal', Refusal.notSold);
  order.invoice = invoice;
  const refusal = agree(touch, card, invoice);
  if (refusal !== undefined) return touch.refuse('terminal', refusal);
  const transfer = touch.payer.pay();
  if (typeof transfer === 'number') return touch.refuse('terminal', transfer);
  order.transfer = transfer;
  const refused = (why: Refusal): void => touch.refuse('card', why);
  const accepted = (): void => touch.finish({ outcome: 'paid' });
  deliver(touch, transfer, card, { accepted, voided: refused, refused });
}

/**
 * The order is the user's consent by button, or by what they gave for it here; a PIN comes with it when the
 * amount takes one. Notes are read before anything is committed: one that cannot be shown would strand the
 * rest.
 */
function agree({ payer, order, wallet }: Touch, card: GenuineCertificate, invoice: Invoice) {
  const given = order.consent ?? Consent.button;
  let notes = payer.agree(card, invoice, given);
  if (notes === Refusal.pin && order.pin) {
    const verdict = wallet.verifyPin(order.pin, card.id);
    if (verdict === 'unwritable') return Refusal.unwritable;
    if (verdict === 'right') notes = payer.agree(card, invoice, given);
  }
  if (typeof notes === 'number') return notes;
  return notes.every((id) => wallet.noteBytes(id)) ? undefined : Refusal.unreadable;
}
