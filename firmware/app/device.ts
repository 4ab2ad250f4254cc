import type { NfcCard, NfcReader } from '../../hal/nfc.js';
import { Card } from '../card/card.js';
import type { Env } from '../env.js';
import { Terminal } from '../terminal/terminal.js';
import { Wallet } from '../wallet/wallet.js';
import { WalletError } from '../wallet/wallet-error.js';
import { EventCode, type EventLog, WALLET_FAULTS } from './event-log.js';
import { LoggedHandler, type WatchedEntropy } from './logged.js';
import { Mode, type ModeOptions } from './mode.js';

export interface Opened {
  /** Undefined when it cannot be had: there may be somebody's money on the flash, so nothing is written. */
  readonly wallet: Wallet | undefined;
  /** The format of the store when it is another firmware's, else 0. */
  readonly otherFormat: number;
}

/** The wallet, with what came of it in the log. */
export function openLogged(env: Env, log: EventLog): Opened {
  try {
    const wallet = Wallet.open(env);
    log.note(EventCode.walletOpened, wallet.lifecycle);
    return { wallet, otherFormat: 0 };
  } catch (error) {
    const otherFormat = error instanceof WalletError ? error.format : 0;
    const fault = error instanceof WalletError ? WALLET_FAULTS.indexOf(error.code) : 0;
    log.note(EventCode.walletRefused, (otherFormat << 8) | Math.max(fault, 0));
    return { wallet: undefined, otherFormat };
  }
}

/** A front end that is a card or a reader. */
export interface NfcChip {
  readonly card: NfcCard;
  readonly reader: NfcReader;
}

export type ApplicationsOptions = Pick<ModeOptions, 'wallet' | 'ui' | 'clock' | 'idle_ms' | 'onIdle'> & {
  readonly chip: NfcChip;
  readonly entropy: WatchedEntropy;
  readonly log: EventLog;
};

/**
 * What stands on a wallet, whatever the hardware: its card and its terminal, of which the role takes one or
 * the other.
 */
export class Applications {
  readonly card: LoggedHandler;
  readonly mode: Mode;

  constructor({ chip, entropy, log, ...options }: ApplicationsOptions) {
    const { wallet } = options;
    this.card = new LoggedHandler(new Card(wallet), log);
    this.mode = new Mode({
      ...options,
      handler: this.card,
      card: chip.card,
      terminal: new Terminal(wallet, chip.reader),
    });
    entropy.onChange = (isFailing) => this.mode.entropyChanged(isFailing);
  }

  /** How a diagnosis gets the chip: from the role, which has it again afterwards. */
  get claims() {
    return {
      isBusy: () => this.mode.isBusy,
      pause: (done: () => void) => this.mode.lend(done),
      resume: () => this.mode.takeBack(),
    };
  }
}
