import { NOTHING } from '../bytes.js';
import { CERTIFICATE_BYTES, Certificate } from '../objects/certificate.js';
import type { Invoice } from '../objects/invoice.js';
import { Transfer } from '../objects/transfer.js';
import { newInvoice } from '../payment/invoice-id.js';
import { Message } from '../protocol/message.js';
import { parseNotes } from '../protocol/pack.js';
import { Refusal } from '../protocol/refusal.js';
import type { Touch } from './touch.js';

/** PULL: the card pays us. `resume`: what it has in flight to us has to be collected first. */
export function askToPay(touch: Touch, resume: () => void): void {
  const { order, wallet } = touch;
  order.invoice ??= newInvoice(wallet, order.amount, wallet.own_s);
  const { invoice, pin } = order;
  const ask = (): void =>
    touch.say(
      Message.invoice,
      invoice.bytes,
      (body) => onShown(touch, invoice, body),
      (why) => {
        if (why === Refusal.resume) return resume();
        if (why !== Refusal.pin || !pin || touch.pinTried) return touch.refuse('card', why);
        touch.pinTried = true;
        touch.say(Message.verify, pin, ask);
      },
    );
  ask();
}

/** The card has shown its certificate and the notes that it will use. */
function onShown(touch: Touch, invoice: Invoice, body: Uint8Array): void {
  const { wallet } = touch;
  const card = Certificate.parse(body.slice(0, CERTIFICATE_BYTES));
  const notes = parseNotes(body.subarray(CERTIFICATE_BYTES));
  if (!card || !notes) return touch.refuse('terminal', Refusal.malformed);
  const why = touch.payee.expect(card, notes, invoice, wallet.own_s);
  if (why !== undefined) return touch.refuse('terminal', why);
  const meanwhile = (): void => touch.payee.verify();
  touch.say(Message.transfer, NOTHING, (answer) => onTransfer(touch, answer), undefined, meanwhile);
}

function onTransfer(touch: Touch, answer: Uint8Array): void {
  const { order, wallet } = touch;
  const transfer = Transfer.parse(answer.slice());
  if (!transfer) return touch.refuse('terminal', Refusal.malformed);
  const isAsked = order.invoice && wallet.crypto.equal(transfer.invoice, order.invoice.id);
  if (!isAsked) return touch.refuse('terminal', Refusal.mismatch);
  touch.take(transfer, (why) => {
    if (why === 0) touch.finish({ outcome: 'paid' });
    else touch.refuse('terminal', why as Refusal);
  });
}
