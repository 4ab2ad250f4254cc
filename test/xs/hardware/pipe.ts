/**
 * An air gap without air: whole APDUs from a terminal to a card, in memory. A touch can be torn at any of
 * them.
 */
import { NfcError, type NfcReader } from '../../../hal/nfc.js';
import type { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import type { PlainDevice } from './plain-device.js';

/**
 * The card is gone before the n-th command of the touch (from 1) reaches it, or before its answer does the
 * terminal.
 */
export interface Tear {
  readonly apdu: number;
  readonly lost: 'command' | 'answer';
}

export class Pipe implements NfcReader {
  /** APDUs sent in this touch. */
  apdus = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly device: PlainDevice,
    private readonly tear: Tear | undefined,
    private readonly overheard: (bytes: Uint8Array) => void,
  ) {}

  connect(_timeout_ms: number, done: (error: NfcError | undefined) => void): void {
    this.clock.schedule(0, () => {
      this.device.card.onActivated();
      done(undefined);
    });
  }

  transceive(command: Uint8Array, done: (error: NfcError | undefined, response: Uint8Array) => void): void {
    const bytes = command.slice();
    const lost = ++this.apdus === this.tear?.apdu ? this.tear.lost : undefined;
    const torn = () => done(new NfcError('removed', 'torn'), new Uint8Array(0));
    this.overheard(bytes);
    this.clock.schedule(0, () => {
      if (lost === 'command') return torn();
      this.device.card.onCommand(bytes, (response) => {
        const answer = response.slice();
        this.overheard(answer);
        // Later than the rest of `onCommand`: on two chips both would compute now.
        this.clock.schedule(0, () => (lost === 'answer' ? torn() : done(undefined, answer)));
      });
    });
  }

  release(done: (error: NfcError | undefined) => void): void {
    this.clock.schedule(0, () => {
      this.device.card.onDeactivated();
      done(undefined);
    });
  }
}
