/** The user's side of a payment: what is shown. How they agree comes back to the firmware as an event. */
export interface Presence {
  /** Shows a payment that waits for consent, or takes it off again. Another question is another object. */
  show(prompt: Prompt | undefined): void;
}

export interface Prompt {
  /** Minor units. */
  readonly amount: number;
  /** ISO 4217, 3 ASCII bytes. */
  readonly currency: Uint8Array;
  /** Device that asks for it, 8 bytes. */
  readonly payee: Uint8Array;
  /** A button is not enough. */
  readonly needsPin: boolean;
}
