import type { Clock } from '../../hal/clock.js';
import type { Crc32 } from '../../hal/crc32.js';
import type { Crypto } from '../../hal/crypto.js';
import type { Entropy } from '../../hal/entropy.js';
import type { Flash } from '../../hal/flash.js';
import type { NfcCard, NfcReader } from '../../hal/nfc.js';
import { Card } from '../card/card.js';
import { Terminal } from '../terminal/terminal.js';
import type { UserInterface } from '../ui/user-interface.js';
import type { Wallet } from '../wallet/wallet.js';
import { EventCode, EventLog, WAKE_CAUSES } from './event-log.js';
import { LoggedHandler, loggedInterface, WatchedEntropy } from './logged.js';
import { Mode } from './mode.js';
import { type Opened, openLogged } from './open-wallet.js';

/** A front end that is a card or a reader. */
export interface NfcChip {
  readonly card: NfcCard;
  readonly reader: NfcReader;
}

/**
 * What a device is made of: a board, a simulated board, the emulated chip and a simulated town give each
 * their own.
 */
export interface DeviceParts<Chip extends NfcChip> {
  readonly flash: Flash;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly crypto: Crypto;
  readonly crc32: Crc32;
  readonly ui: UserInterface;
  /** What woke the processor. */
  readonly wokenBy?: (typeof WAKE_CAUSES)[number];
  /** Called when there is a wallet to serve; with the device's entropy, whose failures are noted. */
  createChip(entropy: Entropy): Chip;
  /** A card that neither a reader nor its owner touches, for so long: `onIdle`. */
  readonly idle_ms?: number;
  onIdle?(): void;
}

/** A device on a cable, or in a simulation, does not sleep. */
const NEVER_MS = 0x3fffffff;

/** What stands on a wallet: its card and its terminal, of which the mode takes one or the other. */
export interface Applications<Chip extends NfcChip> {
  readonly wallet: Wallet;
  readonly chip: Chip;
  readonly card: LoggedHandler<Card>;
  readonly terminal: Terminal;
  readonly mode: Mode;
}

/**
 * The whole device, whatever its parts. Where its flash holds no wallet that may be touched, it serves
 * nobody.
 */
export class Device<Chip extends NfcChip = NfcChip> {
  readonly log: EventLog;
  readonly entropy: WatchedEntropy;
  readonly ui: UserInterface;
  readonly opened: Opened;
  readonly applications: Applications<Chip> | undefined;

  constructor(private readonly parts: DeviceParts<Chip>) {
    const { clock, crypto, crc32, flash, wokenBy = 'power' } = parts;
    this.log = new EventLog(clock);
    this.entropy = new WatchedEntropy(parts.entropy, this.log);
    this.ui = loggedInterface(parts.ui, this.log);
    this.log.note(EventCode.started, WAKE_CAUSES.indexOf(wokenBy));
    const env = { flash, clock, entropy: this.entropy, crypto, crc32, presence: this.ui };
    this.opened = openLogged(env, this.log);
    this.applications = this.opened.wallet && this.#serve(this.opened.wallet);
  }

  #serve(wallet: Wallet): Applications<Chip> {
    const { clock, idle_ms = NEVER_MS, onIdle = () => {} } = this.parts;
    const chip = this.parts.createChip(this.entropy);
    const card = new LoggedHandler(new Card(wallet), this.log);
    const terminal = new Terminal(wallet, chip.reader, (excess_us) =>
      this.log.note(EventCode.relay, excess_us),
    );
    const { ui } = this;
    const onTagRefused = (fault: number): void => this.log.note(EventCode.tagRefused, fault);
    const options = { wallet, handler: card, card: chip.card, terminal, ui, clock, idle_ms, onIdle };
    const mode = new Mode({ ...options, onTagRefused });
    this.entropy.onChange = (isFailing) => mode.entropyChanged(isFailing);
    return { wallet, chip, card, terminal, mode };
  }

  /**
   * It begins as a card, or shows why it is none. Keys made ahead come after the chip listens: a reader that
   * woke us is waiting.
   */
  start(): void {
    const { applications, opened } = this;
    if (!applications) return this.ui.notify(opened.otherFormat === 0 ? 'broken' : 'other-format');
    applications.mode.start();
    this.parts.clock.schedule(0, () => applications.wallet.idle());
  }
}

/** How a diagnosis gets the chip: from the mode, which has it again afterwards. */
export const claimsOf = (mode: Mode) => ({
  isBusy: () => mode.isBusy,
  pause: (done: () => void) => mode.lend(done),
  resume: () => mode.takeBack(),
});
