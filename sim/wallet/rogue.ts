/** Peers that keep to nothing: one whom the bank has certified, and one without a key. */

import { concat, putU32 } from '../../firmware/bytes.js';
import { agreementOf, type KeyPair, Responder } from '../../firmware/channel/handshake.js';
import type { Session } from '../../firmware/channel/session.js';
import { Certificate } from '../../firmware/objects/certificate.js';
import { Invoice } from '../../firmware/objects/invoice.js';
import { Receipt } from '../../firmware/objects/receipt.js';
import { type KnownOfTransfer, Transfer, type TransferFields } from '../../firmware/objects/transfer.js';
import { buildCommand, buildHello, Ins, SELECT_APPLICATION, VERSIONS } from '../../firmware/protocol/apdu.js';
import { Message } from '../../firmware/protocol/message.js';
import { expandNotes } from '../../firmware/protocol/pack.js';
import { touchPrologue } from '../../firmware/protocol/prologue.js';
import { readShownCertificate } from '../../firmware/protocol/shown-certificate.js';
import { CURRENCY, type TestBank } from '../world/test-bank.js';

export type Exchange = (command: Uint8Array) => Uint8Array;

const EMPTY = new Uint8Array(0);

export class Rogue {
  readonly certificate: Certificate;
  readonly signingKey: Uint8Array;
  readonly #agreement: KeyPair;
  #session: Session | undefined;
  #asked: KnownOfTransfer | undefined;
  #responder: Responder | undefined;

  /**
   * `issuerKey`: of whoever signs its certificate; the bank's own key makes it a certified peer.
   * `notAfter_s`: of the certificate.
   */
  constructor(
    private readonly bank: TestBank,
    readonly category: number,
    issuerKey: Uint8Array = bank.operatorKey,
    notAfter_s?: number,
  ) {
    this.signingKey = bank.crypto.ed25519KeyFromSeed(bank.random(32)).slice();
    this.#agreement = agreementOf(bank.crypto, this.signingKey);
    const until = notAfter_s === undefined ? {} : { notAfter_s };
    const certified = bank.certify(this.signingKey.slice(32), {
      category,
      role: category === 0 ? 0 : 1,
      issuerKey,
      ...until,
    });
    this.certificate = Certificate.parse(certified.bytes)!;
  }

  /** SELECT and HELLO. */
  open(exchange: Exchange): void {
    const { bank } = this;
    this.#session = undefined;
    const selected = dataOf(exchange(SELECT_APPLICATION));
    const secret = bank.random(32);
    const ephemeral = { secret, publicKey: bank.crypto.x25519PublicKey(secret) };
    this.#responder = new Responder(bank.crypto, this.#agreement, ephemeral);
    dataOf(exchange(buildHello(this.#responder.e, this.certificate.compact)));
    this.#responder.hello(touchPrologue(VERSIONS.newest), selected.slice(2), selected.slice(0, 2));
  }

  /**
   * SELECT, then HELLO with its certificate and a key of somebody else's, as whoever has only seen it once
   * would; then what can be no message. Returns the answer to that.
   */
  replay(exchange: Exchange): Uint8Array {
    exchange(SELECT_APPLICATION);
    exchange(buildHello(this.bank.random(32), this.certificate.compact));
    return exchange(buildCommand(Ins.secure, this.bank.random(40), { long: true }));
  }

  /** One message, and the answer in clear; empty when the card has ended the session. */
  say(exchange: Exchange, type: number, ...parts: readonly Uint8Array[]): Uint8Array {
    const message = concat(Uint8Array.of(type), ...parts);
    const sealed = this.#session ? this.#session.seal(message) : this.#responder!.finish(message);
    this.#session ??= this.#responder!.session;
    return this.#session.open(dataOf(exchange(buildCommand(Ins.secure, sealed, { long: true })))) ?? EMPTY;
  }

  /** The certificate first in an answer, that of a name asked for, and where what follows begins. */
  shownIn(exchange: Exchange, answer: Uint8Array): { card: Certificate; at: number } | undefined {
    const shown = answer[0] === 0 ? readShownCertificate(answer.subarray(1)) : undefined;
    if (!shown) return undefined;
    const at = 1 + shown.end;
    if (!('name' in shown)) return { card: shown.certificate, at };
    const whole = readShownCertificate(this.say(exchange, Message.certificate).subarray(1));
    return whole && !('name' in whole) ? { card: whole.certificate, at } : undefined;
  }

  /** INVOICE; what the card shows is kept for `take`. */
  ask(exchange: Exchange, invoice: Invoice): Uint8Array {
    this.#asked = undefined;
    const answer = this.say(exchange, Message.invoice, invoice.compact);
    const shown = this.shownIn(exchange, answer);
    if (!shown) return answer;
    const parties = { payer: shown.card.id, payee: this.certificate.id, currency: invoice.currency };
    const notes = expandNotes(answer, shown.at, parties)?.notes;
    if (notes) this.#asked = { ...parties, invoice: invoice.id, notes };
    return answer;
  }

  /** TRANSFER: what the card hands over for what was asked last. */
  take(exchange: Exchange): Transfer | undefined {
    const answer = this.say(exchange, Message.transfer);
    const asked = this.#asked;
    return answer[0] === 0 && asked ? Transfer.expand(answer, 1, asked)?.transfer : undefined;
  }

  invoice(epoch: number, amount: number, created_s: number, currency = CURRENCY): Invoice {
    const id = this.bank.random(8);
    putU32(id, 0, epoch);
    return Invoice.build({
      payee: this.certificate.id,
      id,
      amount,
      currency,
      category: this.category,
      created_s,
      validity_s: 300,
    });
  }

  receipt(transfer: Transfer, outcome: number): Receipt {
    return Receipt.build(this.bank.crypto, this.signingKey, {
      payee: this.certificate.id,
      payer: transfer.payer,
      invoice: transfer.invoice,
      transfer: transfer.hash(this.bank.crypto),
      outcome,
      sequence: 1,
      created_s: transfer.created_s,
    });
  }

  /** Value that it claims to have received. */
  transfer(
    payee: Uint8Array,
    invoice: Invoice,
    fields: Pick<TransferFields, 'received' | 'terms'> & { currency?: Uint8Array },
  ): Transfer {
    return Transfer.build(this.bank.crypto, this.signingKey, {
      payer: this.certificate.id,
      payee,
      invoice: invoice.id,
      currency: CURRENCY,
      purpose: 0,
      sequence: 1 + (this.bank.random(1)[0] & 0x7f),
      previous: this.bank.random(32),
      created_s: invoice.created_s,
      claimBy_s: invoice.created_s + invoice.validity_s,
      notes: [],
      ...fields,
    });
  }
}

/** The data of an answer with the status 9000, else nothing. */
export function dataOf(response: Uint8Array): Uint8Array {
  const end = response.length - 2;
  return response[end] === 0x90 && response[end + 1] === 0 ? response.slice(0, end) : EMPTY;
}
