/**
 * What those do who keep to nothing: certified peers at a card, cards and readers without a key of a bank's.
 * They ask and pay as they like; what they learn, and what is written for them, is looked at here.
 */

import { concat, putU32 } from '../../firmware/bytes.js';
import { AMOUNT_MAX } from '../../firmware/limits.js';
import { Invoice } from '../../firmware/objects/invoice.js';
import { Message } from '../../firmware/protocol/message.js';
import { Refusal, refusalName } from '../../firmware/protocol/refusal.js';
import { StatusWord } from '../../firmware/protocol/status-word.js';
import type { TouchResult } from '../../firmware/terminal/order.js';
import { Terminal } from '../../firmware/terminal/terminal.js';
import { hex } from '../bank/bytes.js';
import type { VirtualClock } from '../chip/virtual-clock.js';
import { ascii, CURRENCY } from '../world/test-bank.js';
import type { Books } from './books.js';
import type { Dice } from './dice.js';
import { type Claim, ForgedCard } from './forged-card.js';
import type { Judge, Tally } from './judge.js';
import { type Exchange, Rogue } from './rogue.js';
import type { Subject } from './subject.js';

const DAY_S = 86_400;
const FOREIGN = ascii('USD');
const CONNECT_MS = 500;

/** What of a life they need. */
export interface Surroundings {
  readonly dice: Dice;
  readonly books: Books;
  readonly judge: Judge;
  readonly tally: Tally;
  readonly clock: VirtualClock;
  readonly say: (line: string) => void;
  readonly amountFor: (payer: Subject) => number;
  /** The answer `why` to an invoice; `again` asks for the same once more. */
  readonly asked: (
    card: Subject,
    invoice: Invoice,
    before: Subject['shown'],
    why: number,
    again: () => readonly Subject[],
  ) => void;
}

export class Hostility {
  readonly #rogues: readonly Rogue[];
  readonly #strangers: readonly Rogue[];

  constructor(private readonly life: Surroundings) {
    const { books, dice } = life;
    const [bank, other] = books.banks;
    this.#rogues = [books.rogue(0, bank), books.rogue(5812, bank), books.rogue(5812, other)];
    const key = (): Uint8Array => books.context.crypto.ed25519KeyFromSeed(dice.bytes(32)).slice();
    this.#strangers = [new Rogue(bank, 0, key()), new Rogue(other, 0, key(), bank.now_s - DAY_S)];
  }

  /**
   * Asks, perhaps for something else at once, perhaps ahead of all clocks; takes what it gets, and answers as
   * it likes.
   */
  ask(card: Subject, again?: { rogue: Rogue; invoice: Invoice }): readonly Subject[] {
    const { dice, judge, say, asked, amountFor } = this.life;
    const rogue = again?.rogue ?? dice.one(this.#rogues);
    const exchange = open(card);
    rogue.open(exchange);
    const epoch = dice.below(3) ? 1 : dice.below(4);
    for (let asks = 1 + dice.below(again ? 1 : 3); asks > 0; asks--) {
      const apart_s = card.wallet.limits.clocksApart_s;
      const ahead_s = dice.one([0, 0, 0, DAY_S, apart_s, apart_s + 1, 364 * DAY_S, -apart_s, -apart_s - 1]);
      const created_s = card.wallet.own_s + ahead_s;
      const invoice = again?.invoice ?? rogue.invoice(epoch, amountFor(card), created_s, this.#currency());
      judge.sales.set(hex(invoice.id), { invoice, order: undefined });
      const before = card.shown;
      const [why] = rogue.ask(exchange, invoice);
      say(`rogue asks ${card.name} for ${invoice.amount}, ${ahead_s} s ahead: ${why}`);
      asked(card, invoice, before, why, () => this.ask(card, { rogue, invoice }));
    }
    const hasMoved = dice.isOnceIn(4) && this.#deliver(rogue, card, exchange);
    const transfer = dice.below(6) ? rogue.take(exchange) : void rogue.say(exchange, Message.identify);
    if (transfer && hasMoved) throw new Error(`${card.name} pays what was agreed before it was paid`);
    if (transfer && dice.below(3) > 0) {
      const receipt = rogue.receipt(transfer, dice.below(2));
      rogue.say(exchange, Message.receipt, receipt.compact);
    }
    card.card.onDeactivated();
    return [card];
  }

  /** Pays with value of terms that it makes up. */
  pay(card: Subject): readonly Subject[] {
    const rogue = this.life.dice.one(this.#rogues);
    const exchange = open(card);
    rogue.open(exchange);
    this.#deliver(rogue, card, exchange);
    card.card.onDeactivated();
    return [card];
  }

  /** Whether the card has taken it. */
  #deliver(rogue: Rogue, card: Subject, exchange: Exchange): boolean {
    const { dice, say } = this.life;
    const { held } = card.wallet.ledger;
    const large = [AMOUNT_MAX, AMOUNT_MAX - held, AMOUNT_MAX - held, 5_000];
    const amount = dice.below(4) ? 1 + dice.below(30) : Math.max(1, dice.one(large));
    const now_s = card.wallet.own_s;
    const offer = new Uint8Array(12);
    putU32(offer, 0, amount);
    putU32(offer, 4, now_s);
    const offered = rogue.say(exchange, Message.offer, offer, dice.bytes(8));
    const shown = rogue.shownIn(exchange, offered);
    const invoice = shown && Invoice.expand(offered, shown.at, shown.card)?.invoice;
    if (!invoice) return false;
    const hops = 1 + dice.below(14);
    const hopsLimit = hops + 1 + dice.below(15 - hops);
    const expires_s = now_s + dice.one([1, DAY_S, 9 * DAY_S, 300 * DAY_S]);
    const terms = { hops, hopsLimit, expires_s };
    const transfer = rogue.transfer(card.id, invoice, {
      received: amount,
      terms,
      currency: this.#currency(),
    });
    const packed = concat(Uint8Array.of(0), transfer.compact(false));
    const [why] = rogue.say(exchange, Message.deliver, offer.slice(4, 8), packed);
    say(`rogue pays ${card.name} ${amount}, hops ${hops} of ${hopsLimit}: ${why}`);
    if (why === Refusal.unsound) throw new Error(`${card.name} was about to write what would not read back`);
    return why === 0;
  }

  #currency(): Uint8Array {
    return this.life.dice.isOnceIn(8) ? FOREIGN : CURRENCY;
  }

  /** Without a key of a bank's: every question has one answer, and nothing is written for it. */
  probe(card: Subject): readonly Subject[] {
    const { dice, tally } = this.life;
    tally.strangers++;
    const exchange = open(card);
    const written = writesOf(card);
    if (dice.isOnceIn(2)) this.#replay(card, exchange);
    else {
      const stranger = dice.one(this.#strangers);
      stranger.open(exchange);
      const answer = stranger.say(exchange, dice.one(Object.values(Message)), dice.bytes(dice.below(60)));
      if (answer.length !== 1 || answer[0] !== Refusal.certificate)
        throw new Error(`${card.name} answers a stranger: ${hex(answer)}`);
    }
    if (writesOf(card) !== written) throw new Error(`${card.name} writes for a stranger`);
    card.card.onDeactivated();
    return [card];
  }

  /** A terminal's certificate, seen once on the air, is shown by somebody without its key. */
  #replay(card: Subject, exchange: Exchange): void {
    const { dice, books } = this.life;
    const bank = dice.one(books.banks);
    const rogue = new Rogue(bank, 5812);
    const { certificate } = rogue;
    const answer = hex(rogue.replay(exchange));
    if (answer !== StatusWord.badMessage.toString(16)) throw new Error(`${card.name} answers ${answer}`);
    const { trust, crypto } = card.wallet;
    if (trust.certificateCache.knows(crypto.sha256(certificate.bytes, bank.operatorKey.subarray(32))))
      throw new Error(`${card.name} remembers whoever shows a certificate`);
  }

  /**
   * A forged card at a terminal, whatever its certificate claims: it is always told the same, at the same
   * point of the touch, and nothing is written for it.
   */
  forge(subject: Subject, others: readonly Subject[]): readonly Subject[] {
    const { dice, books, clock, tally, amountFor } = this.life;
    tally.strangers++;
    const bank = dice.one(books.banks);
    const claims: Claim[] = [
      {},
      { id: dice.one(others).id },
      { issuer: 99 },
      { notAfter_s: bank.now_s - DAY_S },
      { role: 2 },
    ];
    const card = new ForgedCard(bank, clock, dice.one(claims));
    const terminal = new Terminal(subject.wallet, card);
    const written = writesOf(subject);
    const isAlone = subject.wallet.ledger.inFlightTransfers.length === 0;
    const amount = dice.isOnceIn(2) ? Math.min(AMOUNT_MAX, amountFor(subject)) : AMOUNT_MAX;
    let result: TouchResult | undefined;
    terminal.touch(terminal.order('pull', amount), CONNECT_MS, (end) => {
      if (writesOf(subject) !== written) throw new Error(`${subject.name} writes for a forged card`);
      result = end;
    });
    clock.runUntil(() => result !== undefined, 10_000_000);
    const { by, why } = result?.refusal ?? { by: result?.outcome, why: 0 };
    const heard = isAlone ? [Message.invoice, Message.transfer] : [Message.identify];
    if (by !== 'terminal' || why !== Refusal.certificate || card.heard.join() !== heard.join())
      throw new Error(`${subject.name} tells a forged card: ${by}, ${refusalName(why)}, after ${card.heard}`);
    return [subject];
  }
}

function open(card: Subject): Exchange {
  card.card.onActivated();
  return (command) => card.exchange(command);
}

const writesOf = ({ flash: { counters } }: Subject): string => `${counters.programs} ${counters.erases}`;
