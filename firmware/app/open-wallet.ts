import type { Env } from '../env.js';
import { Wallet } from '../wallet/wallet.js';
import { WalletError } from '../wallet/wallet-error.js';
import { EventCode, type EventLog, WALLET_FAULTS } from './event-log.js';

export interface Opened {
  /** Undefined when it cannot be had: there may be somebody's money on the flash, so nothing is written. */
  readonly wallet: Wallet | undefined;
  /** The format of the store when it is another firmware's, else 0. */
  readonly otherFormat: number;
  /** Why there is no wallet, as it was thrown. */
  readonly error?: unknown;
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
    return { wallet: undefined, otherFormat, error };
  }
}
