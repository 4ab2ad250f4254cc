import type { NoCode } from '../account/code-maker.js';
import { behind, concat, getU32, sameBytes } from '../bytes.js';
import { CODE_VALIDITY_S } from '../limits.js';
import { isAmount } from '../objects/amount.js';
import { Consent } from '../payment/consent.js';
import { checkLifecycle } from '../payment/lifecycle.js';
import { consentNeeded, isAbove } from '../payment/policy.js';
import { Message } from '../protocol/message.js';
import { Refusal } from '../protocol/refusal.js';
import type { GenuineCertificate } from '../trust/trust.js';
import type { Wallet } from '../wallet/wallet.js';
import { refuseWith } from './payment-applet.js';

const AMOUNT = 0;
const TIME = 4;
const ORDER = 8;
const ASK_BYTES = 16;

/** What a terminal is told; it has no business with the rest. */
const REFUSALS: Readonly<Record<NoCode, Refusal>> = {
  'no-certificate': Refusal.noAccount,
  expired: Refusal.noAccount,
  clock: Refusal.offlineDuration,
  suspended: Refusal.suspended,
  'pin-locked': Refusal.pinLocked,
  pin: Refusal.pin,
  full: Refusal.full,
  unwritable: Refusal.unwritable,
};

/**
 * An account card: gives a terminal that has proved itself in the session a code of its account, for exactly
 * the amount that is asked. The owner's consent is asked as for a payment (R5).
 */
export class AccountApplet {
  /**
   * What was given last, and the question that it answers: the same question gets it again, so that a torn
   * touch takes no second consent and no second number. It outlives the session, not the power.
   */
  #given: { question: Uint8Array; code: Uint8Array; until_s: number } | undefined;

  constructor(private readonly wallet: Wallet) {}

  /** Undefined when the message is not for this applet. */
  handle(message: Uint8Array, terminal: GenuineCertificate): Uint8Array | undefined {
    return message[0] === Message.account ? this.#give(message, terminal) : undefined;
  }

  #give(message: Uint8Array, terminal: GenuineCertificate): Uint8Array {
    const body = message.subarray(1);
    const amount = body.length === ASK_BYTES ? getU32(body, AMOUNT) : Number.NaN;
    if (!isAmount(amount)) return refuseWith(Refusal.malformed);
    const { wallet } = this;
    const { codes, limits } = wallet;
    // A card's clock may have stood still; how far the other's is believed is a limit.
    const time_s = Math.max(wallet.own_s, getU32(body, TIME));
    const question = concat(
      message.subarray(0, 1),
      terminal.id,
      body.subarray(AMOUNT, TIME),
      body.subarray(ORDER),
    );
    const given = this.#given;
    if (given && time_s <= given.until_s && sameBytes(given.question, question)) return behind(0, given.code);
    const refusal =
      checkLifecycle(wallet.lifecycle) ??
      wallet.trust.checkCertificate(terminal, time_s) ??
      (isAbove(time_s - wallet.own_s, limits.clocksApart_s) ? Refusal.offlineDuration : undefined) ??
      this.#noCode(codes.refusalAt(time_s)) ??
      this.#unagreed(question, amount, terminal.id);
    if (refusal !== undefined) return refuseWith(refusal);
    const consent = wallet.consentFor(question);
    const { code, why } = codes.give(amount, time_s, consent);
    if (!code) return refuseWith(this.#noCode(why) ?? Refusal.noAccount);
    // What the owner gave was for one code.
    if (consent !== Consent.none) wallet.decline();
    this.#given = { question, code: code.bytes, until_s: time_s + CODE_VALIDITY_S };
    return behind(0, code.bytes);
  }

  #noCode(why: NoCode | undefined): Refusal | undefined {
    return why === undefined ? undefined : REFUSALS[why];
  }

  /** Asks the owner where a limit wants it. */
  #unagreed(question: Uint8Array, amount: number, payee: Uint8Array): Refusal | undefined {
    const { wallet } = this;
    const unconfirmed = wallet.codes.unconfirmed + wallet.ledger.unconfirmed;
    const needed = wallet.codes.needsPin ? Consent.pin : consentNeeded(wallet.limits, unconfirmed, amount);
    if (wallet.consentFor(question) >= needed) return undefined;
    const needsPin = needed === Consent.pin;
    if (needsPin && wallet.pinLocked) return Refusal.pinLocked;
    wallet.ask({ invoice: question, amount, payee, needsPin });
    return needsPin ? Refusal.pin : Refusal.button;
  }
}
