import { behind, concat, getU32, u32 } from '../bytes.js';
import type { Session } from '../channel/session.js';
import { invoiceEpoch } from '../ledger/journal-entry.js';
import { Invoice } from '../objects/invoice.js';
import { Outcome, RECEIPT_COMPACT_BYTES, Receipt } from '../objects/receipt.js';
import type { Transfer } from '../objects/transfer.js';
import { newInvoice } from '../payment/invoice-id.js';
import { checkBeforehand, Payee } from '../payment/payee.js';
import { Payer } from '../payment/payer.js';
import { Message } from '../protocol/message.js';
import { compactNotes, packTransfer, partiesOf, unpackTransfer } from '../protocol/pack.js';
import { Refusal } from '../protocol/refusal.js';
import { type GenuineCertificate, isRefusal, KeyPlace } from '../trust/trust.js';
import type { Wallet } from '../wallet/wallet.js';

const YES = Uint8Array.of(0);
const ORDER_BYTES = 8;

export const refuseWith = (why: Refusal): Uint8Array => Uint8Array.of(why);

/** The payment applet: a terminal's messages for the payer's and the payee's side, and their answers. */
export class PaymentApplet {
  readonly #payer: Payer;
  readonly #payee: Payee;
  /**
   * The invoice that an OFFER got, so that the same order gets it again. It outlives the session, not the
   * power.
   */
  #offered: { order: Uint8Array; invoice: Invoice } | undefined;
  /** What this session has handed over last: what a receipt in it is for. */
  #handed: Transfer | undefined;
  /** Who has just got an invoice. */
  #asked: GenuineCertificate | undefined;
  #heard: { payee: GenuineCertificate; transfer: Transfer; compact: Uint8Array } | undefined;

  constructor(private readonly wallet: Wallet) {
    this.#payer = new Payer(wallet);
    this.#payee = new Payee(wallet);
  }

  /** A session ended: what was agreed in it is off. */
  reset(): void {
    this.#payer.reset();
    this.#handed = undefined;
  }

  /** Undefined when the message is not for this applet. `shown`: our certificate, or its name. */
  handle(
    message: Uint8Array,
    terminal: GenuineCertificate,
    session: Session,
    shown: Uint8Array,
  ): Uint8Array | undefined {
    const body = message.subarray(1);
    switch (message[0]) {
      case Message.invoice:
        return this.#invoice(body, terminal, shown);
      case Message.transfer:
        return this.#transfer();
      case Message.receipt:
        return this.#receipt(body, terminal);
      case Message.resume:
        return this.#resume(body, terminal, shown);
      case Message.offer:
        return this.#offer(body, terminal, session, shown);
      case Message.deliver:
        return this.#deliver(body, terminal);
      case Message.identify:
        return this.#identify(shown);
      case Message.certificate:
        return behind(0, this.wallet.certificate.compact);
      default:
        return undefined;
    }
  }

  #invoice(body: Uint8Array, terminal: GenuineCertificate, shown: Uint8Array): Uint8Array {
    const asked = Invoice.expand(body, 0, terminal);
    if (asked?.end !== body.length) return refuseWith(Refusal.malformed);
    const ids = this.#payer.agree(terminal, asked.invoice);
    if (typeof ids === 'number') return refuseWith(ids);
    const notes = compactNotes(this.wallet, ids);
    if (notes) return concat(YES, shown, ...notes);
    // What was agreed draws on a note that cannot be shown.
    this.#payer.reset();
    return refuseWith(Refusal.unreadable);
  }

  #transfer(): Uint8Array {
    const transfer = this.#payer.pay();
    if (typeof transfer === 'number') return refuseWith(transfer);
    this.#handed = transfer;
    return behind(0, transfer.compact(true));
  }

  #resume(body: Uint8Array, terminal: GenuineCertificate, shown: Uint8Array): Uint8Array {
    if (body.length !== 4) return refuseWith(Refusal.malformed);
    const transfer = this.#payer.resume(terminal, getU32(body, 0));
    if (typeof transfer === 'number') return refuseWith(transfer);
    this.#handed = transfer;
    const packed = packTransfer(this.wallet, transfer);
    return packed ? concat(YES, shown, packed) : refuseWith(Refusal.unreadable);
  }

  /**
   * Answered at once, since the payee has booked already and waits: whether it is good is seen, and it is
   * booked, once the answer is out.
   */
  #receipt(body: Uint8Array, terminal: GenuineCertificate): Uint8Array {
    if (body.length !== RECEIPT_COMPACT_BYTES) return refuseWith(Refusal.malformed);
    if (!this.#handed) return refuseWith(Refusal.order);
    this.#heard = { payee: terminal, transfer: this.#handed, compact: body.slice() };
    return YES;
  }

  /**
   * What no answer had to wait for: the receipt that was heard last is booked, the key of who got an invoice
   * is prepared for its transfer, and what was agreed is signed while the notes are on the air.
   */
  work(): void {
    this.#book();
    this.#payer.signAhead();
    if (this.#asked) this.wallet.crypto.ed25519Prepare(this.#asked.publicKey, KeyPlace.counterpart);
    this.#asked = undefined;
  }

  #book(): void {
    const heard = this.#heard;
    if (!heard) return;
    this.#heard = undefined;
    const expanded = Receipt.expand(this.wallet.crypto, heard.compact, 0, heard.transfer);
    // One that is not good changes nothing: the transfer stays in flight.
    if (expanded) this.#payer.book(heard.payee, expanded.receipt);
  }

  #offer(body: Uint8Array, terminal: GenuineCertificate, session: Session, shown: Uint8Array): Uint8Array {
    if (body.length !== 12 + ORDER_BYTES) return refuseWith(Refusal.malformed);
    if (this.wallet.ledger.inFlightTransferTo(terminal.id, getU32(body, 8)))
      return refuseWith(Refusal.resume);
    const amount = getU32(body, 0);
    const time_s = Math.max(this.wallet.own_s, getU32(body, 4));
    const order = body.slice(12);
    const invoice = this.#invoiceFor(order, amount, time_s);
    if (!invoice) return refuseWith(Refusal.malformed);
    if (this.wallet.closing(invoice.id)) return refuseWith(Refusal.paid);
    const unready = checkBeforehand(this.wallet, terminal, amount, time_s);
    if (unready !== undefined) return refuseWith(unready);
    // Not before: the time stated now may be what was refused.
    this.#offered = { order, invoice };
    const { crypto, signingKey } = this.wallet;
    const signature = invoice.sign(crypto, signingKey, session.handshakeHash);
    this.#asked = terminal;
    return concat(YES, shown, invoice.compact, signature);
  }

  #invoiceFor(order: Uint8Array, amount: number, time_s: number): Invoice | undefined {
    const known = this.#offered;
    const isKnown =
      known &&
      invoiceEpoch(known.invoice.id) === this.wallet.ledger.epoch &&
      known.invoice.amount === amount &&
      order.every((byte, i) => byte === known.order[i]);
    // One that we have closed with a void, or a settlement has, is no longer payable: the order gets another.
    const isVoid = isKnown && this.wallet.closing(known.invoice.id)?.outcome === Outcome.void;
    if (isKnown && !isVoid) return known.invoice;
    return Invoice.parse(newInvoice(this.wallet, amount, time_s).bytes);
  }

  #deliver(body: Uint8Array, terminal: GenuineCertificate): Uint8Array {
    const packed = unpackTransfer(body, 4, partiesOf(terminal, this.wallet));
    if (!packed) return refuseWith(Refusal.malformed);
    const time_s = Math.max(this.wallet.own_s, getU32(body, 0));
    const { transfer, notes } = packed;
    const admitted = this.#payee.admit(terminal, notes, time_s);
    if (isRefusal(admitted)) return refuseWith(admitted);
    const answer = this.#payee.take(transfer, this.#offered?.invoice, time_s);
    if (typeof answer === 'number') return refuseWith(answer);
    return concat(YES, answer.receipt.compact, Uint8Array.of(answer.why ?? 0));
  }

  #identify(shown: Uint8Array): Uint8Array {
    return concat(YES, shown, u32(this.wallet.ledger.epoch));
  }
}
