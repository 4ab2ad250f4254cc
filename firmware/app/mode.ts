import type { Alarm, Clock } from '../../hal/clock.js';
import type { NfcCard, NfcCardHandler, NfcErrorCode } from '../../hal/nfc.js';
import { EntropyError } from '../draw.js';
import { TAG_EXPECTED_S_MAX } from '../limits.js';
import { Lifecycle } from '../payment/lifecycle.js';
import type { TagFault } from '../tag/tag-fault.js';
import type { ShownPayee, TagRead } from '../terminal/expected-payee.js';
import type { Fault } from '../terminal/link.js';
import { isUpToCardholder, type Order, type TouchResult } from '../terminal/order.js';
import type { Terminal } from '../terminal/terminal.js';
import type { UserInterface } from '../ui/user-interface.js';
import type { Wallet } from '../wallet/wallet.js';
import { CodeDisplay } from './code-display.js';
import { TagPayment } from './tag-payment.js';

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
  /** A tag was held to the device, and shows nobody who could be paid. */
  onTagRefused(fault: TagFault): void;
}

/** What the owner sees while nothing happens. */
type Standing = 'blank' | 'ready' | 'asking' | 'no-entropy' | 'tag' | 'how-much';

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
  #shown: Standing | undefined;
  /** A payment to whom a tag shows, until it is an order. */
  #tag: TagPayment | undefined;
  /** The random source gives nothing. */
  #hasNoEntropy = false;
  #isTouched = false;
  #isLent = false;
  #cancelled = false;
  /** A touch of the order was torn: a card may have paid, and nobody here has seen it. */
  #wasTorn = false;
  #askedAt_ms = 0;
  #idle: Alarm | undefined;
  readonly #codes: CodeDisplay;
  /** The handler, with its owner's device told what happens. */
  readonly #logged: NfcCardHandler;

  constructor(private readonly options: ModeOptions) {
    const { handler, wallet, clock, ui } = options;
    this.#codes = new CodeDisplay(wallet, clock, (made) => ui.showCode?.(made));
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
    ui.attach({
      currency: () => (options.wallet.lifecycle > Lifecycle.blank ? options.wallet.currency : undefined),
      onConsent: (shown) => {
        options.wallet.pressButton(shown);
        this.#answered();
      },
      onPin: (digits, shown) => {
        options.wallet.enterPin(digits, shown);
        this.#answered();
      },
      onDecline: () => {
        options.wallet.decline();
        this.#dropTag();
      },
      onAsk: (amount) => (this.#tag?.wantsAmount ? this.#say(amount) : this.#ask(amount)),
      onCode: () => this.#codes.toggle(),
      onTag: () => this.#begin(() => this.payByTag()),
      onCancel: () => {
        this.#cancelled = true;
        if (!this.#tag?.isReading) this.#dropTag();
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
      if (this.isBusy || this.options.wallet.isAsking || this.#codes.isOn) this.touched();
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

  get #state(): Standing {
    if (this.#hasNoEntropy) return 'no-entropy';
    if (this.#order) return 'asking';
    if (this.#tag?.isReading) return 'tag';
    if (this.#tag?.wantsAmount) return 'how-much';
    return this.#isReady ? 'ready' : 'blank';
  }

  #show(): void {
    const now = this.#state;
    if (now === this.#shown) return;
    this.#shown = now;
    if (now === 'asking') this.options.ui.notify(now, this.#order?.amount);
    else this.options.ui.notify(now);
  }

  /** A reader has us, an order is under way, a tag is being read, or the front end is lent. */
  get isBusy(): boolean {
    return this.#isTouched || this.#isLent || this.#order !== undefined || this.#tag?.isReading === true;
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
    this.#begin(() => this.ask(amount));
  }

  /** What the owner begins, unless something is under way. */
  #begin(work: () => void): void {
    const { ui } = this.options;
    if (this.#isLent) return ui.notify('busy');
    if (this.#order || this.#tag?.isReading || !this.#isReady) return this.#tellState();
    try {
      work();
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
    this.#give({ ...this.options.terminal.order('pull', amount), ...named });
  }

  #give(order: Order): void {
    this.#tag = undefined;
    this.asked = { order, result: undefined, end: undefined };
    this.#wasTorn = false;
    this.#beTerminal(() => this.#touch());
  }

  /** The front end is a reader from now on, for ASK_MS at most. */
  #beTerminal(next: () => void): void {
    const { card, clock } = this.options;
    this.#codes.end();
    this.#cancelled = false;
    this.#askedAt_ms = clock.ticks_ms();
    this.#tellState();
    card.stop(next);
  }

  /**
   * Read a tag, and pay whom it shows (R3), once its owner has agreed. `amount`: minor units, where the tag
   * leaves it open; 0 when the owner is to say it. Only when not busy, by a wallet that is ready.
   */
  payByTag(amount = 0): void {
    const { wallet, terminal } = this.options;
    wallet.decline();
    this.#tag = new TagPayment(wallet, terminal, amount);
    this.#beTerminal(() => this.#lookForTag());
  }

  /** Whom a tag has shown, while its owner has not answered. */
  get shownPayee(): ShownPayee | undefined {
    return this.#tag?.shown;
  }

  /** A tag is being read, or its owner is to answer. */
  get isByTag(): boolean {
    return this.#tag !== undefined;
  }

  #lookForTag(): void {
    if (this.#cancelled || this.#left_ms() <= 0) return this.#endTag();
    this.options.terminal.readTag(LOOK_MS, (read) => this.#tagRead(read));
  }

  #tagRead(read: TagRead): void {
    const { ui, clock, onTagRefused } = this.options;
    if ('shown' in read) return this.#tagShown(read.shown);
    if ('fault' in read) {
      onTagRefused(read.fault);
      return this.#endTag('bad-tag');
    }
    const { torn } = read;
    if (torn === 'link') return this.#endTag('no-front-end');
    if (torn !== 'timeout') ui.notify(torn === 'crowd' ? 'crowd' : 'again');
    clock.schedule(0, () => this.#lookForTag());
  }

  /** We are a card again while the owner looks at it; and it is forgotten if they look for too long. */
  #tagShown(shown: ShownPayee): void {
    const tag = this.#tag;
    if (tag?.show(shown) !== undefined) return this.#endTag('refused');
    this.#beCard();
    this.options.clock.schedule(TAG_EXPECTED_S_MAX * 1_000, () => {
      if (this.#tag === tag) this.#dropTag();
    });
  }

  /** How much, where a tag has left it open. */
  #say(amount: number): void {
    if (this.#tag?.say(amount) === undefined) this.#tellState();
    else this.#endTag('refused');
  }

  /** The owner has said something to what they are asked; perhaps it was a tag that asked. */
  #answered(): void {
    const order = this.#isTouched || this.#isLent ? undefined : this.#tag?.agreed();
    if (order === undefined) return;
    if (typeof order === 'number') this.#endTag('refused');
    else this.#give(order);
  }

  /** Comes to nothing, while we are a card. */
  #dropTag(): void {
    if (!this.#tag) return;
    this.#tag = undefined;
    this.#tellState();
  }

  /** The same, while we are a reader. */
  #endTag(notice?: 'refused' | 'bad-tag' | 'no-front-end'): void {
    this.#tag = undefined;
    this.#beCard();
    if (notice) this.options.ui.notify(notice);
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
