import type { Entropy } from '../../hal/entropy.js';
import type { NfcCardHandler, NfcErrorCode } from '../../hal/nfc.js';
import type { UserInterface } from '../ui/user-interface.js';
import { EventCode, type EventLog, NFC_CODES, NOTICES } from './event-log.js';

/** A card handler with its touches in the log. */
export class LoggedHandler<Handler extends NfcCardHandler = NfcCardHandler> implements NfcCardHandler {
  constructor(
    readonly handler: Handler,
    private readonly log: EventLog,
  ) {}

  onActivated(answer_us?: number): void {
    this.log.note(EventCode.touchBegan, 0);
    this.handler.onActivated(answer_us);
  }

  onCommand(command: Uint8Array, respond: (response: Uint8Array) => void): void {
    this.handler.onCommand(command, respond);
  }

  onDeactivated(reason: NfcErrorCode): void {
    this.log.note(EventCode.touchEnded, NFC_CODES.indexOf(reason));
    this.handler.onDeactivated(reason);
  }
}

/**
 * An entropy source whose failures are in the log. It fails, and works again, as a state that others can look
 * at.
 */
export class WatchedEntropy implements Entropy {
  isFailing = false;
  /** For who else wants to know when that changes. */
  onChange: (isFailing: boolean) => void = () => {};

  constructor(
    private readonly entropy: Entropy,
    private readonly log: EventLog,
  ) {}

  fill(target: Uint8Array): void {
    try {
      this.entropy.fill(target);
    } catch (error) {
      this.#is(true);
      throw error;
    }
    this.#is(false);
  }

  #is(isFailing: boolean): void {
    if (this.isFailing === isFailing) return;
    this.isFailing = isFailing;
    this.log.note(EventCode.entropy, isFailing ? 1 : 0);
    this.onChange(isFailing);
  }
}

/** A face with all that it tells in the log, but for the amounts. */
export function loggedInterface(ui: UserInterface, log: EventLog): UserInterface {
  return {
    show: (prompt) => ui.show(prompt),
    showCode: (made) => ui.showCode?.(made),
    attach: (owner) => ui.attach(owner),
    press: (button, press) => ui.press(button, press),
    notify: (notice, amount) => {
      log.note(EventCode.notified, NOTICES.indexOf(notice));
      ui.notify(notice, amount);
    },
  };
}
