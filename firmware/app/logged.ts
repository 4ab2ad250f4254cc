import type { NfcCardHandler, NfcErrorCode } from '../../hal/nfc.js';
import type { UserInterface } from '../ui/user-interface.js';
import { EventCode, type EventLog, NFC_CODES, NOTICES } from './event-log.js';

/** A card handler with its touches in the log. */
export class LoggedHandler implements NfcCardHandler {
  /** Whether a reader has us. */
  isActive = false;

  constructor(
    private readonly handler: NfcCardHandler,
    private readonly log: EventLog,
  ) {}

  onActivated(): void {
    this.isActive = true;
    this.log.note(EventCode.touchBegan, 0);
    this.handler.onActivated();
  }

  onCommand(command: Uint8Array, respond: (response: Uint8Array) => void): void {
    this.handler.onCommand(command, respond);
  }

  onDeactivated(reason: NfcErrorCode): void {
    this.isActive = false;
    this.log.note(EventCode.touchEnded, NFC_CODES.indexOf(reason));
    this.handler.onDeactivated(reason);
  }
}

/** A face with all that it tells in the log, but for the amounts. */
export function loggedInterface(ui: UserInterface, log: EventLog): UserInterface {
  return {
    show: (prompt) => ui.show(prompt),
    attach: (owner) => ui.attach(owner),
    press: (button, press) => ui.press(button, press),
    notify: (notice, amount) => {
      log.note(EventCode.notified, NOTICES.indexOf(notice));
      ui.notify(notice, amount);
    },
  };
}
