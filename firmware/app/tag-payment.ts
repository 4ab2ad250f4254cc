import { concat, u32 } from '../bytes.js';
import { Consent } from '../payment/consent.js';
import { consentNeeded } from '../payment/policy.js';
import { Refusal } from '../protocol/refusal.js';
import type { ShownPayee } from '../terminal/expected-payee.js';
import type { Order } from '../terminal/order.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Wallet } from '../wallet/wallet.js';

/**
 * A payment to whom a tag shows, before it is an order: who and how much, and then whether its owner agrees.
 * Nothing of it is paid without that, however small it is (R5): the tag has asked, and not the owner.
 */
export class TagPayment {
  shown: ShownPayee | undefined;
  /** What the owner is asked about, as an invoice would be: payee tag, then the amount. */
  #question: Uint8Array | undefined;
  #needsPin = false;

  constructor(
    private readonly wallet: Wallet,
    private readonly terminal: Terminal,
    /** Minor units; 0 while nobody has said it. */
    private amount: number,
  ) {}

  /** The tag is still to be read. */
  get isReading(): boolean {
    return this.shown === undefined;
  }

  /** The owner is to say how much. */
  get wantsAmount(): boolean {
    return !this.isReading && this.amount === 0;
  }

  /** Who was shown. Returns why it comes to nothing. */
  show(shown: ShownPayee): Refusal | undefined {
    const { amount } = shown.tag;
    if (amount !== undefined && this.amount !== 0 && amount !== this.amount) return Refusal.mismatch;
    this.shown = shown;
    return this.#ask(amount ?? this.amount);
  }

  /** How much. Returns why it comes to nothing. */
  say(amount: number): Refusal | undefined {
    return this.#ask(amount);
  }

  /** Puts it to the owner, once all of it is known. */
  #ask(amount: number): Refusal | undefined {
    const { wallet } = this;
    const shown = this.shown;
    this.amount = amount;
    if (!shown || amount === 0) return undefined;
    const { tag } = shown;
    this.#question = concat(tag.bytes, u32(amount));
    this.#needsPin = consentNeeded(wallet.limits, wallet.ledger.unconfirmed, amount) === Consent.pin;
    if (this.#needsPin && wallet.pinLocked) return Refusal.pinLocked;
    wallet.ask({
      invoice: this.#question,
      amount,
      payee: tag.certificate.id,
      needsPin: this.#needsPin,
    });
    return undefined;
  }

  /** The order, once the owner has agreed to it; why there is none; undefined until then. */
  agreed(): Order | Refusal | undefined {
    const { wallet } = this;
    if (!this.shown || !this.#question) return undefined;
    const consent = wallet.consentFor(this.#question);
    if (consent < (this.#needsPin ? Consent.pin : Consent.button)) return undefined;
    const order = this.terminal.orderTo(this.shown, this.amount);
    // It has been answered.
    wallet.decline();
    return typeof order === 'number' ? order : { ...order, consent };
  }
}
