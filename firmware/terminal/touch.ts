import { behind, NOTHING } from '../bytes.js';
import { isAmount } from '../objects/amount.js';
import type { Certificate } from '../objects/certificate.js';
import type { Invoice } from '../objects/invoice.js';
import type { Note } from '../objects/note.js';
import { Outcome } from '../objects/receipt.js';
import type { Transfer } from '../objects/transfer.js';
import { newInvoice } from '../payment/invoice-id.js';
import { Payee } from '../payment/payee.js';
import { Payer } from '../payment/payer.js';
import { Message } from '../protocol/message.js';
import { Refusal } from '../protocol/refusal.js';
import { readShownCertificate } from '../protocol/shown-certificate.js';
import { type GenuineCertificate, isRefusal } from '../trust/trust.js';
import type { Wallet } from '../wallet/wallet.js';
import type { CardLink, Fault } from './link.js';
import { type Order, paysFor, type Resumed, type TouchResult } from './order.js';

/** Messages whose answers exceed 256 bytes: a certificate and more comes back. */
const LONG_ANSWERS: readonly number[] = [Message.invoice, Message.resume, Message.offer];

/** Where a touch stands: what was sent last, by its code of `Ins` and, in the session, of `Message`. */
export interface Said {
  readonly ins: number | undefined;
  readonly message: number | undefined;
}

/** The body of a card's answer, behind its first byte. */
export type Reply = (body: Uint8Array) => void;

/**
 * One touch under way: the card that it is with, and what every part of it needs. It ends once, with
 * `finish`, `refuse` or `fault`.
 */
export class Touch {
  readonly payer: Payer;
  readonly payee: Payee;
  readonly resumed: Resumed[] = [];
  /** The card that has shown itself; not proved yet. */
  card: GenuineCertificate | undefined;
  /** The card, once it has signed something of this touch. */
  proved: GenuineCertificate | undefined;
  /** What was said last, a code of `Message`; undefined before the session. */
  message: number | undefined;
  /** The card has been given the PIN: once a touch. */
  pinTried = false;
  /** Made before the card was asked anything; the order gets it when it is. */
  #invoice: Invoice | undefined;

  constructor(
    readonly wallet: Wallet,
    readonly order: Order,
    private readonly link: CardLink,
    private readonly onEnd: (result: TouchResult) => void,
  ) {
    this.payer = new Payer(wallet);
    this.payee = new Payee(wallet);
  }

  /** For the time in which nothing is to be done: what the order will need. Throws EntropyError. */
  prepare(): void {
    const { order, wallet } = this;
    if (order.kind !== 'pull' || order.invoice || order.done || !isAmount(order.amount)) return;
    this.#invoice ??= newInvoice(wallet, order.amount, wallet.own_s, order.invoiceId);
    // It keeps its compact form once it was asked for.
    void this.#invoice.compact;
  }

  /** The order's invoice, the same in each of its touches. Throws EntropyError. */
  get invoice(): Invoice {
    const { order, wallet } = this;
    order.invoice ??= this.#invoice ?? newInvoice(wallet, order.amount, wallet.own_s, order.invoiceId);
    return order.invoice;
  }

  get said(): Said {
    return { ins: this.link.ins, message: this.message };
  }

  /** As the link has it. */
  get handshakeHash(): Uint8Array {
    return this.link.handshakeHash;
  }

  /**
   * Sends a message; `no` gets the card's refusal, which otherwise ends the touch. `meanwhile`: work for the
   * time in which the card computes.
   */
  say(
    message: number,
    body: Uint8Array,
    yes: Reply,
    no: (why: Refusal) => void = (why) => this.refuse('card', why),
    meanwhile?: () => void,
  ): void {
    this.message = message;
    const long = LONG_ANSWERS.includes(message);
    const reply: Reply = (answer) => {
      if (answer[0] === 0) yes(answer.subarray(1));
      else no(answer[0] as Refusal);
    };
    this.link.send(behind(message, body), long, reply, meanwhile);
  }

  /**
   * The card has shown itself, first in `body`: `next` gets its certificate, and where the rest of `body`
   * begins. One that is shown by its name, and that we have not got any more, is asked for.
   */
  read(body: Uint8Array, next: (card: Certificate, at: number) => void): void {
    const shown = readShownCertificate(body);
    if (!shown) return this.refuse('terminal', Refusal.malformed);
    const { end } = shown;
    const known = 'name' in shown ? this.wallet.trust.recall(shown.name) : shown.certificate;
    if (known) return next(known, end);
    this.say(Message.certificate, NOTHING, (whole) => {
      const asked = readShownCertificate(whole);
      if (!asked || 'name' in asked) return this.refuse('terminal', Refusal.malformed);
      next(asked.certificate, end);
    });
  }

  /** As `read`, for a certificate that we believe; any other ends the touch. */
  meet(body: Uint8Array, next: (card: GenuineCertificate, at: number) => void): void {
    this.read(body, (certificate, at) => {
      const admitted = this.wallet.trust.admit(certificate, this.wallet.own_s);
      this.card = isRefusal(admitted) ? undefined : admitted;
      if (this.card) next(this.card, at);
      else this.refuse('terminal', Refusal.certificate);
    });
  }

  /**
   * The card as a payer, with the notes that it will use. Undefined when it is refused; that ends the touch.
   */
  admit(payer: Certificate, notes: readonly Note[], time_s: number): GenuineCertificate | undefined {
    const admitted = this.payee.admit(payer, notes, time_s);
    this.card = isRefusal(admitted) ? undefined : admitted;
    if (isRefusal(admitted)) this.refuse('terminal', admitted);
    return this.card;
  }

  /**
   * Accepts or voids a transfer of the card's and hands over the receipt; then `answered`, with 0 or why it
   * is void.
   */
  take(transfer: Transfer, answered: (why: number) => void): void {
    const { order } = this;
    const answer = this.payee.take(transfer, order.invoice, this.wallet.own_s);
    if (typeof answer === 'number') return this.refuse('terminal', answer);
    const { receipt, again } = answer;
    this.card = answer.payer;
    if (!again) this.proved = answer.payer;
    const accepted = receipt.outcome === Outcome.accepted;
    if (accepted && paysFor(order, transfer, again, this.wallet.crypto.equal)) {
      order.transfer = transfer;
      order.done = true;
    }
    const why = accepted ? 0 : (answer.why ?? Refusal.mismatch);
    this.say(Message.receipt, receipt.compact, () => answered(why));
  }

  refuse(by: 'card' | 'terminal', why: Refusal): void {
    this.finish({ outcome: this.#isOut() ? 'torn' : 'refused', refusal: { by, why } });
  }

  /**
   * Whether the money for the order is in flight, ours or the card's, so that the order is not over whatever
   * either of us says.
   */
  #isOut(): boolean {
    const { order, wallet } = this;
    if (this.payee.hasLeftInFlight) return true;
    const invoice = order.kind === 'push' && !order.done ? order.invoice : undefined;
    if (!invoice) return false;
    return wallet.ledger.inFlightTransfers.some(({ transfer }) =>
      wallet.crypto.equal(transfer.invoice, invoice.id),
    );
  }

  /** After our commit an error leaves the order done: the receipt can still be given in a later touch. */
  fault(fault: Fault): void {
    this.finish({ outcome: this.order.done ? 'paid' : 'torn', fault });
  }

  finish(result: Omit<TouchResult, 'resumed' | 'card' | 'excess_us'>): void {
    const { resumed, card } = this;
    this.onEnd({ ...result, resumed, card, excess_us: this.link.excess_us });
  }
}
