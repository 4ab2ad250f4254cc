import type { Alarm, Clock } from '../../hal/clock.js';
import type { NfcCard, NfcCardHandler, NfcErrorCode } from '../../hal/nfc.js';
import { EntropyError } from '../draw.js';
import { Lifecycle } from '../payment/lifecycle.js';
import type { Order, TouchResult } from '../terminal/order.js';
import type { Terminal } from '../terminal/terminal.js';
import type { UserInterface } from '../ui/user-interface.js';
import type { Wallet } from '../wallet/wallet.js';

/** How long a terminal waits for a card, torn touches included. */
const ASK_MS = 60_000;
/** The wait is cut into looks, so that an owner who calls it off is heard without disturbing a touch. */
const LOOK_MS = 1_500;

export interface ModeOptions {
  readonly wallet: Wallet;
  readonly handler: NfcCardHandler;
  readonly card: NfcCard;
  readonly terminal: Terminal;
  readonly ui: UserInterface;
  readonly clock: Clock;
  /** A card that nobody touches, reader or owner, for so long: time to sleep. */
  readonly idle_ms: number;
  onIdle(): void;
}

/**
 * Which side of a touch the device is: a card, until its owner has it ask for an amount. It has the front
 * end, and lends it to one other at a time (a diagnosis, a measurement, sleep), never while it needs it
 * itself.
 */
export class Mode {
  #order: Order | undefined;
  /** What the owner sees while nothing happens. */
  #shown: 'blank' | 'ready' | undefined;
  #isTouched = false;
  #isLent = false;
  #cancelled = false;
  #askedAt_ms = 0;
  #idle: Alarm | undefined;
  /** The handler, with its owner's device told what happens. */
  readonly #logged: NfcCardHandler;

  constructor(private readonly options: ModeOptions) {
    const { handler } = options;
    this.#logged = {
      onActivated: () => {
        this.#isTouched = true;
        this.touched();
        handler.onActivated();
      },
      onCommand: (command, respond) => handler.onCommand(command, respond),
      onDeactivated: (reason: NfcErrorCode) => {
        this.#isTouched = false;
        this.touched();
        handler.onDeactivated(reason);
      },
    };
    options.ui.attach({
      onConsent: (shown) => void options.wallet.pressButton(shown),
      onPin: (digits, shown) => void options.wallet.enterPin(digits, shown),
      onDecline: () => options.wallet.decline(),
      onAsk: (amount) => this.#ask(amount),
      onCancel: () => {
        this.#cancelled = true;
      },
    });
  }

  /** Begins as a card. */
  start(): void {
    this.#beCard();
  }

  /**
   * Somebody is there, on the air or at the cable: the device stays awake, and shows what it has become
   * meanwhile.
   */
  touched(): void {
    this.#show();
    this.#idle?.cancel();
    this.#idle = this.options.clock.schedule(this.options.idle_ms, () => {
      if (this.#order || this.#isLent) this.touched();
      else this.options.onIdle();
    });
  }

  /**
   * A device is ready once its first sync has brought it a clock and money; before that it can neither pay
   * nor be paid.
   */
  get #isReady(): boolean {
    return this.options.wallet.lifecycle >= Lifecycle.active;
  }

  #show(): void {
    const now = this.#isReady ? 'ready' : 'blank';
    if (this.#order || now === this.#shown) return;
    this.#shown = now;
    this.options.ui.notify(now);
  }

  /** A reader has us, an order is under way, or the front end is lent. */
  get isBusy(): boolean {
    return this.#isTouched || this.#isLent || this.#order !== undefined;
  }

  /** Lends the front end, which is still when `done` runs. Only when not busy; until `takeBack`. */
  lend(done: () => void): void {
    this.#isLent = true;
    this.options.card.stop(done);
  }

  takeBack(): void {
    this.#isLent = false;
    this.#beCard();
  }

  /** The random source has begun to give nothing, or it gives again. */
  entropyChanged(isFailing: boolean): void {
    if (isFailing) this.options.ui.notify('no-entropy');
    else this.#tellState();
  }

  #tellState(): void {
    this.#shown = undefined;
    if (this.#order) this.options.ui.notify('asking', this.#order.amount);
    else this.#show();
  }

  #beCard(): void {
    this.#order = undefined;
    this.#tellState();
    this.options.card.listen(this.#logged);
    this.touched();
  }

  #ask(amount: number): void {
    const { card, clock, ui, terminal } = this.options;
    if (this.#isLent) return ui.notify('busy');
    if (this.#order || !this.#isReady) return this.#tellState();
    try {
      this.#order = terminal.order('pull', amount);
    } catch (error) {
      // Who watches the source has told the owner.
      if (error instanceof EntropyError) return;
      throw error;
    }
    this.#cancelled = false;
    this.#askedAt_ms = clock.ticks_ms();
    this.#tellState();
    card.stop(() => this.#touch());
  }

  /** One touch after another until the order is done, refused, called off or given up. */
  #touch(): void {
    const order = this.#order;
    if (order && this.#left_ms() > 0) {
      this.options.terminal.touch(order, LOOK_MS, (result) => this.#touched(order, result));
      return;
    }
    if (order) this.options.terminal.cancel(order);
    this.#beCard();
  }

  #touched(order: Order, result: TouchResult): void {
    const { clock, ui, terminal } = this.options;
    const { fault, outcome } = result;
    const code = fault?.kind === 'nfc' ? fault.error.code : undefined;
    if (outcome === 'torn' && code !== 'link') {
      if (this.#cancelled) terminal.cancel(order);
      else if (fault?.kind === 'foreign' || fault?.kind === 'crowd') ui.notify(fault.kind, order.amount);
      else if (order.invoice && code !== 'timeout') ui.notify('again', order.amount);
      if (this.#cancelled) this.#beCard();
      else clock.schedule(0, () => this.#touch());
      return;
    }
    this.#beCard();
    if (outcome === 'paid') ui.notify('paid', order.amount);
    else if (outcome === 'refused') ui.notify('refused', order.amount);
    else ui.notify('no-front-end');
  }

  #left_ms(): number {
    return ASK_MS - ((this.options.clock.ticks_ms() - this.#askedAt_ms) & 0x7fffffff);
  }
}
