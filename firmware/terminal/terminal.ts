import type { NfcReader } from '../../hal/nfc.js';
import { NOTHING } from '../bytes.js';
import { TAG_EXPECTED_S_MAX } from '../limits.js';
import { isAmount } from '../objects/amount.js';
import { Outcome } from '../objects/receipt.js';
import { Payee, whyNotOpen } from '../payment/payee.js';
import { Message } from '../protocol/message.js';
import { Refusal } from '../protocol/refusal.js';
import { type MessageRead, readMessage } from '../tag/tag-reader.js';
import type { Wallet } from '../wallet/wallet.js';
import { believe, type ShownPayee, type TagRead } from './expected-payee.js';
import { CardLink } from './link.js';
import type { Order, TouchResult } from './order.js';
import { askToPay } from './pull.js';
import { offerToPay } from './push.js';
import { collect, deliverInFlight } from './resume.js';
import { type Said, Touch } from './touch.js';

const BUSY: TouchResult = {
  outcome: 'torn',
  fault: { kind: 'busy' },
  resumed: [],
  card: undefined,
  excess_us: undefined,
};

/**
 * The asking side of a touch: runs one order against one card, and finishes what earlier touches left open
 * between the two. One touch at a time: a second one ends at once, as busy. `done` runs exactly once.
 */
export class Terminal {
  #touch: Touch | undefined;
  /** A tag is being read. */
  #isReading = false;

  constructor(
    private readonly wallet: Wallet,
    private readonly reader: NfcReader,
    /** A touch was ended because the card may be elsewhere: see `Fault`. */
    private readonly onRelay: (excess_us: number) => void = () => {},
  ) {}

  /** Of the touch under way; undefined between touches. */
  get said(): Said | undefined {
    return this.#touch?.said;
  }

  /** A new order. Throws WalletError when the wallet is not personalised, EntropyError without entropy. */
  order(kind: Order['kind'], amount: number, pin?: Uint8Array): Order {
    const id = this.wallet.random(8);
    return pin ? { kind, amount, id, pin, done: false } : { kind, amount, id, done: false };
  }

  /** Waits up to `timeout_ms` for a passive tag, and reads whom it wants paid (R3). */
  readTag(timeout_ms: number, done: (read: TagRead) => void): void {
    if (this.#touch || this.#isReading) return done({ torn: 'busy' });
    this.#isReading = true;
    readMessage(this.reader, timeout_ms, (read: MessageRead) => {
      this.#isReading = false;
      done(believe(read, this.wallet));
    });
  }

  /**
   * A new order to pay the one that a tag has shown, and nobody else; or why there is none: `mismatch` for
   * another amount than the tag's, `invoiceExpired` when it was read too long ago. Throws EntropyError.
   */
  orderTo({ tag, until_s }: ShownPayee, amount: number, pin?: Uint8Array): Order | Refusal {
    if (amount !== (tag.amount ?? amount)) return Refusal.mismatch;
    const left_s = until_s - this.wallet.own_s;
    if (left_s < 0 || left_s > TAG_EXPECTED_S_MAX) return Refusal.invoiceExpired;
    return { ...this.order('push', amount, pin), payee: { id: tag.certificate.id, until_s } };
  }

  /** Waits up to `timeout_ms` for a card and runs `order` with it. */
  touch(order: Order, timeout_ms: number, done: (result: TouchResult) => void): void {
    if (this.#touch || this.#isReading) return done(BUSY);
    const link = new CardLink(
      this.wallet,
      this.reader,
      (fault) => touch.fault(fault),
      () => touch.prepare(),
    );
    const touch: Touch = new Touch(this.wallet, order, link, (result) =>
      this.#end(touch, link, result, done),
    );
    this.#touch = touch;
    link.open(timeout_ms, () => begin(touch));
  }

  /** What comes after the end of a touch is for nothing: it ends once. */
  #end(touch: Touch, link: CardLink, result: TouchResult, done: (result: TouchResult) => void): void {
    if (this.#touch !== touch) return;
    this.#touch = undefined;
    if (result.fault?.kind === 'relay') this.onRelay(result.fault.excess_us);
    link.close(() => {
      done(result);
      if (touch.proved) this.wallet.trust.remember(touch.proved);
      if (!this.#touch) this.wallet.idle();
    });
  }

  /** Calls a sale off: whatever the card has sent for it will not be taken. Undefined when done. */
  cancel(order: Order): Refusal | undefined {
    if (order.kind !== 'pull' || !order.invoice || order.done) return Refusal.order;
    // Not `done`: our void closes the invoice, and the order is refused from now on.
    return new Payee(this.wallet).cancel(order.invoice, this.wallet.own_s);
  }
}

/** What we owe the card from earlier touches comes first, then the order. */
function begin(touch: Touch): void {
  const owed = [...touch.wallet.ledger.inFlightTransfers];
  if (owed.length === 0) return runOrder(touch);
  touch.say(Message.identify, NOTHING, (body) =>
    touch.meet(body, () => deliverInFlight(touch, owed, () => runOrder(touch))),
  );
}

/** An order that is done ends with what is collected. */
const NOTHING_MORE = (): void => {};

function runOrder(touch: Touch): void {
  const { order, wallet } = touch;
  const invoice = order.kind === 'pull' ? order.invoice : undefined;
  const closed = invoice && wallet.closing(invoice.id);
  if (closed?.outcome === Outcome.accepted) order.done = true;
  // The receipt of a payment that we have taken may not have come to the card.
  if (order.done)
    return order.kind === 'pull' ? collect(touch, NOTHING_MORE) : touch.finish({ outcome: 'paid' });
  if (order.kind !== 'resume' && !isAmount(order.amount)) return touch.refuse('terminal', Refusal.malformed);
  const over = invoice && whyNotOpen(wallet, invoice, closed);
  if (over !== undefined) return touch.refuse('terminal', over);
  const afterOne = (): void => (order.kind === 'resume' ? collectAll() : runOrder(touch));
  const collectAll = (): void => collect(touch, afterOne);
  if (order.kind === 'pull') askToPay(touch, collectAll);
  else if (order.kind === 'push') offerToPay(touch, collectAll);
  else collectAll();
}
