import type { Clock } from '../../hal/clock.js';
import type { Presence } from '../../hal/presence.js';
import { sameBytes } from '../bytes.js';
import { PRESENCE_MS_MAX } from '../limits.js';
import type { Effect } from './payment-view.js';

/** What stands for the user's agreement to one payment (R5), each including the ones before it. */
export const Consent = { none: 0, button: 1, pin: 2 } as const;
export type Consent = (typeof Consent)[keyof typeof Consent];

type Ask = Effect & { do: 'ask' };

/**
 * What the user was last asked, and what they gave for it: good for that invoice to the byte, and not for
 * long.
 */
export class Consents {
  #asked: Ask | undefined;
  #given: Consent = Consent.none;
  #givenAt_ms = 0;

  constructor(
    private readonly clock: Clock,
    private readonly presence: Presence,
  ) {}

  ask(ask: Ask, currency: Uint8Array): void {
    if (!this.#asked || !sameBytes(this.#asked.invoice, ask.invoice)) this.#given = Consent.none;
    this.#asked = ask;
    const { amount, payee, needsPin } = ask;
    this.presence.show({ amount, currency, payee, needsPin });
  }

  /** False when nothing was asked, or not by the `payee` that must be the one. */
  give(consent: Consent, payee?: Uint8Array): boolean {
    if (!this.#asked || (payee && !sameBytes(payee, this.#asked.payee))) return false;
    this.#given = consent;
    this.#givenAt_ms = this.clock.ticks_ms();
    return true;
  }

  for(invoice: Uint8Array): Consent {
    if (!this.#asked || !sameBytes(this.#asked.invoice, invoice)) return Consent.none;
    const age_ms = (this.clock.ticks_ms() - this.#givenAt_ms) & 0x7fffffff;
    return age_ms <= PRESENCE_MS_MAX ? this.#given : Consent.none;
  }

  forget(): void {
    if (this.#asked) this.presence.show(undefined);
    this.#asked = undefined;
    this.#given = Consent.none;
  }
}
