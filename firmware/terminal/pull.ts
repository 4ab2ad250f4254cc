import { NOTHING } from '../bytes.js';
import type { Certificate } from '../objects/certificate.js';
import type { Invoice } from '../objects/invoice.js';
import { type KnownOfTransfer, Transfer } from '../objects/transfer.js';
import { Message } from '../protocol/message.js';
import { expandNotes, partiesOf } from '../protocol/pack.js';
import { Refusal } from '../protocol/refusal.js';
import type { Touch } from './touch.js';

/** PULL: the card pays us. `resume`: what it has in flight to us has to be collected first. */
export function askToPay(touch: Touch, resume: () => void): void {
  const { invoice } = touch;
  const { pin } = touch.order;
  const ask = (): void =>
    touch.say(
      Message.invoice,
      invoice.compact,
      (body) => touch.read(body, (card, at) => onShown(touch, invoice, card, body, at)),
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
function onShown(touch: Touch, invoice: Invoice, card: Certificate, body: Uint8Array, at: number): void {
  const { wallet } = touch;
  const parties = partiesOf(card, wallet);
  const shown = expandNotes(body, at, parties);
  if (!shown) return touch.refuse('terminal', Refusal.malformed);
  const { notes } = shown;
  const why = touch.payee.expect(card, notes, invoice, wallet.own_s);
  if (why !== undefined) return touch.refuse('terminal', why);
  const known = { ...parties, invoice: invoice.id, notes };
  const meanwhile = (): void => touch.payee.verify();
  touch.say(Message.transfer, NOTHING, (answer) => onTransfer(touch, answer, known), undefined, meanwhile);
}

/** The transfer names our invoice: it travels without. */
function onTransfer(touch: Touch, answer: Uint8Array, known: KnownOfTransfer): void {
  const expanded = Transfer.expand(answer, 0, known);
  if (expanded?.end !== answer.length) return touch.refuse('terminal', Refusal.malformed);
  touch.take(expanded.transfer, (why) => {
    if (why === 0) touch.finish({ outcome: 'paid' });
    else touch.refuse('terminal', why as Refusal);
  });
}
