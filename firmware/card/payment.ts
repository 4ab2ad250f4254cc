import type { Crypto } from '../../hal/crypto.js';
import type { Session } from '../channel/session.js';
import type { Certificate } from '../note/certificate.js';
import { Invoice } from '../note/invoice.js';
import { NOTE_BYTES, Note } from '../note/note.js';
import { Outcome, RECEIPT_REST_BYTES, Receipt } from '../note/receipt.js';
import { concat, getU32, putU32 } from '../note/shape.js';
import { Transfer } from '../note/transfer.js';
import { newInvoice } from '../wallet/invoices.js';
import { closing, payee, payeeIdle, refuseBeforehand } from '../wallet/payee.js';
import { type PayerEvent, type PayerState, payer, payerIdle } from '../wallet/payer.js';
import { Refusal } from '../wallet/refusal.js';
import type { Wallet } from '../wallet/wallet.js';
import { Message } from './message.js';

const YES = Uint8Array.of(0);
const ORDER_BYTES = 8;

export const no = (why: Refusal): Uint8Array => Uint8Array.of(why);

/** The payment applet: translates a terminal's messages into events for the machines, and their effects into answers. */
export class PaymentApplet {
  #payer: PayerState = payerIdle;
  /** The invoice that an OFFER got, so that the same order gets it again. It outlives the session, not the power. */
  #offered: { order: Uint8Array; invoice: Invoice } | undefined;
  /** What this session has handed over last: what a receipt in it is for. */
  #handed: Transfer | undefined;
  #heard: { payee: Certificate; transfer: Transfer; rest: Uint8Array } | undefined;

  constructor(private readonly wallet: Wallet) {}

  /** A session ended: what was agreed in it is off. */
  reset(): void {
    this.#payer = payerIdle;
    this.#handed = undefined;
  }

  /** Undefined when the message is not for this applet. `terminal` is verified before anything else is said. */
  handle(message: Uint8Array, terminal: Certificate, session: Session): Uint8Array | undefined {
    const body = message.subarray(1);
    switch (message[0]) {
      case Message.invoice:
        return this.#invoice(body, terminal);
      case Message.transfer:
        return this.#pay({ type: 'pay' });
      case Message.receipt:
        return this.#receipt(body, terminal);
      case Message.resume:
        if (body.length !== 4) return no(Refusal.malformed);
        return this.#pay({ type: 'resume', payee: terminal, epoch: getU32(body, 0) });
      case Message.offer:
        return this.#offer(body, terminal, session);
      case Message.deliver:
        return this.#deliver(body, terminal);
      case Message.identify:
        return this.#identify();
      default:
        return undefined;
    }
  }

  #invoice(body: Uint8Array, terminal: Certificate): Uint8Array {
    const invoice = Invoice.parse(body.slice());
    return invoice ? this.#pay({ type: 'invoice', payee: terminal, invoice }) : no(Refusal.malformed);
  }

  /** Answered at once, since the payee has booked already and waits: whether it is good is seen, and it is booked, once the answer is out. */
  #receipt(body: Uint8Array, terminal: Certificate): Uint8Array {
    if (body.length !== RECEIPT_REST_BYTES) return no(Refusal.malformed);
    if (!this.#handed) return no(Refusal.order);
    this.#heard = { payee: terminal, transfer: this.#handed, rest: body.slice() };
    return YES;
  }

  /** Books the receipt that was heard last. */
  book(): void {
    const heard = this.#heard;
    if (!heard) return;
    this.#heard = undefined;
    const receipt = Receipt.complete(this.wallet.crypto, heard.transfer, heard.rest);
    // One that is not good changes nothing: the transfer stays in flight.
    if (receipt) this.#pay({ type: 'receipt', payee: heard.payee, receipt });
  }

  #pay(event: PayerEvent): Uint8Array {
    const step = payer(this.wallet, this.#payer, event);
    const effect = this.wallet.perform(step);
    this.#payer = step.state;
    switch (effect?.do) {
      case undefined:
        return YES;
      case 'refuse':
        return no(effect.why);
      case 'show':
        return this.#show(effect.notes);
      case 'hand':
        this.#handed = effect.transfer;
        return event.type === 'resume'
          ? this.#handAgain(effect.transfer)
          : concat(YES, effect.transfer.bytes);
      default:
        return no(Refusal.order);
    }
  }

  #show(notes: readonly Uint8Array[]): Uint8Array {
    const bytes = notesOf(this.wallet, notes);
    return bytes ? concat(YES, this.wallet.certificate.bytes, ...bytes) : no(Refusal.unreadable);
  }

  #handAgain(transfer: Transfer): Uint8Array {
    const packed = packTransfer(this.wallet, transfer);
    return packed ? concat(YES, this.wallet.certificate.bytes, packed) : no(Refusal.unreadable);
  }

  #offer(body: Uint8Array, terminal: Certificate, session: Session): Uint8Array {
    if (body.length !== 12 + ORDER_BYTES) return no(Refusal.malformed);
    if (this.wallet.ledger.flightTo(terminal.id, getU32(body, 8))) return no(Refusal.resume);
    const amount = getU32(body, 0);
    const time_s = Math.max(this.wallet.own_s, getU32(body, 4));
    const order = body.slice(12);
    const { certificate, crypto } = this.wallet;
    const invoice = this.#invoiceFor(order, amount, time_s);
    if (!invoice) return no(Refusal.malformed);
    if (closing(this.wallet, invoice.id)) return no(Refusal.paid);
    const unready = refuseBeforehand(this.wallet, terminal, amount, time_s);
    if (unready !== undefined) return no(unready);
    const signature = invoice.sign(crypto, this.wallet.signingKey, session.handshakeHash);
    return concat(YES, certificate.bytes, invoice.bytes, signature);
  }

  #invoiceFor(order: Uint8Array, amount: number, time_s: number): Invoice | undefined {
    const known = this.#offered;
    const isKnown =
      known && known.invoice.amount === amount && order.every((byte, i) => byte === known.order[i]);
    // One that we have closed with a void is no longer payable: the order gets another.
    const isVoid = isKnown && closing(this.wallet, known.invoice.id)?.outcome === Outcome.void;
    if (isKnown && !isVoid) return known.invoice;
    const invoice = Invoice.parse(newInvoice(this.wallet, amount, time_s).bytes);
    if (invoice) this.#offered = { order, invoice };
    return invoice;
  }

  #deliver(body: Uint8Array, terminal: Certificate): Uint8Array {
    const packed = body.length > 4 ? unpackTransfer(body.subarray(4)) : undefined;
    if (!packed) return no(Refusal.malformed);
    const time_s = Math.max(this.wallet.own_s, getU32(body, 0));
    const { transfer, notes } = packed;
    const shown = payee(this.wallet, payeeIdle, { type: 'shown', payer: terminal, notes, time_s });
    const refusal = this.wallet.perform(shown);
    if (refusal?.do === 'refuse') return no(refusal.why);
    const invoice = this.#offered?.invoice;
    const step = payee(this.wallet, shown.state, { type: 'transfer', transfer, invoice, time_s });
    const effect = this.wallet.perform(step);
    if (effect?.do === 'answer') return concat(YES, effect.receipt.rest, Uint8Array.of(effect.why ?? 0));
    return no(effect?.do === 'refuse' ? effect.why : Refusal.order);
  }

  #identify(): Uint8Array {
    const epoch = new Uint8Array(4);
    putU32(epoch, 0, this.wallet.ledger.epoch);
    return concat(YES, this.wallet.certificate.bytes, epoch);
  }
}

/** number of notes (1), notes, transfer: with the notes' bytes as they lie in flash. Undefined when one of them does not read. */
export function packTransfer(wallet: Wallet, transfer: Transfer): Uint8Array | undefined {
  const ids: Uint8Array[] = [];
  for (let i = 0; i < transfer.noteCount; i++) ids.push(transfer.noteId(i));
  const notes = notesOf(wallet, ids);
  return notes && concat(Uint8Array.of(notes.length), ...notes, transfer.bytes);
}

function notesOf(wallet: Wallet, ids: readonly Uint8Array[]): Uint8Array[] | undefined {
  const notes: Uint8Array[] = [];
  for (const id of ids) {
    const bytes = wallet.noteBytes(id);
    if (!bytes) return undefined;
    notes.push(bytes);
  }
  return notes;
}

export function unpackTransfer(
  bytes: Uint8Array,
): { transfer: Transfer; notes: readonly Note[] } | undefined {
  const end = 1 + bytes[0] * NOTE_BYTES;
  const notes = parseNotes(bytes.subarray(1, end));
  const transfer = Transfer.parse(bytes.slice(end));
  return notes && notes.length === bytes[0] && transfer ? { transfer, notes } : undefined;
}

export function parseNotes(bytes: Uint8Array): readonly Note[] | undefined {
  if (bytes.length % NOTE_BYTES !== 0) return undefined;
  const notes: Note[] = [];
  for (let at = 0; at < bytes.length; at += NOTE_BYTES) {
    const note = Note.parse(bytes.slice(at, at + NOTE_BYTES));
    if (!note) return undefined;
    notes.push(note);
  }
  return notes;
}

/** The receipt for `transfer` without what that says itself, then why it is void (1, 0 when it is not). */
export function parseDelivered(
  crypto: Crypto,
  transfer: Transfer,
  bytes: Uint8Array,
): { receipt: Receipt; why: number } | undefined {
  if (bytes.length !== RECEIPT_REST_BYTES + 1) return undefined;
  const receipt = Receipt.complete(crypto, transfer, bytes.subarray(0, RECEIPT_REST_BYTES));
  return receipt && { receipt, why: bytes[RECEIPT_REST_BYTES] };
}
