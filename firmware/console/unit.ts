import type { NfcCard, NfcReader } from '../../hal/nfc.js';
import { Card } from '../card/card.js';
import type { Env } from '../env.js';
import { Role, type RoleOptions } from '../role.js';
import { Terminal } from '../terminal/terminal.js';
import { Wallet } from '../wallet/wallet.js';
import { EventCode, type EventLog } from './log.js';
import { WatchedHandler } from './watch.js';

/** The wallet, with what came of it in the log. Undefined when it cannot be had: there may be somebody's money on it, so nothing is written. */
export function openWatched(env: Env, log: EventLog): Wallet | undefined {
  try {
    const wallet = Wallet.open(env);
    log.note(EventCode.walletOpened, wallet.lifecycle);
    return wallet;
  } catch {
    log.note(EventCode.walletRefused, 0);
    return undefined;
  }
}

/** A front end that is a card, or a reader, or neither. */
export interface NfcChip {
  readonly card: NfcCard;
  readonly reader: NfcReader;
  /** Which of the two has it. */
  readonly owner: NfcCard | NfcReader | undefined;
}

export type UnitOptions = Pick<RoleOptions, 'wallet' | 'face' | 'clock' | 'idle_ms' | 'onIdle'> & {
  readonly chip: NfcChip;
  readonly log: EventLog;
};

/** What stands on a wallet, whatever the hardware: its card and its terminal, of which the role takes one or the other. */
export class Unit {
  readonly card: WatchedHandler;
  readonly role: Role;
  readonly #chip: NfcChip;

  constructor({ chip, log, ...options }: UnitOptions) {
    const { wallet } = options;
    this.#chip = chip;
    this.card = new WatchedHandler(new Card(wallet), log);
    this.role = new Role({
      ...options,
      handler: this.card,
      card: chip.card,
      terminal: new Terminal(wallet, chip.reader),
    });
  }

  /** How a diagnosis gets the chip: not in a touch, and the role has it again afterwards. */
  get claims() {
    return {
      isBusy: () => this.card.isActive || this.#chip.owner === this.#chip.reader,
      pause: (done: () => void) => this.#chip.card.stop(done),
      resume: () => this.role.start(),
    };
  }
}
