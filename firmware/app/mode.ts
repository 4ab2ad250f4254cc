import type { Alarm, Clock } from '../../hal/clock.js';
import type { NfcCard, NfcCardHandler, NfcErrorCode } from '../../hal/nfc.js';
import { EntropyError } from '../draw.js';
import { Lifecycle } from '../payment/lifecycle.js';
import type { Fault } from '../terminal/link.js';
import { isUpToCardholder, type Order, type TouchResult } from '../terminal/order.js';
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

/** An order, and how it stands. */
export interface Asked {
  readonly order: Order;
  /** How the last touch ended in which there was something to be met. */
  result: TouchResult | undefined;
  /** Undefined while it goes on. */
  end: 'paid' | 'refused' | 'relay' | 'no-front-end' | 'called-off' | undefined;
}

/**
 * Which side of a touch the device is: a card, until its owner has it ask for an amount. It has the front
 * end, and lends it to one other at a time (a diagnosis, a measurement, sleep), never while it needs it
 * itself.
 */
export class Mode {
  /** The last order since the start, which may be over. */
  asked: Asked | undefined;
  /** What the owner sees while nothing happens. */
  #shown: 'blank' | 'ready' | 'asking' | 'no-entropy' | undefined;
  /** The random source gives nothing. */
  #hasNoEntropy = false;
  #isTouched = false;
  #isLent = false;
  #cancelled = false;
  /** A touch of the order was torn: a card may have paid, and nobody here has seen it. */
  #wasTorn = false;
  #askedAt_ms = 0;
  #idle: Alarm | undefined;
  /** The handler, with its owner's device told what happens. */
  readonly #logged: NfcCardHandler;

  constructor(private readonly options: ModeOptions) {
    const { handler } = options;
    this.#logged = {
      onActivated: (answer_us) => {
        this.#isTouched = true;
        this.touched();
        handler.onActivated(answer_us);
      },
      onCommand: (command, respond) => handler.onCommand(command, respond),
      onDeactivated: (reason: NfcErrorCode) => {
        this.#isTouched = false;
        this.touched();
        handler.onDeactivated(reason);
      },
    };
    options.ui.attach({
      currency: () => (options.wallet.lifecycle > Lifecycle.blank ? options.wallet.currency : undefined),
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
      if (this.isBusy || this.options.wallet.isAsking) this.touched();
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

  get #order(): Order | undefined {
    return this.asked?.end === undefined ? this.asked?.order : undefined;
  }

  get #state(): 'blank' | 'ready' | 'asking' | 'no-entropy' {
    if (this.#hasNoEntropy) return 'no-entropy';
    if (this.#order) return 'asking';
    return this.#isReady ? 'ready' : 'blank';
  }

  #show(): void {
    const now = this.#state;
    if (now === this.#shown) return;
    this.#shown = now;
    if (now === 'asking') this.options.ui.notify(now, this.#order?.amount);
    else this.options.ui.notify(now);
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
    this.#hasNoEntropy = isFailing;
    this.#tellState();
  }

  #tellState(): void {
    this.#shown = undefined;
    this.#show();
  }

  #beCard(): void {
    this.#tellState();
    this.options.card.listen(this.#logged);
    this.touched();
  }

  #ask(amount: number): void {
    const { ui } = this.options;
    if (this.#isLent) return ui.notify('busy');
    if (this.#order || !this.#isReady) return this.#tellState();
    try {
      this.ask(amount);
    } catch (error) {
      // Who watches the source has told the owner.
      if (error instanceof EntropyError) return;
      throw error;
    }
  }

  /**
   * Be a terminal, and ask for so much. Only when not busy, by a wallet that is ready. Throws EntropyError.
   * `named`: an order that others can ask about.
   */
  ask(amount: number, named?: Pick<Order, 'invoiceId' | 'pin'>): void {
    const { card, clock, terminal } = this.options;
    const order: Order = { ...terminal.order('pull', amount), ...named };
    this.asked = { order, result: undefined, end: undefined };
    this.#cancelled = false;
    this.#wasTorn = false;
    this.#askedAt_ms = clock.ticks_ms();
    this.#tellState();
    card.stop(() => this.#touch());
  }

  /** One touch after another until the order is done, refused, called off or given up. */
  #touch(): void {
    const { asked } = this;
    if (!asked || asked.end !== undefined) return this.#beCard();
    if (this.#cancelled || this.#left_ms() <= 0) return this.#giveUp(asked);
    this.options.terminal.touch(asked.order, LOOK_MS, (result) => this.#touched(asked, result));
  }

  #touched(asked: Asked, result: TouchResult): void {
    const { ui } = this.options;
    const { order } = asked;
    const { fault, outcome } = result;
    const code = fault?.kind === 'nfc' ? fault.error.code : undefined;
    if (code !== 'timeout') asked.result = result;
    if (outcome === 'paid') {
      finish(asked, 'paid');
      this.#beCard();
      return ui.notify('paid', order.amount);
    }
    if (outcome === 'torn' && order.invoice && code !== 'timeout') this.#wasTorn = true;
    if (code === 'link') return this.#giveUp(asked, 'no-front-end');
    const isOver = outcome === 'refused' && !isUpToCardholder(order, result);
    if (isOver) return this.#giveUp(asked, 'refused');
    // Each try would be one more for whoever carries the card's answers.
    if (fault?.kind === 'relay') return this.#giveUp(asked, 'relay');
    if (fault && isWrongCard(fault)) ui.notify(fault.kind, order.amount);
    else if (order.invoice && code !== 'timeout' && !this.#hasNoEntropy) ui.notify('again', order.amount);
    this.options.clock.schedule(0, () => this.#touch());
  }

  /** Whatever a card has sent for the order, and we have not seen, will not be taken. */
  #giveUp(asked: Asked, notice?: 'refused' | 'relay' | 'no-front-end'): void {
    const { order } = asked;
    if (this.#wasTorn || notice === undefined) this.options.terminal.cancel(order);
    finish(asked, notice ?? 'called-off');
    this.#beCard();
    if (notice) this.options.ui.notify(notice, order.amount);
  }

  #left_ms(): number {
    return ASK_MS - ((this.options.clock.ticks_ms() - this.#askedAt_ms) & 0x7fffffff);
  }
}

/** Another card, or fewer, will do. */
const isWrongCard = (fault: Fault): fault is Fault & { kind: 'foreign' | 'crowd' | 'version' } =>
  fault.kind === 'foreign' || fault.kind === 'crowd' || fault.kind === 'version';

/** The PIN was for this order alone. */
function finish(asked: Asked, end: NonNullable<Asked['end']>): void {
  asked.end = end;
  asked.order.pin?.fill(0);
  delete asked.order.pin;
}
