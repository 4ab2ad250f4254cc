import type { Presence, Prompt } from '../../hal/presence.js';
import type { MadeCode } from '../account/code-maker.js';

/** What a device tells its owner. */
export type Notice =
  | 'ready' // waits as a card
  | 'asking' // waits as a terminal for a card
  | 'paid'
  | 'refused'
  | 'again' // the touch was torn: hold it there once more
  | 'foreign' // what is held there is not one of ours
  | 'crowd' // more than one wallet: hold only one there
  | 'relay' // the card's answer takes too long: it may not be the one that is held there
  | 'version' // a wallet that speaks no version of the protocol that this one speaks
  | 'tag' // waits as a reader for a tag that shows whom to pay
  | 'how-much' // a tag has shown whom, and its owner is to say how much
  | 'bad-tag' // what is held there shows nobody who could be paid
  | 'blank' // no keys, or no certificate
  | 'no-front-end' // the PN532 does not answer
  | 'no-entropy' // the random source gives nothing: no keys, no touch
  | 'busy' // the front end is in use for a diagnosis: nothing was begun
  | 'broken' // the flash holds no wallet that may be touched
  | 'other-format' // it holds the wallet of a firmware with another store format: nothing was written
  | 'asleep';

/** What an owner tells the device, and what is to be known of it. */
export interface UserActions {
  /** What its amounts are in: ISO 4217, 3 ASCII bytes. Undefined before it has keys. */
  currency(): Uint8Array | undefined;
  /** The button, while the payment `shown` was to be seen. */
  onConsent(shown: Prompt): void;
  /** ASCII digits, for the payment that was shown when they were begun. */
  onPin(digits: Uint8Array, shown: Prompt): void;
  /** No, to the payment that is shown. */
  onDecline(): void;
  /** Be a terminal, and ask for so much; after `how-much`, pay so much to whom the tag has shown. */
  onAsk(amount: number): void;
  /** Read a tag, and pay whom it shows. */
  onTag(): void;
  /** Be a card again. */
  onCancel(): void;
  /** Show a code of its account; or no more, while one is shown. */
  onCode(): void;
}

export type Press = 'short' | 'long';

/** The side of the device that its owner sees. */
export interface UserInterface extends Presence {
  /** To be called once, before anything else. */
  attach(owner: UserActions): void;
  notify(notice: Notice, amount?: number): void;
  /** A fresh code, or why there is none; undefined: no more. Only on a screen. */
  showCode?(made: MadeCode | undefined): void;
  /** Button `button` of the board, the first being 0. */
  press(button: number, press: Press): void;
}
