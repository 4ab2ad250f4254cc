import type { Alarm, Clock } from '../hal/clock.js';
import type { Face } from '../hal/esp32/face.js';
import type { NfcCard, NfcCardHandler, NfcErrorCode } from '../hal/nfc.js';
import type { Order, TouchResult } from './terminal/order.js';
import type { Terminal } from './terminal/terminal.js';
import { Lifecycle } from './wallet/lifecycle.js';
import type { Wallet } from './wallet/wallet.js';

/** How long a terminal waits for a card, torn touches included. */
const ASK_MS = 60_000;
/** The wait is cut into looks, so that an owner who calls it off is heard without disturbing a touch. */
const LOOK_MS = 1_500;

export interface RoleOptions {
  readonly wallet: Wallet;
  readonly handler: NfcCardHandler;
  readonly card: NfcCard;
  readonly terminal: Terminal;
  readonly face: Face;
  readonly clock: Clock;
  /** A card that nobody touches, reader or owner, for so long: time to sleep. */
  readonly idle_ms: number;
  onIdle(): void;
}

/** Which side of a touch the device is: a card, until its owner has it ask for an amount. */
export class Role {
  #order: Order | undefined;
  #cancelled = false;
  #askedAt_ms = 0;
  #idle: Alarm | undefined;
  /** The handler, with its owner's device told what happens. */
  readonly #watched: NfcCardHandler;

  constructor(private readonly options: RoleOptions) {
    const { handler } = options;
    this.#watched = {
      onActivated: () => {
        this.touched();
        handler.onActivated();
      },
      onCommand: (command, respond) => handler.onCommand(command, respond),
      onDeactivated: (reason: NfcErrorCode) => {
        this.touched();
        handler.onDeactivated(reason);
      },
    };
    options.face.meet({
      onConsent: () => void options.wallet.pressButton(),
      onPin: (digits) => void options.wallet.enterPin(digits),
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

  /** Somebody is there: the device stays awake. */
  touched(): void {
    this.#idle?.cancel();
    this.#idle = this.options.clock.schedule(this.options.idle_ms, () => {
      if (this.#order) this.touched();
      else this.options.onIdle();
    });
  }

  #beCard(): void {
    const { card, face, wallet } = this.options;
    this.#order = undefined;
    face.tell(wallet.lifecycle === Lifecycle.blank ? 'blank' : 'ready');
    card.listen(this.#watched);
    this.touched();
  }

  #ask(amount: number): void {
    const { card, clock, face, terminal, wallet } = this.options;
    if (this.#order) return;
    if (wallet.lifecycle === Lifecycle.blank) return face.tell('blank');
    this.#order = terminal.order('pull', amount);
    this.#cancelled = false;
    this.#askedAt_ms = clock.ticks_ms();
    face.tell('asking', amount);
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
    const { clock, face, terminal } = this.options;
    const { fault, outcome } = result;
    const code = fault?.kind === 'nfc' ? fault.error.code : undefined;
    if (outcome === 'torn' && code !== 'link') {
      if (this.#cancelled) terminal.cancel(order);
      else if (order.invoice && code !== 'timeout') face.tell('again', order.amount);
      if (this.#cancelled) this.#beCard();
      else clock.schedule(0, () => this.#touch());
      return;
    }
    this.#beCard();
    if (outcome === 'paid') face.tell('paid', order.amount);
    else if (outcome === 'refused') face.tell('refused', order.amount);
    else face.tell('no-front-end');
  }

  #left_ms(): number {
    return ASK_MS - ((this.options.clock.ticks_ms() - this.#askedAt_ms) & 0x7fffffff);
  }
}
