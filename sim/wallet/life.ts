/**
 * Random lives of a few wallets among each other, their owners' fingers, their bank, and peers that keep to
 * nothing. One seed is one life; after each step the judge looks at all who had a part in it.
 */

import type { Invoice } from '../../firmware/objects/invoice.js';
import { Refusal } from '../../firmware/protocol/refusal.js';
import type { Order, TouchResult } from '../../firmware/terminal/order.js';
import { Terminal } from '../../firmware/terminal/terminal.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex } from '../bank/bytes.js';
import { VirtualClock } from '../chip/virtual-clock.js';
import { ascii } from '../world/test-bank.js';
import { Books } from './books.js';
import { Counter } from './counter.js';
import { Dice } from './dice.js';
import { Hostility } from './hostility.js';
import { emptyTally, Judge, type Tally } from './judge.js';
import { limitsOf, PEOPLE, PIN } from './people.js';
import { Air, type Stroke, Subject, type Tear } from './subject.js';

const START_S = 1_800_000_000;
const DAY_S = 86_400;
const TOUCH_US_MAX = 10_000_000;
const CONNECT_MS = 500;
/** Sales that are still waiting to be paid. */
const SALES_MAX = 6;

interface Waiting {
  readonly terminal: Subject;
  readonly card: Subject;
  readonly order: Order;
}

export interface LifeOptions {
  readonly seed: number;
  readonly crypto: Crypto;
  readonly trace?: ((line: string) => void) | undefined;
}

export class Life {
  readonly #clock = new VirtualClock();
  readonly #dice: Dice;
  readonly #books: Books;
  readonly #judge: Judge;
  readonly #counter: Counter;
  readonly #people: Subject[];
  readonly #hostility: Hostility;
  readonly #waiting: Waiting[] = [];
  /** For each card: the same question again, for which it wanted its owner's consent. */
  readonly #again = new Map<Subject, () => readonly Subject[]>();

  constructor(
    private readonly options: LifeOptions,
    private readonly tally: Tally = emptyTally(),
  ) {
    const { crypto, seed } = options;
    this.#dice = new Dice(seed);
    this.#books = new Books(crypto, START_S, seed);
    this.#judge = new Judge(this.#books, tally);
    this.#people = PEOPLE.map(
      ({ name, hasScreen }) => new Subject(name, crypto, this.#clock, seed, hasScreen),
    );
    this.#counter = new Counter(this.#books, this.#judge, this.#dice, tally);
    this.#hostility = new Hostility({
      dice: this.#dice,
      books: this.#books,
      judge: this.#judge,
      clock: this.#clock,
      tally,
      say: (line) => this.#say(line),
      amountFor: (payer) => this.#amountFor(payer),
      asked: (...question) => this.#noteQuestion(...question),
    });
    PEOPLE.forEach(({ name, category, bank }, i) => {
      const limits = limitsOf(this.#dice);
      this.#judge.limits.set(name, limits);
      this.#books.enrol(this.#people[i], this.#books.banks[bank], { limits, category, pin: PIN });
      this.#judge.meet(this.#people[i]);
    });
    for (const subject of this.#people) this.#visit(subject);
    this.#judge.look(this.#people, this.#people);
  }

  /** Throws at the first thing that is not as it must be. */
  live(steps: number): void {
    for (let step = 1; step <= steps; step++) {
      this.tally.steps++;
      const touched = this.#step();
      this.#judge.look(this.#people, [...new Set(touched)]);
    }
  }

  #step(): readonly Subject[] {
    const subject = this.#dice.one(this.#people);
    const asked = this.#asked();
    if (asked && this.#dice.below(3) > 0) {
      return (this.#dice.below(2) ? undefined : this.#again.get(asked)?.()) ?? this.#finger(asked);
    }
    const roll = this.#dice.below(100);
    if (roll < 24) return this.#sell(subject);
    if (roll < 34) return this.#sellAgain();
    if (roll < 50) return this.#finger(asked ?? subject);
    if (roll < 64) return this.#hostility.ask(subject);
    if (roll < 72) return this.#hostility.pay(subject);
    if (roll < 74) return this.#hostility.probe(subject);
    if (roll < 76) return this.#hostility.forge(subject, this.#people);
    if (roll < 90) return this.#visit(subject);
    if (roll < 94) return this.#restart(subject);
    return this.#pass(subject);
  }

  /** Mostly somebody who is asked something. */
  #asked(): Subject | undefined {
    const asked = this.#people.filter(({ shown }) => shown !== undefined);
    return asked.length > 0 && this.#dice.below(5) > 0 ? this.#dice.one(asked) : undefined;
  }

  // Payments among people

  #sell(terminal: Subject): readonly Subject[] {
    const card = this.#dice.one(this.#people.filter((other) => other !== terminal));
    const kind = this.#dice.below(3) === 0 ? 'push' : 'pull';
    const payer = kind === 'pull' ? card : terminal;
    const pin = this.#dice.below(5) === 0 ? ascii(this.#dice.below(4) > 0 ? PIN : '1111') : undefined;
    const order = new Terminal(terminal.wallet, new Air(this.#clock, card, undefined)).order(
      kind,
      this.#amountFor(payer),
      pin,
    );
    const waiting = { terminal, card, order };
    this.#waiting.push(waiting);
    if (this.#waiting.length > SALES_MAX) this.#waiting.shift();
    return this.#touch(waiting);
  }

  #sellAgain(): readonly Subject[] {
    return this.#waiting.length > 0 ? this.#touch(this.#dice.one(this.#waiting)) : [];
  }

  /** Now and then all there is, or just more than a limit; mostly little. */
  #amountFor({ name, wallet }: Subject): number {
    const { buttonMax, noConfirmMax, noConfirmTotalMax } = this.#judge.limits.get(name)!;
    const { held, noteIndex, lots } = wallet.ledger;
    const amounts = [
      noConfirmMax,
      noConfirmMax + 1,
      buttonMax + 1,
      noConfirmTotalMax,
      held,
      noteIndex.total + 1,
      lots.total + 1 + this.#dice.below(100),
    ];
    if (this.#dice.below(3) > 0) return 1 + this.#dice.below(noConfirmMax + 1);
    return Math.max(
      1,
      this.#dice.one([...amounts, lots.total, Math.floor(held / 2), 1 + this.#dice.below(400)]),
    );
  }

  #touch({ terminal, card, order }: Waiting): readonly Subject[] {
    const tear: Tear | undefined =
      this.#dice.below(5) === 0
        ? { apdu: 1 + this.#dice.below(8), lost: this.#dice.below(2) ? 'answer' : 'command' }
        : undefined;
    const cut = this.#dice.below(15) === 0 ? this.#dice.one([terminal, card]) : undefined;
    cut?.flash.cutAtOperation(1 + this.#dice.below(8), () => this.#dice.uint32());
    const payer = order.kind === 'pull' ? card : terminal;
    const before = payer.shown;
    let result: TouchResult | undefined;
    const ended = this.#outlive([terminal, card], () => {
      new Terminal(terminal.wallet, new Air(this.#clock, card, tear)).touch(order, CONNECT_MS, (end) => {
        result = end;
      });
      this.#noteSale(order);
      this.#clock.runUntil(() => result !== undefined, TOUCH_US_MAX);
    });
    this.#noteSale(order);
    const why = result?.refusal?.by === (payer === card ? 'card' : 'terminal') ? result.refusal.why : 0;
    this.#say(`${terminal.name} ${order.kind} ${card.name} ${order.amount}: ${result?.outcome} ${why}`);
    if (result?.refusal?.why === Refusal.unsound) throw new Error('an entry would not read back');
    if (result?.outcome === 'refused') this.tally.refused++;
    const again = () => this.#touch({ terminal, card, order });
    if (order.invoice) this.#noteQuestion(payer, order.invoice, before, why, again);
    if (order.kind === 'pull' && order.pin && hex(order.pin) === hex(ascii(PIN)) && order.invoice)
      card.model.pinTyped(order.invoice, this.#judge.limits.get(card.name)!, card.now_ms);
    if (!ended) this.tally.cuts++;
    return [terminal, card];
  }

  #noteSale({ kind, invoice, pin }: Order): void {
    const order = kind === 'push' ? { pin: pin !== undefined && hex(pin) === hex(ascii(PIN)) } : undefined;
    if (invoice) this.#judge.sales.set(hex(invoice.id), { invoice, order });
  }

  /**
   * What the payer shows after a touch is about the invoice of that touch, to the fen, or was there before.
   */
  #noteQuestion(
    card: Subject,
    invoice: Invoice,
    before: Subject['shown'],
    why: number,
    again: () => readonly Subject[],
  ): void {
    const { name, shown, model } = card;
    if (isAsked(why)) this.#again.set(card, again);
    if (!shown || (!isAsked(why) && shown === before)) return;
    if (shown.amount !== invoice.amount || hex(shown.payee) !== hex(invoice.payee))
      throw new Error(`${name} shows ${shown.amount}, and is asked for ${invoice.amount}`);
    const wrong = model.ask(invoice, shown.needsPin, this.#judge.limits.get(name)!, card.now_ms);
    if (wrong) throw new Error(`${name} ${wrong}`);
  }

  /** Power may fail on one side of a touch; for the other, the peer is gone. */
  #outlive([first, ...others]: readonly Subject[], act: () => void): boolean {
    if (!first) {
      act();
      return true;
    }
    let isAlive = true;
    const own = first.outlives(() => {
      isAlive = this.#outlive(others, act);
    });
    return own && isAlive;
  }

  // The owner's fingers

  /** A few presses, of a plan or at random; others get between them. */
  #finger(subject: Subject): readonly Subject[] {
    const { plan } = subject;
    if (this.#dice.isOnceIn(4)) plan.length = 0;
    if (plan.length === 0) plan.push(...this.#newPlan(subject));
    for (let presses = 1 + this.#dice.below(30); presses > 0 && plan.length > 0; presses--) {
      const stroke = plan.shift()!;
      this.#clock.runFor(stroke.wait_ms * 1_000);
      subject.press(stroke);
      this.#say(
        `${subject.name}, after ${stroke.wait_ms} ms: ${stroke.isLong ? 'hold' : 'press'} ${'AB'[stroke.button]}`,
      );
      subject.model.sees(subject.isEntering, subject.now_ms);
    }
    return [subject];
  }

  #newPlan({ hasScreen, shown }: Subject): Stroke[] {
    const soon = () => this.#dice.below(700);
    const look = 1_000 + this.#dice.below(400);
    const roll = this.#dice.below(14);
    if (roll === 0) return [{ button: hasScreen ? 1 : 0, isLong: true, wait_ms: look }];
    if (roll < 4) {
      return Array.from({ length: 1 + this.#dice.below(6) }, () => ({
        button: hasScreen ? this.#dice.below(2) : 0,
        isLong: this.#dice.below(6) === 0,
        wait_ms: soon(),
      }));
    }
    if (!shown?.needsPin || !hasScreen) return [{ button: 0, isLong: false, wait_ms: look }];
    const presses: Stroke[] = [{ button: 0, isLong: false, wait_ms: look }];
    [...PIN].forEach((digit, i) => {
      if (i > 0) presses.push({ button: 1, isLong: false, wait_ms: 50 });
      for (let turn = 0; turn < Number(digit); turn++)
        presses.push({ button: 0, isLong: false, wait_ms: 50 });
    });
    return [...presses, { button: 0, isLong: true, wait_ms: 50 }];
  }

  // The bank, power and time

  #visit(subject: Subject): readonly Subject[] {
    const now_s = START_S + Math.floor(this.#clock.now_us / 1e6);
    this.#say(`${subject.name} syncs: ${this.#counter.serve(subject, now_s)}`);
    return [subject];
  }

  #restart(subject: Subject): readonly Subject[] {
    if (this.#dice.below(2)) subject.wallet.idle();
    subject.restart();
    this.#say(`${subject.name} boots`);
    return [subject];
  }

  #pass(subject: Subject): readonly Subject[] {
    const seconds = this.#dice.one([1, 5, 20, 31, 61, 61, 120, 600, DAY_S / 4, DAY_S, 12 * DAY_S]);
    this.#clock.runFor(seconds * 1e6);
    subject.wallet.idle();
    return [subject];
  }

  #say(line: string): void {
    this.options.trace?.(`${this.tally.steps}: ${line}`);
  }
}

const isAsked = (why: number): boolean => why === Refusal.button || why === Refusal.pin;
