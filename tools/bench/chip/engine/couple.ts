import type { Card } from '../../../../firmware/card/card.js';
import type { NfcReader } from '../../../../hal/nfc.js';

export interface CoupleEvents {
  /** A step begins: the reader's side gets an answer, or the card a command. */
  terminal?(): void;
  card?(): void;
  /** The message of the step leaves; the step may go on behind it. */
  sent?(message: Uint8Array): void;
}

/**
 * Two devices without anything between them: a queue of what happens next, so that each step runs on an empty
 * stack and to its end, as on a device of its own.
 */
export class Couple {
  #next: (() => void) | undefined;
  readonly reader: NfcReader;

  constructor(card: Pick<Card, 'onCommand'>, events: CoupleEvents) {
    const answer = (work: () => void) => {
      this.#next = () => {
        events.terminal?.();
        work();
      };
    };
    this.reader = {
      connect: (_, done) => answer(() => done(undefined)),
      transceive: (command, done) => {
        events.sent?.(command);
        this.#next = () => {
          events.card?.();
          card.onCommand(command, (response) => {
            events.sent?.(response);
            answer(() => done(undefined, response));
          });
        };
      },
      release: (done) => answer(() => done(undefined)),
    };
  }

  /** Until nothing is left to happen. */
  run(): void {
    while (this.#next) {
      const now = this.#next;
      this.#next = undefined;
      now();
    }
  }
}
