import type { NfcChip } from '../../../firmware/app/device.js';
import type { Entropy } from '../../../hal/entropy.js';

/** What of this machine stands between a device and the air. */
export interface FrontEnd {
  /** Called once. */
  createChip(entropy: Entropy): NfcChip;
  /** Resolves when it works; rejects with a CliError that says what to do. */
  ready(): Promise<void>;
  /** In words, where it is. */
  readonly whereabouts: string;
  /** Why it is gone for good; undefined while it is there. */
  readonly gone: string | undefined;
  close(): void;
}

/** One in which a device is a card. */
export interface CardSlot extends FrontEnd {
  /** Taken away from its reader, and put back. */
  pullOut(): void;
}

export interface SlotEvents {
  say(line: string): void;
  /** There is no card any more. */
  onFailed(error: Error): void;
}
