/** Two personalised wallets, the test bank that issued them, and all that goes between them. */
import type { Limits } from '../../../firmware/objects/profile.js';
import { Standing } from '../../../firmware/objects/settlement.js';
import type { Order, TouchResult } from '../../../firmware/terminal/order.js';
import { Terminal } from '../../../firmware/terminal/terminal.js';
import { VirtualClock } from '../../../sim/chip/virtual-clock.js';
import { TestBank } from '../../../sim/world/test-bank.js';
import { wholeValue } from '../../support/conservation.js';
import { same, toHex } from '../check.js';
import type { Hardware } from '../suite.js';
import { Pipe, type Tear } from './pipe.js';
import { PlainDevice } from './plain-device.js';
import { paperSync } from './test-sync.js';

export const START_S = 1_800_000_000;
export const PIN = '2468';
/** What each wallet is given to begin with, as notes. */
const NOTES = [600, 300, 100];
const STALL_CATEGORY = 5812;
const TOUCH_US_MAX = 10_000_000;
/** How long an owner looks at a question. */
const LOOK_US = 1_000_000;

export class Stage {
  readonly clock = new VirtualClock();
  readonly bank: TestBank;
  readonly card: PlainDevice;
  readonly stall: PlainDevice;
  /** APDUs of the last touch. */
  apdus = 0;
  #transcript = new Uint8Array(32);
  readonly #whole: number;

  constructor(
    private readonly hardware: Hardware,
    seed: number,
    limits: Partial<Limits> = {},
  ) {
    this.bank = new TestBank(hardware.crypto, START_S);
    this.card = new PlainDevice(hardware, this.clock, seed, 'card');
    this.stall = new PlainDevice(hardware, this.clock, seed, 'stall');
    this.bank.enrol(atTheBank(this.card, this.#contacts(this.card)), { pin: PIN, limits });
    this.bank.enrol(atTheBank(this.stall, this.#contacts(this.stall)), { category: STALL_CATEGORY });
    for (const { wallet } of [this.card, this.stall])
      this.bank.settle(wallet, this.bank.notes(wallet, NOTES));
    this.#whole = this.#value();
  }

  /** SHA-256 over every APDU so far, each hashed behind the hash of those before it: hex. */
  get transcript(): string {
    return toHex(this.#transcript);
  }

  order(kind: Order['kind'], amount: number, pin?: Uint8Array): Order {
    return this.#terminalOf(this.stall).order(kind, amount, pin);
  }

  /** One touch of the card on the stall's terminal, and whatever it was, no fen more or less than before. */
  touch(order: Order, tear?: Tear): TouchResult {
    let result: TouchResult | undefined;
    const pipe = new Pipe(this.clock, this.card, tear, (bytes) => this.#hear(bytes));
    new Terminal(this.stall.wallet, pipe).touch(order, 1_000, (end) => {
      result = end;
    });
    this.clock.runUntil(() => result !== undefined, TOUCH_US_MAX);
    this.apdus = pipe.apdus;
    if (result === undefined) throw new Error('the touch has no end');
    this.expectWhole(tear ? `torn at the ${tear.lost} of APDU ${tear.apdu}` : 'after a touch');
    return result;
  }

  /** The owner looks at what is asked, and presses the button. */
  press(device: PlainDevice): boolean {
    this.clock.runFor(LOOK_US);
    return device.prompt !== undefined && device.wallet.pressButton(device.prompt);
  }

  expectWhole(when: string): void {
    same(this.#value(), this.#whole, `value ${when}`);
  }

  /**
   * The bank takes what was received, `amount` in all, and gives as much in fresh notes: the sum stays the
   * same.
   */
  sync(device: PlainDevice, amount: number, standing: number = Standing.good): void {
    const notes = this.bank.notes(device.wallet, amount > 1 ? [amount - 1, 1] : []);
    paperSync(this.bank, { wallet: device.wallet, exchange: this.#contacts(device), notes, standing });
    this.expectWhole('after a sync');
  }

  #contacts(device: PlainDevice): (command: Uint8Array) => Uint8Array {
    return (command) => {
      this.#hear(command);
      const response = device.exchange(command);
      this.#hear(response);
      return response;
    };
  }

  #hear(bytes: Uint8Array): void {
    this.#transcript = this.hardware.crypto.sha256(this.#transcript, bytes).slice();
  }

  #value(): number {
    return wholeValue(this.card.wallet, this.stall.wallet);
  }

  #terminalOf({ wallet }: PlainDevice): Terminal {
    return new Terminal(wallet, new Pipe(this.clock, this.card, undefined, () => {}));
  }
}

/** The test bank knows a device by its wallet and its contacts, and asks for no more of it. */
export function atTheBank(
  device: PlainDevice,
  exchange: (command: Uint8Array) => Uint8Array = (command) => device.exchange(command),
): Parameters<TestBank['enrol']>[0] {
  return { wallet: device.wallet, exchange };
}
