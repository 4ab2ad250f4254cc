/**
 * Random lives of a few wallets among each other, their owners' fingers, their bank, and peers that keep to
 * nothing. One seed is one life; after each step the judge looks at all who had a part in it.
 */

import { concat, putU32 } from '../../firmware/bytes.js';
import { CLOCK_LAG_S_MAX } from '../../firmware/limits.js';
import { Invoice } from '../../firmware/objects/invoice.js';
import type { Limits } from '../../firmware/objects/profile.js';
import { Transfer } from '../../firmware/objects/transfer.js';
import { Message } from '../../firmware/protocol/message.js';
import { Refusal } from '../../firmware/protocol/refusal.js';
import type { Order, TouchResult } from '../../firmware/terminal/order.js';
import { Terminal } from '../../firmware/terminal/terminal.js';
import type { Crypto } from '../../hal/crypto.js';
import { hex } from '../bank/bytes.js';
import { SimEntropy } from '../chip/entropy.js';
import { VirtualClock } from '../chip/virtual-clock.js';
import { ascii } from '../world/test-bank.js';
import { Books } from './books.js';
import { Counter } from './counter.js';
import { emptyTally, Judge, type Tally } from './judge.js';
import { limitsOf, PEOPLE, PIN } from './people.js';
import { Rogue } from './rogue.js';
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
  readonly #random: SimEntropy;
  readonly #books: Books;
  readonly #judge: Judge;
  readonly #counter: Counter;
  readonly #people: Subject[];
  readonly #limits = new Map<string, Limits>();
  readonly #rogues: readonly Rogue[];
  readonly #stranger: Rogue;
  readonly #waiting: Waiting[] = [];
  /** For each card: the same question again, for which it wanted its owner's consent. */
  readonly #again = new Map<Subject, () => readonly Subject[]>();

  constructor(
    private readonly options: LifeOptions,
    private readonly tally: Tally = emptyTally(),
  ) {
    const { crypto, seed } = options;
    this.#random = new SimEntropy(seed, 'life');
    this.#books = new Books(crypto, START_S, seed);
    this.#judge = new Judge(this.#books, this.#limits, tally);
    this.#people = PEOPLE.map(
      ({ name, hasScreen }) => new Subject(name, crypto, this.#clock, seed, hasScreen),
    );
    this.#rogues = [0, 5812].map((category) => this.#books.rogue(category));
    this.#stranger = new Rogue(this.#books.issuer, 0, crypto.ed25519KeyFromSeed(this.#bytes(32)));
    this.#counter = new Counter(this.#books, this.#judge, (below) => this.#below(below), tally);
    PEOPLE.forEach(({ name, category }, i) => {
      const limits = limitsOf((below) => this.#below(below));
      this.#limits.set(name, limits);
      this.#books.issuer.enrol(this.#people[i], { limits, category, pin: PIN });
      this.#books.register(this.#people[i].id, this.#people[i].wallet.publicKey);
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
    const subject = this.#one(this.#people);
    const asked = this.#asked();
    if (asked && this.#below(2) === 0) {
      return (this.#below(2) ? undefined : this.#again.get(asked)?.()) ?? this.#finger(asked);
    }
    const roll = this.#below(100);
    if (roll < 24) return this.#sell(subject);
    if (roll < 34) return this.#sellAgain();
    if (roll < 50) return this.#finger(asked ?? subject);
    if (roll < 66) return this.#rogueAsks(subject);
    if (roll < 74) return this.#roguePays(subject);
    if (roll < 76) return this.#strangerAsks(subject);
    if (roll < 90) return this.#visit(subject);
    if (roll < 94) return this.#restart(subject);
    return this.#pass(subject);
  }

  /** Mostly somebody who is asked something. */
  #asked(): Subject | undefined {
    const asked = this.#people.filter(({ shown }) => shown !== undefined);
    return asked.length > 0 && this.#below(5) > 0 ? this.#one(asked) : undefined;
  }

  // Payments among people

  #sell(terminal: Subject): readonly Subject[] {
    const card = this.#one(this.#people.filter((other) => other !== terminal));
    const kind = this.#below(3) === 0 ? 'push' : 'pull';
    const payer = kind === 'pull' ? card : terminal;
    const pin = this.#below(5) === 0 ? ascii(this.#below(4) > 0 ? PIN : '1111') : undefined;
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
    return this.#waiting.length > 0 ? this.#touch(this.#one(this.#waiting)) : [];
  }

  /** Now and then all there is, or just more than a limit; mostly little. */
  #amountFor({ name, wallet }: Subject): number {
    const { buttonMax, noConfirmMax, noConfirmTotalMax } = this.#limits.get(name)!;
    const { held, noteIndex, lots } = wallet.ledger;
    const amounts = [
      noConfirmMax,
      noConfirmMax + 1,
      buttonMax + 1,
      noConfirmTotalMax,
      held,
      noteIndex.total + 1,
    ];
    if (this.#below(3) > 0) return 1 + this.#below(noConfirmMax + 1);
    return Math.max(1, this.#one([...amounts, lots.total, Math.floor(held / 2), 1 + this.#below(400)]));
  }

  #touch({ terminal, card, order }: Waiting): readonly Subject[] {
    const tear: Tear | undefined =
      this.#below(5) === 0
        ? { apdu: 1 + this.#below(8), lost: this.#below(2) ? 'answer' : 'command' }
        : undefined;
    const cut = this.#below(15) === 0 ? this.#one([terminal, card]) : undefined;
    cut?.flash.cutAtOperation(1 + this.#below(8), () => this.#random.uint32());
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
    this.#noteQuestion(payer, order.invoice, before, why);
    if (isAsked(why)) this.#again.set(payer, () => this.#touch({ terminal, card, order }));
    if (order.kind === 'pull' && order.pin && hex(order.pin) === hex(ascii(PIN)) && order.invoice)
      card.model.pinTyped(order.invoice, card.now_ms);
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
  #noteQuestion(card: Subject, invoice: Invoice | undefined, before: Subject['shown'], why: number): void {
    const { shown } = card;
    if (!invoice || !shown || (!isAsked(why) && shown === before)) return;
    if (shown.amount !== invoice.amount || hex(shown.payee) !== hex(invoice.payee))
      throw new Error(`${card.name} shows ${shown.amount}, and is asked for ${invoice.amount}`);
    card.model.ask(invoice, shown.needsPin, card.now_ms);
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
    if (this.#below(2) === 0) plan.length = 0;
    if (plan.length === 0) plan.push(...this.#newPlan(subject));
    for (let presses = 1 + this.#below(20); presses > 0 && plan.length > 0; presses--) {
      const stroke = plan.shift()!;
      this.#clock.runFor(stroke.wait_ms * 1_000);
      subject.press(stroke);
      subject.model.sees(subject.isEntering, subject.now_ms);
    }
    return [subject];
  }

  #newPlan({ hasScreen, shown }: Subject): Stroke[] {
    const soon = () => this.#below(700);
    const look = 1_000 + this.#below(400);
    const roll = this.#below(14);
    if (roll === 0) return [{ button: hasScreen ? 1 : 0, isLong: true, wait_ms: look }];
    if (roll < 4) {
      return Array.from({ length: 1 + this.#below(6) }, () => ({
        button: hasScreen ? this.#below(2) : 0,
        isLong: this.#below(6) === 0,
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
    return [...presses, { button: 0, isLong: true, wait_ms: 50, isPin: true }];
  }

  // Those who keep to nothing

  /**
   * Asks, perhaps for something else at once, perhaps ahead of all clocks; takes what it gets, and answers as
   * it likes.
   */
  #rogueAsks(card: Subject, again?: { rogue: Rogue; invoice: Invoice }): readonly Subject[] {
    const rogue = again?.rogue ?? this.#one(this.#rogues);
    const exchange = (command: Uint8Array) => card.exchange(command);
    card.card.onActivated();
    rogue.open(exchange);
    const epoch = this.#below(3) ? 1 : this.#below(4);
    for (let asks = 1 + this.#below(again ? 1 : 3); asks > 0; asks--) {
      const ahead_s = this.#one([0, 0, 0, DAY_S, CLOCK_LAG_S_MAX, CLOCK_LAG_S_MAX + 1, 364 * DAY_S]);
      const invoice =
        again?.invoice ?? rogue.invoice(epoch, this.#amountFor(card), card.wallet.own_s + ahead_s);
      this.#judge.sales.set(hex(invoice.id), { invoice, order: undefined });
      const before = card.shown;
      const [why] = rogue.say(exchange, Message.invoice, invoice.bytes);
      this.#say(`rogue asks ${card.name} for ${invoice.amount}, ${ahead_s} s ahead: ${why}`);
      this.#noteQuestion(card, invoice, before, why);
      if (isAsked(why)) this.#again.set(card, () => this.#rogueAsks(card, { rogue, invoice }));
    }
    const answer = rogue.say(exchange, this.#below(6) ? Message.transfer : Message.identify);
    const transfer = answer[0] === 0 ? Transfer.parse(answer.slice(1)) : undefined;
    if (transfer && this.#below(3) > 0) {
      const receipt = rogue.receipt(transfer, this.#below(2));
      rogue.say(exchange, Message.receipt, receipt.rest);
    }
    card.card.onDeactivated();
    return [card];
  }

  /** Pays with value of terms that it makes up, and with one note again and again. */
  #roguePays(card: Subject): readonly Subject[] {
    const rogue = this.#one(this.#rogues);
    const exchange = (command: Uint8Array) => card.exchange(command);
    card.card.onActivated();
    rogue.open(exchange);
    const amount = this.#below(4) ? 1 + this.#below(30) : this.#one([0x7fffffff, 0x7ffffff0, 5_000]);
    const now_s = card.wallet.own_s;
    const offer = new Uint8Array(12);
    putU32(offer, 0, amount);
    putU32(offer, 4, now_s);
    const offered = rogue.say(exchange, Message.offer, offer, this.#bytes(8));
    const invoice = offered[0] === 0 ? Invoice.parse(offered.slice(1 + 165, 1 + 165 + 42)) : undefined;
    if (invoice) {
      const hops = 1 + this.#below(14);
      const hopsLimit = hops + 1 + this.#below(15 - hops);
      const expires_s = now_s + this.#one([1, DAY_S, 9 * DAY_S, 300 * DAY_S]);
      const terms = { hops, hopsLimit, expires_s };
      const transfer = rogue.transfer(card.id, invoice, { received: amount, terms }, undefined);
      const body = concat(offer.slice(4, 8), Uint8Array.of(0), transfer.bytes);
      const answer = rogue.say(exchange, Message.deliver, body);
      this.#say(`rogue pays ${card.name} ${amount}, hops ${hops} of ${hopsLimit}: ${answer[0]}`);
    }
    card.card.onDeactivated();
    return [card];
  }

  /** Without a key of the bank's: every question has one answer, and nothing is written for it. */
  #strangerAsks(card: Subject): readonly Subject[] {
    const exchange = (command: Uint8Array) => card.exchange(command);
    const { programs, erases } = card.flash.counters;
    card.card.onActivated();
    this.#stranger.open(exchange);
    const type = this.#one(Object.values(Message));
    const answer = this.#stranger.say(exchange, type, this.#bytes(this.#below(60)));
    if (answer.length !== 1 || answer[0] !== Refusal.certificate)
      throw new Error(`${card.name} answers a stranger: ${hex(answer)}`);
    if (card.flash.counters.programs !== programs || card.flash.counters.erases !== erases)
      throw new Error(`${card.name} writes for a stranger`);
    card.card.onDeactivated();
    return [card];
  }

  // The bank, power and time

  #visit(subject: Subject): readonly Subject[] {
    const now_s = START_S + Math.floor(this.#clock.now_us / 1e6);
    this.#say(`${subject.name} syncs: ${this.#counter.serve(subject, now_s)}`);
    return [subject];
  }

  #restart(subject: Subject): readonly Subject[] {
    if (this.#below(2)) subject.wallet.idle();
    subject.restart();
    this.#say(`${subject.name} boots`);
    return [subject];
  }

  #pass(subject: Subject): readonly Subject[] {
    const seconds = this.#one([1, 5, 20, 31, 61, 61, 120, 600, DAY_S / 4, DAY_S, 12 * DAY_S]);
    this.#clock.runFor(seconds * 1e6);
    subject.wallet.idle();
    return [subject];
  }

  #say(line: string): void {
    this.options.trace?.(`${this.tally.steps}: ${line}`);
  }

  #below(n: number): number {
    return this.#random.uint32() % n;
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#below(of.length)];
  }

  #bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#random.fill(bytes);
    return bytes;
  }
}

const isAsked = (why: number): boolean => why === Refusal.button || why === Refusal.pin;
