import type { NfcReader } from '../../hal/nfc.js';
import { concat, putU32 } from '../bytes.js';
import type { InFlightTransfer } from '../ledger/ledger.js';
import { IN_FLIGHT_MAX } from '../limits.js';
import { CERTIFICATE_BYTES, Certificate } from '../objects/certificate.js';
import { INVOICE_BYTES, Invoice } from '../objects/invoice.js';
import { Outcome } from '../objects/receipt.js';
import { Transfer } from '../objects/transfer.js';
import { Consent } from '../payment/consent.js';
import { newInvoice } from '../payment/invoice-id.js';
import {
  checkBeforehand,
  closing,
  type PayeeEvent,
  type PayeeState,
  payee,
  payeeIdle,
} from '../payment/payee.js';
import { type PayerEvent, type PayerState, payer, payerIdle } from '../payment/payer.js';
import type { Effect } from '../payment/payment-view.js';
import { Message } from '../protocol/message.js';
import { packTransfer, parseDelivered, parseNotes, unpackTransfer } from '../protocol/pack.js';
import { Refusal } from '../protocol/refusal.js';
import { type GenuineCertificate, isRefusal } from '../trust/trust.js';
import type { Wallet } from '../wallet/wallet.js';
import { CardLink, type Fault } from './link.js';
import { type Order, paysFor, type Resumed, type TouchResult } from './order.js';

type Reply = (body: Uint8Array) => void;

/**
 * The asking side of a touch: runs one order against one card, and finishes what earlier touches left open
 * between the two. One touch at a time; `done` runs exactly once.
 */
export class Terminal {
  #link: CardLink | undefined;
  #done: ((result: TouchResult) => void) | undefined;
  #order: Order | undefined;
  #resumed: Resumed[] = [];
  #card: GenuineCertificate | undefined;
  /** The card, once it has signed something of this touch. */
  #proved: GenuineCertificate | undefined;
  #payee: PayeeState = payeeIdle;
  #payer: PayerState = payerIdle;
  #pinTried = false;

  constructor(
    private readonly wallet: Wallet,
    private readonly reader: NfcReader,
  ) {}

  /** A new order. Throws WalletError when the wallet is not personalised. */
  order(kind: Order['kind'], amount: number, pin?: Uint8Array): Order {
    const id = this.wallet.random(8);
    return pin ? { kind, amount, id, pin, done: false } : { kind, amount, id, done: false };
  }

  /** Waits up to `timeout_ms` for a card and runs `order` with it. */
  touch(order: Order, timeout_ms: number, done: (result: TouchResult) => void): void {
    this.#done = done;
    this.#order = order;
    this.#resumed = [];
    this.#card = undefined;
    this.#proved = undefined;
    this.#payee = payeeIdle;
    this.#payer = payerIdle;
    this.#pinTried = false;
    this.#link = new CardLink(this.wallet, this.reader, (fault) => this.#fault(fault));
    this.#link.open(timeout_ms, () => this.#begin(order));
  }

  /** Calls a sale off: whatever the card has sent for it will not be taken. Undefined when done. */
  cancel(order: Order): Refusal | undefined {
    if (order.kind !== 'pull' || !order.invoice || order.done) return Refusal.order;
    const time_s = this.wallet.own_s;
    const effect = this.wallet.perform(
      payee(this.wallet, payeeIdle, { type: 'cancel', invoice: order.invoice, time_s }),
    );
    // Not `done`: our void closes the invoice, and the order is refused from now on.
    return effect?.do === 'refuse' ? effect.why : undefined;
  }

  /** What we owe the card from earlier touches comes first, then the order. */
  #begin(order: Order): void {
    if (this.wallet.ledger.inFlightTransfers.length === 0) return this.#next(order);
    this.#say(Message.identify, [], (body) => {
      if (!this.#meet(body)) return this.#refuse('terminal', Refusal.certificate);
      this.#deliverOpen([...this.wallet.ledger.inFlightTransfers], order);
    });
  }

  #next(order: Order): void {
    const closed =
      order.kind === 'pull' && order.invoice ? closing(this.wallet, order.invoice.id) : undefined;
    if (closed?.outcome === Outcome.accepted) order.done = true;
    if (order.done) return this.#finish({ outcome: 'paid' });
    if (closed) return this.#refuse('terminal', Refusal.order);
    if (order.kind === 'pull') this.#ask(order);
    else if (order.kind === 'push') this.#offer(order);
    else this.#resume(order);
  }

  // PULL: the card pays us

  #ask(order: Order): void {
    order.invoice ??= newInvoice(this.wallet, order.amount, this.wallet.own_s);
    const { invoice } = order;
    const shown: Reply = (body) => this.#shown(order, body);
    this.#say(Message.invoice, [invoice.bytes], shown, (why) => {
      if (why === Refusal.resume) this.#resume(order);
      else if (why === Refusal.pin && order.pin && !this.#pinTried) this.#verifyPin(order, order.pin);
      else this.#refuse('card', why);
    });
  }

  #verifyPin(order: Order, pin: Uint8Array): void {
    this.#pinTried = true;
    this.#say(Message.verify, [pin], () => this.#ask(order));
  }

  #shown(order: Order, body: Uint8Array): void {
    const card = Certificate.parse(body.slice(0, CERTIFICATE_BYTES));
    const notes = parseNotes(body.subarray(CERTIFICATE_BYTES));
    if (!card || !notes) return this.#refuse('terminal', Refusal.malformed);
    const time_s = this.wallet.own_s;
    const payer = this.#receive({ type: 'shown', payer: card, notes, time_s });
    if (!payer) return;
    const unready = checkBeforehand(this.wallet, payer, order.amount, time_s);
    if (unready !== undefined) return this.#refuse('terminal', unready);
    const take: Reply = (answer) => {
      const transfer = Transfer.parse(answer.slice());
      if (!transfer) return this.#refuse('terminal', Refusal.malformed);
      const isAsked = order.invoice && this.wallet.crypto.equal(transfer.invoice, order.invoice.id);
      if (!isAsked) return this.#refuse('terminal', Refusal.mismatch);
      this.#take(order, transfer, (why) => {
        if (why === 0) this.#finish({ outcome: 'paid' });
        else this.#refuse('terminal', why as Refusal);
      });
    };
    // The signatures of the notes are checked while the card makes its own. A bad one is met again in `take`.
    const check = () => {
      const step = payee(this.wallet, this.#payee, { type: 'check' });
      if (step.state.at === 'shown') this.#payee = step.state;
    };
    this.#say(Message.transfer, [], take, undefined, check);
  }

  /**
   * Accepts or voids a transfer of the card's and hands over the receipt; then `answered`, with 0 or why it
   * is void.
   */
  #take(order: Order, transfer: Transfer, answered: (why: number) => void): void {
    const { invoice } = order;
    const time_s = this.wallet.own_s;
    const step = payee(this.wallet, this.#payee, { type: 'transfer', transfer, invoice, time_s });
    const effect = this.wallet.perform(step);
    this.#payee = step.state;
    if (effect?.do !== 'answer') {
      return this.#refuse('terminal', effect?.do === 'refuse' ? effect.why : Refusal.order);
    }
    const { receipt, again } = effect;
    if (!again) this.#proved = this.#card;
    const accepted = receipt.outcome === Outcome.accepted;
    if (accepted && paysFor(order, transfer, again)) {
      order.transfer = transfer;
      order.done = true;
    }
    const why = accepted ? 0 : (effect.why ?? Refusal.mismatch);
    this.#say(Message.receipt, [receipt.rest], () => answered(why));
  }

  /** What the card has in flight to us, one transfer after another; then the order again. */
  #resume(order: Order): void {
    if (this.#resumed.length >= IN_FLIGHT_MAX) return this.#refuse('terminal', Refusal.order);
    const epoch = new Uint8Array(4);
    putU32(epoch, 0, this.wallet.ledger.epoch);
    this.#say(
      Message.resume,
      [epoch],
      (body) => this.#resumeOne(order, body),
      (why) => {
        if (why !== Refusal.nothing) return this.#refuse('card', why);
        if (order.kind === 'resume') this.#finish({ outcome: 'resumed' });
        else this.#refuse('card', Refusal.resume);
      },
    );
  }

  #resumeOne(order: Order, body: Uint8Array): void {
    const card = Certificate.parse(body.slice(0, CERTIFICATE_BYTES));
    const packed =
      body.length > CERTIFICATE_BYTES ? unpackTransfer(body.subarray(CERTIFICATE_BYTES)) : undefined;
    if (!card || !packed) return this.#refuse('terminal', Refusal.malformed);
    const { transfer, notes } = packed;
    // What expired or changed since it was made is judged in `take`, which can void it; here only who sends
    // it.
    if (!this.#receive({ type: 'shown', payer: card, notes, time_s: transfer.created_s })) return;
    this.#take(order, transfer, (why) => {
      this.#resumed.push({ transfer, received: true, why });
      if (order.done) this.#finish({ outcome: 'paid' });
      else if (order.kind === 'resume') this.#resume(order);
      else this.#next(order);
    });
  }

  // PUSH: we pay the card

  #offer(order: Order): void {
    const body = new Uint8Array(12);
    putU32(body, 0, order.amount);
    putU32(body, 4, this.wallet.own_s);
    putU32(body, 8, this.wallet.ledger.epoch);
    this.#say(
      Message.offer,
      [body, order.id],
      (answer) => this.#offered(order, answer),
      (why) => {
        if (why === Refusal.resume) return this.#resume(order);
        // An earlier touch has carried it out, and its receipt came with another order.
        order.done = why === Refusal.paid;
        if (order.done) this.#finish({ outcome: 'paid' });
        else this.#refuse('card', why);
      },
    );
  }

  #offered(order: Order, body: Uint8Array): void {
    const invoiceEnd = CERTIFICATE_BYTES + INVOICE_BYTES;
    const invoice = Invoice.parse(body.slice(CERTIFICATE_BYTES, invoiceEnd));
    const card = this.#meet(body);
    if (!card || !invoice) return this.#refuse('terminal', Refusal.certificate);
    const { crypto } = this.wallet;
    const signature = body.slice(invoiceEnd);
    const live = invoice.verify(crypto, card.signingKey, this.#link?.handshakeHash ?? signature, signature);
    if (!live) return this.#refuse('terminal', Refusal.signature);
    this.#proved = card;
    if (invoice.amount !== order.amount) return this.#refuse('terminal', Refusal.mismatch);
    // An earlier touch has sent the money, and the card does not say that it is paid: our bank has settled it.
    if (order.transfer) return this.#refuse('terminal', Refusal.settledSince);
    order.invoice = invoice;
    const refusal = this.#agree(order, card, invoice);
    if (refusal !== undefined) return this.#refuse('terminal', refusal);
    const paid = this.#pay({ type: 'pay' });
    if (paid?.do !== 'hand')
      return this.#refuse('terminal', paid?.do === 'refuse' ? paid.why : Refusal.order);
    order.transfer = paid.transfer;
    this.#deliver(paid.transfer, card, () => this.#finish({ outcome: 'paid' }));
  }

  /** The order is the user's consent by button; a PIN comes with it when the amount takes one. */
  #agree(order: Order, card: GenuineCertificate, invoice: Invoice): Refusal | undefined {
    const event: PayerEvent = { type: 'invoice', payee: card, invoice, ordered: Consent.button };
    const effect = this.#pay(event);
    const pin = effect?.do === 'refuse' && effect.why === Refusal.pin ? order.pin : undefined;
    const isRight = pin !== undefined && this.wallet.verifyPin(pin, card.id) === 'right';
    return this.#whyNot(isRight ? this.#pay(event) : effect);
  }

  /** Notes are read before anything is committed: one that cannot be shown would strand the rest. */
  #whyNot(effect: Effect | undefined): Refusal | undefined {
    if (effect?.do === 'refuse') return effect.why;
    const isReadable = effect?.do !== 'show' || effect.notes.every((id) => this.wallet.noteBytes(id));
    return isReadable ? undefined : Refusal.unreadable;
  }

  /**
   * Our transfers from earlier touches with this card, one after another; what it cannot answer any more
   * stays for the bank.
   */
  #deliverOpen(inFlightTransfers: InFlightTransfer[], order: Order): void {
    const inFlightTransfer = inFlightTransfers.shift();
    if (!inFlightTransfer) return this.#next(order);
    const card = this.#card;
    if (!card || !this.wallet.crypto.equal(inFlightTransfer.transfer.payee, card.id))
      return this.#deliverOpen(inFlightTransfers, order);
    const delivered = (why: number) => {
      this.#resumed.push({ transfer: inFlightTransfer.transfer, received: false, why });
      this.#deliverOpen(inFlightTransfers, order);
    };
    this.#deliver(
      inFlightTransfer.transfer,
      card,
      () => delivered(0),
      (why) => {
        if (why === Refusal.settledSince) this.#deliverOpen(inFlightTransfers, order);
        else delivered(why);
      },
    );
  }

  #deliver(
    transfer: Transfer,
    card: GenuineCertificate,
    accepted: () => void,
    otherwise?: (why: Refusal) => void,
  ): void {
    const time = new Uint8Array(4);
    putU32(time, 0, this.wallet.own_s);
    const refused = (why: Refusal) => (otherwise ? otherwise(why) : this.#refuse('card', why));
    const answered: Reply = (body) => {
      const delivered = parseDelivered(this.wallet.crypto, transfer, body);
      if (!delivered) return this.#refuse('terminal', Refusal.malformed);
      const effect = this.#pay({ type: 'receipt', payee: card, receipt: delivered.receipt });
      if (effect?.do === 'refuse') return this.#refuse('terminal', effect.why);
      const voided = delivered.receipt.outcome !== Outcome.accepted;
      const order = this.#order;
      if (
        order?.kind === 'push' &&
        order.invoice &&
        this.wallet.crypto.equal(order.invoice.id, transfer.invoice)
      ) {
        order.done = !voided;
        if (voided) delete order.transfer;
        else order.transfer = transfer;
      }
      if (voided) refused((delivered.why || Refusal.mismatch) as Refusal);
      else accepted();
    };
    const packed = packTransfer(this.wallet, transfer);
    if (packed) this.#say(Message.deliver, [time, packed], answered, refused);
    else refused(Refusal.unreadable);
  }

  // What both ways need

  /** certificate first in `body`: the card has shown itself. Undefined when it is nobody that we believe. */
  #meet(body: Uint8Array): GenuineCertificate | undefined {
    const card = Certificate.parse(body.slice(0, CERTIFICATE_BYTES));
    const admitted = card ? this.wallet.trust.admit(card, this.wallet.own_s) : Refusal.certificate;
    this.#card = isRefusal(admitted) ? undefined : admitted;
    return this.#card;
  }

  /**
   * The payer that has shown itself; undefined when the payee's machine refuses, and then the touch is over.
   */
  #receive(event: PayeeEvent & { type: 'shown' }): GenuineCertificate | undefined {
    const step = payee(this.wallet, this.#payee, event);
    this.#payee = step.state;
    const effect = this.wallet.perform(step);
    if (effect?.do === 'refuse') this.#refuse('terminal', effect.why);
    this.#card = step.state.at === 'shown' ? step.state.payer : undefined;
    return this.#card;
  }

  #pay(event: PayerEvent): Effect | undefined {
    const step = payer(this.wallet, this.#payer, event);
    const effect = this.wallet.perform(step);
    this.#payer = step.state;
    return effect;
  }

  #say(
    message: number,
    parts: readonly Uint8Array[],
    yes: Reply,
    no?: (why: Refusal) => void,
    meanwhile?: () => void,
  ): void {
    const bytes = concat(Uint8Array.of(message), ...parts);
    const long = message === Message.invoice || message === Message.resume;
    const reply: Reply = (answer) => {
      const why = answer[0] as Refusal;
      if (answer[0] === 0) yes(answer.subarray(1));
      else if (no) no(why);
      else this.#refuse('card', why);
    };
    this.#link?.send(bytes, long, reply, meanwhile);
  }

  #refuse(by: 'card' | 'terminal', why: Refusal): void {
    this.#finish({ outcome: this.#isOut() ? 'torn' : 'refused', refusal: { by, why } });
  }

  /**
   * Whether our transfer for the order is in flight, so that the order is not over whatever the card says.
   */
  #isOut(): boolean {
    const order = this.#order;
    const invoice = order?.kind === 'push' && !order.done ? order.invoice : undefined;
    if (!invoice) return false;
    return this.wallet.ledger.inFlightTransfers.some(({ transfer }) =>
      this.wallet.crypto.equal(transfer.invoice, invoice.id),
    );
  }

  /** After our commit an error leaves the order done: the receipt can still be given in a later touch. */
  #fault(fault: Fault): void {
    this.#finish({ outcome: this.#order?.done ? 'paid' : 'torn', fault });
  }

  #finish(result: Omit<TouchResult, 'resumed' | 'card'>): void {
    const done = this.#done;
    if (!done) return;
    this.#done = undefined;
    const whole: TouchResult = { ...result, resumed: this.#resumed, card: this.#card };
    const [link, proved] = [this.#link, this.#proved];
    this.#link = undefined;
    const end = () => {
      done(whole);
      if (proved) this.wallet.trust.remember(proved);
      if (!this.#done) this.wallet.idle();
    };
    if (link) link.close(end);
    else end();
  }
}
