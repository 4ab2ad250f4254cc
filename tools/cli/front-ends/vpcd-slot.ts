import type { NfcChip } from '../../../firmware/app/device.js';
import { NO_READER } from '../../../sim/host/own-device.js';
import { VpcdCard, type VpcdPlace } from '../../../sim/host/vpcd-card.js';
import { CliError, systemReason } from '../cli-error.js';
import { Exit } from '../output/exit.js';
import type { CardSlot, SlotEvents } from './front-end.js';

/** A reader looks for a card every second. */
const SILENCE_MS = 3_000;

/** The virtual reader of this machine's smart-card stack. */
export class VpcdSlot implements CardSlot {
  readonly gone = undefined;
  readonly #card: VpcdCard;
  readonly #silence: NodeJS.Timeout;

  constructor(
    private readonly place: VpcdPlace,
    { say, onFailed }: SlotEvents,
  ) {
    this.#silence = setTimeout(() => say(SILENT), SILENCE_MS);
    this.#card = new VpcdCard(place, {
      onReader: () => {
        clearTimeout(this.#silence);
        say('the reader has found the card. Ctrl-C takes it out.');
      },
      onGone: () => onFailed(new CliError(Exit.absent, 'pcscd-gone', 'the reader is gone: pcscd has ended')),
      onError: (error) => onFailed(this.#unreachable(error)),
    });
  }

  createChip(): NfcChip {
    return { card: this.#card, reader: NO_READER };
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  get whereabouts(): string {
    return `for the virtual reader at ${this.place.host}:${this.place.port}`;
  }

  pullOut(): void {
    this.#card.pullOut();
  }

  close(): void {
    clearTimeout(this.#silence);
  }

  #unreachable(error: NodeJS.ErrnoException): CliError {
    const why = error.code === 'ECONNREFUSED' ? 'nobody answers' : systemReason(error);
    const { host, port } = this.place;
    const what = `no virtual reader at ${host}:${port} (${why}): install vsmartcard-vpcd, and start pcscd`;
    return new CliError(Exit.absent, 'no-vpcd', what);
  }
}

const SILENT =
  'no reader has asked for the card yet. Is pcscd running, and another card in this slot? The next one has ' +
  'the next port.';
