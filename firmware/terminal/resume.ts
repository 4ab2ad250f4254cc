import { join, u32 } from '../bytes.js';
import type { InFlightTransfer } from '../ledger/ledger.js';
import { IN_FLIGHT_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import { Outcome } from '../objects/receipt.js';
import type { Transfer } from '../objects/transfer.js';
import { Message } from '../protocol/message.js';
import { packTransfer, parseDelivered, partiesOf, unpackTransfer } from '../protocol/pack.js';
import { Refusal } from '../protocol/refusal.js';
import type { GenuineCertificate } from '../trust/trust.js';
import type { Touch } from './touch.js';

/** Takes one transfer that the card has in flight to us from an earlier touch, then runs `next`. */
export function collect(touch: Touch, next: () => void): void {
  const { order, wallet } = touch;
  if (touch.resumed.length >= IN_FLIGHT_MAX) return touch.refuse('terminal', Refusal.order);
  const epoch = u32(wallet.ledger.epoch);
  touch.say(
    Message.resume,
    epoch,
    (body) => touch.read(body, (card, at) => onTransfer(touch, card, body, at, next)),
    (why) => {
      if (order.done) return touch.finish({ outcome: 'paid' });
      if (why !== Refusal.nothing) return touch.refuse('card', why);
      if (order.kind === 'resume') touch.finish({ outcome: 'resumed' });
      else touch.refuse('card', Refusal.resume);
    },
  );
}

function onTransfer(touch: Touch, card: Certificate, body: Uint8Array, at: number, next: () => void): void {
  const packed = unpackTransfer(body, at, partiesOf(card, touch.wallet));
  if (!packed) return touch.refuse('terminal', Refusal.malformed);
  const { transfer, notes } = packed;
  // What expired or changed since it was made is judged by `take`, which can void it; here only who sends it.
  if (!touch.admit(card, notes, transfer.created_s)) return;
  touch.take(transfer, (why) => {
    touch.resumed.push({ transfer, received: true, why });
    if (touch.order.done) touch.finish({ outcome: 'paid' });
    else next();
  });
}

/**
 * Delivers our transfers from earlier touches with this card, one after another, then runs `next`. What the
 * card cannot answer any more stays for the bank.
 */
export function deliverInFlight(touch: Touch, open: InFlightTransfer[], next: () => void): void {
  const transfer = open.shift()?.transfer;
  if (!transfer) return next();
  const { card, wallet } = touch;
  const again = (): void => deliverInFlight(touch, open, next);
  if (!card || !wallet.crypto.equal(transfer.payee, card.id)) return again();
  const delivered = (why: number): void => {
    touch.resumed.push({ transfer, received: false, why });
    again();
  };
  deliver(touch, transfer, card, {
    accepted: () => delivered(0),
    voided: delivered,
    // It stays in flight, for another touch or for the bank.
    refused: again,
  });
}

interface Outcomes {
  accepted(): void;
  /** The card has given a receipt that says so. */
  voided(why: Refusal): void;
  /** The card does not answer it: the transfer stays in flight. */
  refused(why: Refusal): void;
}

/** Hands a transfer of ours to its payee, the card, and books the receipt. */
export function deliver(
  touch: Touch,
  transfer: Transfer,
  card: GenuineCertificate,
  { accepted, voided, refused }: Outcomes,
): void {
  const { wallet } = touch;
  const time = u32(wallet.own_s);
  const packed = packTransfer(wallet, transfer);
  if (!packed) return refused(Refusal.unreadable);
  const onReceipt = (body: Uint8Array): void => {
    const delivered = parseDelivered(wallet.crypto, transfer, body);
    if (!delivered) return touch.refuse('terminal', Refusal.malformed);
    const why = touch.payer.book(card, delivered.receipt);
    if (why !== undefined) return touch.refuse('terminal', why);
    const isVoid = delivered.receipt.outcome !== Outcome.accepted;
    noteOutcome(touch, transfer, isVoid);
    if (isVoid) voided((delivered.why || Refusal.mismatch) as Refusal);
    else accepted();
  };
  touch.say(Message.deliver, join(time, packed), onReceipt, refused);
}

/** A PUSH is done with the receipt for its invoice, in whichever touch that comes. */
function noteOutcome({ order, wallet }: Touch, transfer: Transfer, isVoid: boolean): void {
  const { invoice } = order;
  if (order.kind !== 'push' || !invoice || !wallet.crypto.equal(invoice.id, transfer.invoice)) return;
  order.done = !isVoid;
  if (isVoid) delete order.transfer;
  else order.transfer = transfer;
}
