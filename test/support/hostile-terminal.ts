import { concat, putU32, u32 } from '../../firmware/bytes.js';
import { agreementOf, type KeyPair, Responder } from '../../firmware/channel/handshake.js';
import type { Session } from '../../firmware/channel/session.js';
import type { Certificate } from '../../firmware/objects/certificate.js';
import { Invoice, type InvoiceFields } from '../../firmware/objects/invoice.js';
import type { Note } from '../../firmware/objects/note.js';
import { Receipt, type ReceiptFields } from '../../firmware/objects/receipt.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import { AID, buildCommand, buildHello, CLA_ISO, Ins, VERSIONS } from '../../firmware/protocol/apdu.js';
import { Message } from '../../firmware/protocol/message.js';
import { expandNotes, type Parties, unpackTransfer } from '../../firmware/protocol/pack.js';
import { touchPrologue } from '../../firmware/protocol/prologue.js';
import { readShownCertificate } from '../../firmware/protocol/shown-certificate.js';
import { CURRENCY, type TestBank } from '../../sim/world/test-bank.js';

/** Takes one command APDU, gives the response APDU. */
export type Exchange = (command: Uint8Array) => Uint8Array;

/** A device's keys and its certificate, in the hands of whoever wants to misuse them. */
export interface Identity {
  readonly certificate: Certificate;
  /** Ed25519, 64 bytes. */
  readonly signingKey: Uint8Array;
  readonly agreement: KeyPair;
}

/** A certified device that obeys nobody. `options` as for `PaperBank.certify`. */
export function rogue(bank: TestBank, options: Parameters<TestBank['certify']>[1] = {}): Identity {
  const signingKey = bank.crypto.ed25519KeyFromSeed(bank.random(32));
  const certificate = bank.certify(signingKey.slice(32), options);
  return { certificate, signingKey, agreement: agreementOf(bank.crypto, signingKey) };
}

interface Shown {
  readonly card: Certificate;
  readonly notes: readonly Note[];
}

export interface Response {
  readonly status: number;
  readonly data: Uint8Array;
}

/** A terminal without manners: speaks the channel, and says in it whatever the test wants. */
export class HostileTerminal {
  readonly #bank: TestBank;
  readonly #exchange: Exchange;
  readonly identity: Identity;
  /** Every response APDU that it has seen. */
  readonly seen: Uint8Array[] = [];
  session: Session | undefined;
  #asked: Invoice | undefined;
  #shown: Shown | undefined;
  responder: Responder | undefined;

  constructor(bank: TestBank, exchange: Exchange, identity: Identity) {
    this.#bank = bank;
    this.#exchange = exchange;
    this.identity = identity;
  }

  raw(command: Uint8Array): Response {
    const response = this.#exchange(command);
    this.seen.push(response);
    const end = response.length - 2;
    return { status: (response[end] << 8) | response[end + 1], data: response.slice(0, end) };
  }

  select(): Response {
    this.session = undefined;
    return this.raw(buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 }));
  }

  /**
   * SELECT and HELLO with this certificate, compact; the keys are those of `identity`. Returns the status of
   * HELLO.
   */
  open(certificate: Uint8Array = this.identity.certificate.compact): number {
    const { status, data } = this.select();
    if (status !== 0x9000) return status;
    const secret = this.#bank.random(32);
    const ephemeral = { secret, publicKey: this.#bank.crypto.x25519PublicKey(secret) };
    const responder = new Responder(this.#bank.crypto, this.identity.agreement, ephemeral);
    this.responder = responder;
    const hello = this.raw(buildHello(responder.e, certificate));
    const prologue = touchPrologue(VERSIONS.newest);
    if (hello.status === 0x9000) responder.hello(prologue, data.slice(2), data.slice(0, 2));
    return hello.status;
  }

  /** One message, sealed as it must be, and not sent. */
  seal(message: Uint8Array): Uint8Array {
    const sealed = this.session ? this.session.seal(message) : this.responder!.finish(message);
    this.session ??= this.responder!.session;
    return sealed;
  }

  sendSealed(sealed: Uint8Array): Response {
    return this.raw(buildCommand(Ins.secure, sealed, { long: true }));
  }

  /**
   * One message in the session; the answer in clear. Throws when there is none: the card has ended the
   * session.
   */
  say(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
    const { status, data } = this.sendSealed(this.seal(concat(Uint8Array.of(type), ...parts)));
    const answer = status === 0x9000 ? this.session?.open(data) : undefined;
    if (!answer) throw new Error(`no answer: ${status.toString(16)}`);
    return answer;
  }

  /** An invoice of this terminal's, for 100 now, unless told otherwise. */
  invoice(fields: Partial<InvoiceFields> = {}): Invoice {
    const { certificate } = this.identity;
    const created_s = fields.created_s ?? this.#bank.now_s;
    const id = this.#bank.random(8);
    putU32(id, 0, 1);
    return Invoice.build({
      payee: certificate.id,
      id,
      amount: 100,
      currency: CURRENCY,
      category: certificate.category,
      created_s,
      validity_s: 300,
      ...fields,
    });
  }

  ask(invoice: Invoice): Uint8Array {
    this.#asked = invoice;
    const answer = this.say(Message.invoice, invoice.compact);
    this.#shown = answer[0] === 0 ? this.shownIn(answer) : undefined;
    return answer;
  }

  /** INVOICE and TRANSFER, in a new session; the transfer that the card hands over. No receipt follows. */
  takeMoney(invoice: Invoice): Transfer {
    this.open();
    const shown = this.ask(invoice);
    if (shown[0] !== 0) throw new Error(`the card refuses: ${shown[0].toString(16)}`);
    return this.transferOf(this.say(Message.transfer));
  }

  transferOf(answer: Uint8Array): Transfer {
    const [asked, shown] = [this.#asked, this.#shown];
    const known = asked &&
      shown && { ...this.partiesWith(shown.card), invoice: asked.id, notes: shown.notes };
    const expanded = answer[0] === 0 && known ? Transfer.expand(answer, 1, known) : undefined;
    const transfer = expanded?.end === answer.length ? expanded.transfer : undefined;
    if (!transfer) throw new Error(`no transfer: ${answer[0].toString(16)}`);
    return transfer;
  }

  /** Our receipt for a transfer to us, `accepted` unless told otherwise. */
  receipt(transfer: Transfer, fields: Partial<ReceiptFields> = {}, key = this.identity.signingKey): Receipt {
    return Receipt.build(this.#bank.crypto, key, {
      payee: this.identity.certificate.id,
      payer: transfer.payer,
      invoice: transfer.invoice,
      transfer: transfer.hash(this.#bank.crypto),
      outcome: 0,
      sequence: 1,
      created_s: this.#bank.now_s,
      ...fields,
    });
  }

  partiesWith(card: Certificate): Parties {
    return { payer: card.id, payee: this.identity.certificate.id, currency: CURRENCY };
  }

  /** Certificate first in an answer, that of a name asked for; and what it is followed by. */
  cardIn(answer: Uint8Array): { card: Certificate; at: number } {
    const shown = readShownCertificate(answer.slice(1))!;
    const at = 1 + shown.end;
    if (!('name' in shown)) return { card: shown.certificate, at };
    const whole = readShownCertificate(this.say(Message.certificate).slice(1));
    if (!whole || 'name' in whole) throw new Error('the card does not show its certificate');
    return { card: whole.certificate, at };
  }

  /** The invoice in an answer to OFFER. */
  invoiceIn(answer: Uint8Array): Invoice {
    const { card, at } = this.cardIn(answer);
    return Invoice.expand(answer, at, card)!.invoice;
  }

  /** The card and its notes in an answer to INVOICE. */
  shownIn(answer: Uint8Array): Shown {
    const { card, at } = this.cardIn(answer);
    return { card, notes: expandNotes(answer, at, this.partiesWith(card))!.notes };
  }

  /** The transfer in an answer to RESUME. */
  resumedIn(answer: Uint8Array): Transfer | undefined {
    if (answer[0] !== 0) return undefined;
    const { card, at } = this.cardIn(answer);
    return unpackTransfer(answer, at, this.partiesWith(card))?.transfer;
  }

  resume(epoch: number): Uint8Array {
    const body = u32(epoch);
    return this.say(Message.resume, body);
  }
}
