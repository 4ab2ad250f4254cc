import type { Alarm, Clock } from '../../hal/clock.js';
import type { Presence, Prompt } from '../../hal/presence.js';
import { sameBytes } from '../bytes.js';
import { PRESENCE_MS_MAX, QUESTION_DEAF_MS, QUESTION_MS_MAX } from '../limits.js';

/** What stands for the user's agreement to one payment (R5), each including the ones before it. */
export const Consent = { none: 0, button: 1, pin: 2 } as const;
export type Consent = (typeof Consent)[keyof typeof Consent];

/** What a payment asks the user. */
export interface PaymentQuestion {
  /** The invoice, its whole bytes. */
  readonly invoice: Uint8Array;
  /** Minor units. */
  readonly amount: number;
  /** Device that asks for it, 8 bytes. */
  readonly payee: Uint8Array;
  readonly needsPin: boolean;
}

/**
 * A payment that the user is asked about. `prompt` is what they see; it is the same object for as long as it
 * is the same question.
 */
interface Question {
  readonly invoice: Uint8Array;
  readonly prompt: Prompt;
  readonly askedAt_ms: number;
  /**
   * Of the clock that does not wrap: an alarm can be late, and an old question must not come to life again.
   */
  until_s: number;
  given: Consent;
  givenAt_ms: number;
}

/**
 * What the user is asked, and what they gave for it: good for that invoice to the byte, and not for long. A
 * question runs out; one that another replaces is forgotten, with what was given for it.
 */
export class Consents {
  #question: Question | undefined;
  #alarm: Alarm | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly presence: Presence,
  ) {}

  /** The same question again stands for longer, and what was given for it stays. */
  ask({ invoice, amount, payee, needsPin }: PaymentQuestion, currency: Uint8Array): void {
    const old = this.#question;
    if (old?.prompt.needsPin !== needsPin || !sameBytes(old.invoice, invoice)) {
      const prompt = { amount, currency, payee, needsPin };
      const askedAt_ms = this.clock.ticks_ms();
      this.#question = { invoice, prompt, askedAt_ms, until_s: 0, given: Consent.none, givenAt_ms: 0 };
      this.presence.show(prompt);
    }
    this.#stand(QUESTION_MS_MAX);
  }

  /**
   * The user pressed the button while they saw `shown`. False when that is not the question any more, has
   * only just come (the press was meant for something else), or takes a PIN.
   */
  press(shown: Prompt): boolean {
    const question = this.#question;
    if (question?.prompt !== shown || shown.needsPin) return false;
    if (this.#since_ms(question.askedAt_ms) < QUESTION_DEAF_MS) return false;
    return this.#give(Consent.button);
  }

  /** Whether `shown` is still what the user is asked. */
  isAsked(shown: Prompt): boolean {
    return this.#question?.prompt === shown && this.#stands;
  }

  /** Whether the user is asked anything. */
  get isAsking(): boolean {
    return this.#stands;
  }

  /** The PIN was right. `payee` (8 bytes): it was typed there, and is for what that one asks only. */
  givePin(payee?: Uint8Array): void {
    const question = this.#question;
    if (question && (!payee || sameBytes(payee, question.prompt.payee))) this.#give(Consent.pin);
  }

  for(invoice: Uint8Array): Consent {
    const question = this.#question;
    if (!question || !this.#stands || !sameBytes(question.invoice, invoice)) return Consent.none;
    return this.#since_ms(question.givenAt_ms) <= PRESENCE_MS_MAX ? question.given : Consent.none;
  }

  forget(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (this.#question) this.presence.show(undefined);
    this.#question = undefined;
  }

  #give(consent: Consent): boolean {
    const question = this.#question;
    if (!question || !this.#stands) return false;
    question.given = consent;
    question.givenAt_ms = this.clock.ticks_ms();
    this.#stand(PRESENCE_MS_MAX);
    return true;
  }

  /** For so long from now; then it is forgotten, and off the screen. */
  #stand(ms: number): void {
    if (this.#question) this.#question.until_s = this.clock.uptime_s() + Math.ceil(ms / 1000);
    this.#alarm?.cancel();
    this.#alarm = this.clock.schedule(ms + 1, () => this.forget());
  }

  get #stands(): boolean {
    return this.#question !== undefined && this.clock.uptime_s() <= this.#question.until_s;
  }

  #since_ms(ticks_ms: number): number {
    return (this.clock.ticks_ms() - ticks_ms) & 0x7fffffff;
  }
}
