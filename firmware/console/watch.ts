import type { Face } from '../../hal/esp32/face.js';
import type { NfcCardHandler, NfcErrorCode } from '../../hal/nfc.js';
import { EventCode, type EventLog, NEWS, NFC_CODES } from './log.js';

/** A card handler with its touches in the log. */
export class WatchedHandler implements NfcCardHandler {
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
export function watchedFace(face: Face, log: EventLog): Face {
  return {
    show: (prompt) => face.show(prompt),
    meet: (owner) => face.meet(owner),
    press: (button, press) => face.press(button, press),
    tell: (news, amount) => {
      log.note(EventCode.told, NEWS.indexOf(news));
      face.tell(news, amount);
    },
  };
}
