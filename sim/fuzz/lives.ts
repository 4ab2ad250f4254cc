import { Refusal, refusalName } from '../../firmware/protocol/refusal.js';
import type { Order } from '../../firmware/terminal/order.js';
import { BankError } from '../bank/codes.js';
import { Accounts } from './accounts/accounts.js';
import { CATEGORY, Country, type Person, WHOLE } from './country.js';
import { DAY_S, drawGift, drawLimits } from './draws.js';
import { HACKS } from './hacks.js';
import { type LooseDevice, tearAfter } from './loose-device.js';
import { Violation } from './violation.js';

const HOUR_S = 3_600;
/** Refusals of what an operator has signed. */
const DISBELIEF = [Refusal.certificate, Refusal.note];
/** Hours that the clock steps on. */
const STEPS_H = [1, 1, 1, 6, 6, 12, 24, 24, 48, 100];
/** An honest device that has synced can do without its bank for so long: new keys are told of before that. */
const AWAY_S = 14 * DAY_S;
const TOUCHES = ['pull', 'pull', 'pull', 'push', 'resume'] as const;
/** Sales that somebody may want their money back for. */
const SALES_MAX = 8;

/** What may happen, and be lost. */
const MEANWHILE = [
  ...['touch', 'refund', 'sync', 'torn sync', 'counter', 'boot'],
  ...['code', 'code again', 'bills sent', 'bill refund', 'dispute', 'terms', 'cash of a site', 'wait'],
];

/** How often something happens, and what; by which words of what it says it is counted. */
interface Step {
  readonly weight: number;
  readonly kind: string;
  readonly act: () => Promise<string> | string;
  readonly words?: number;
}

interface Sale {
  readonly reader: Person;
  readonly card: Person;
  readonly amount: number;
}

/**
 * A small country that lives on one seed: honest people and hostile ones, two operators that are platforms as
 * well, lines that tear, clocks that jump.
 */
export class Lives {
  readonly #steps: readonly Step[];
  /** By till and card, what was asked of the card, less what was given back. */
  readonly #asked = new Map<string, number>();
  readonly #sales: Sale[] = [];

  private constructor(
    private readonly country: Country,
    private readonly accounts: Accounts,
  ) {
    this.#steps = [...this.#ofWallets(), ...this.#ofAccounts()];
  }

  static async open(seed: number): Promise<Lives> {
    const country = await Country.open(seed);
    return new Lives(country, await Accounts.open(country));
  }

  get counts(): ReadonlyMap<string, number> {
    return this.country.counts;
  }

  close(): Promise<void> {
    return this.country.close();
  }

  /** One thing that happens; returns what. Throws Violation when it breaks what must always hold. */
  async step(): Promise<string> {
    const { kind, act, words = 0 } = this.#pick();
    const said = await this.#orRefused(act);
    const told = said.split(' ').slice(0, words);
    this.country.count([kind, ...told].join(' '));
    return said === '' ? kind : `${kind}: ${said}`;
  }

  #pick(kinds?: readonly string[]): Step {
    const steps = this.#steps.filter(({ kind }) => kinds?.includes(kind) ?? true);
    let roll = this.country.below(steps.reduce((sum, { weight }) => sum + weight, 0));
    return steps.find(({ weight }) => {
      roll -= weight;
      return roll < 0;
    })!;
  }

  /** What the bank refuses is refused. */
  async #orRefused(act: Step['act']): Promise<string> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof BankError)) throw error;
      return `refused ${error.code}`;
    }
  }

  #ofWallets(): Step[] {
    const { country } = this;
    return [
      { weight: 500, kind: 'touch', act: () => this.#touch(), words: 1 },
      { weight: 40, kind: 'refund', act: () => this.#refund(), words: 1 },
      { weight: 200, kind: 'sync', act: () => country.sync(country.someone(), false), words: 1 },
      { weight: 80, kind: 'torn sync', act: () => country.sync(country.someone(), true), words: 1 },
      { weight: 60, kind: 'counter', act: () => this.#counter(), words: 1 },
      { weight: 40, kind: 'boot', act: () => this.#boot() },
      { weight: 40, kind: 'clock', act: () => this.#clock() },
      { weight: 10, kind: 'limits', act: () => this.#limits() },
      { weight: 10, kind: 'key', act: () => country.operators.renewKey(1 + country.below(2)) },
      { weight: 5, kind: 'lost', act: () => this.#lose() },
      { weight: 5, kind: 'stop', act: () => this.#stop(), words: 1 },
      { weight: 6, kind: 'move', act: () => this.#move(), words: 1 },
      { weight: 6, kind: 'pay out', act: () => this.#payOut(), words: 1 },
      { weight: 1, kind: 'books put back', act: () => this.#putBack() },
      { weight: 20, kind: 'hack', act: () => this.#hack(), words: 1 },
      { weight: 10, kind: 'copy', act: () => this.#copy() },
    ];
  }

  #ofAccounts(): Step[] {
    const { accounts } = this;
    const { users, tills } = accounts;
    const steps: [weight: number, kind: string, act: () => Promise<string>, words?: number][] = [
      [150, 'code', () => accounts.code(), 2],
      [60, 'code again', () => accounts.codeAgain(), 2],
      [20, 'code forged', () => accounts.forge(), 2],
      [20, 'code signed twice', () => accounts.signTwice(), 2],
      [140, 'bills sent', () => tills.upload(), 1],
      [25, 'bill refund', () => tills.refund(), 1],
      [25, 'hostile till', () => accounts.hostileTill()],
      [30, 'terms', () => users.agree(this.country.someone())],
      [8, 'certificate revoked', () => users.revoke()],
      [8, 'leave', () => users.leave(), 1],
      [20, 'dispute', () => accounts.dispute(), 1],
      [15, 'dispute decided', () => accounts.decide(), 1],
      [15, 'cash of a site', () => tills.siteCash()],
      [5, 'till stopped', () => tills.stop(), 1],
      [25, 'wait', () => accounts.wait()],
    ];
    return steps.map(([weight, kind, act, words = 0]) => ({
      ...{ weight, kind, words },
      act: async () => {
        const said = await this.#orRefused(act);
        await this.country.afterBank();
        return said;
      },
    }));
  }

  // What happens

  #touch(
    reader = this.country.someone(),
    card = this.country.someone(),
    kind: (typeof TOUCHES)[number] | 'refund' = this.country.pick(TOUCHES),
    most = this.country.below(4) === 0 ? 6_000 : 800,
  ): string {
    if (reader === card) return 'alone';
    const { below } = this.country;
    const isTorn = below(4) === 0;
    const exchanges = isTorn ? below(9) : WHOLE;
    const amount = 1 + below(most);
    const terminal = reader.device.terminalFor(card.device, tearAfter(exchanges, below(2) === 0));
    const order: Order =
      kind === 'refund'
        ? { ...terminal.order('push', amount), refund: this.#saleOf(reader.device) }
        : terminal.order(kind, amount);
    let outcome = 'unfinished';
    terminal.touch(order, 1_000, (result) => {
      const why = result.refusal ? ` ${result.refusal.by} ${result.refusal.why.toString(16)}` : '';
      outcome = `${result.outcome}${why}`;
    });
    this.#expectBelieved([reader, card], outcome);
    if (kind === 'pull') this.#sold({ reader, card, amount }, outcome);
    // What a terminal has paid a card, that card's owner may give back at a terminal of their own.
    if (kind === 'push') this.#ask({ reader: card, card: reader, amount });
    if (kind === 'refund' && outcome === 'paid' && !reader.hacked) this.#expectSold({ reader, card, amount });
    for (const { device } of [reader, card]) device.wallet.idle();
    return `${outcome} ${kind} ${amount} ${reader.name} ${card.name}`;
  }

  /** Somebody wants their money back, or more than that. */
  #refund(): string {
    if (this.#sales.length === 0) return 'none';
    const { reader, card, amount } = this.country.pick(this.#sales);
    return this.#touch(reader, card, 'refund', Math.ceil(1.2 * amount));
  }

  /** Every second refund is of one sale, or of what the till takes for one. */
  #saleOf({ wallet: { ledger } }: LooseDevice): NonNullable<Order['refund']> {
    const { below } = this.country;
    return below(2) === 0 ? {} : { sale: ledger.sequence - below(Math.min(8, ledger.sequence)) };
  }

  #sold(sale: Sale, outcome: string): void {
    this.#ask(sale);
    if (outcome !== 'paid') return;
    this.#sales.push(sale);
    if (this.#sales.length > SALES_MAX) this.#sales.shift();
  }

  #ask({ reader, card, amount }: Sale): void {
    const both = `${reader.name} ${card.name}`;
    this.#asked.set(both, (this.#asked.get(both) ?? 0) + amount);
  }

  /** No more goes back as refunds than was ever asked. */
  #expectSold({ reader, card, amount }: Sale): void {
    const both = `${reader.name} ${card.name}`;
    const asked = this.#asked.get(both) ?? 0;
    if (amount > asked) throw new Violation(`${both}: ${amount} is refunded of ${asked} that was asked`);
    this.#asked.set(both, asked - amount);
  }

  async #counter(): Promise<string> {
    const { country } = this;
    const { below, bank } = country;
    const { account, id, name } = country.someone();
    const amount = 1 + below(8_000);
    const purpose = below(3) === 0 ? CATEGORY : 0;
    const act = country.pick(['deposit', 'load', 'unload', 'withdraw', 'give']);
    let code = '';
    try {
      if (act === 'deposit') await country.deposit(account, amount, purpose);
      else if (act === 'load') await bank.load(account, id, amount, purpose);
      else if (act === 'unload') await bank.unload(account, id, amount);
      else if (act === 'give') {
        const gift = drawGift(below, country.world.now_s, purpose, country.someone().id);
        await bank.give(account, country.someone().id, Math.min(amount, 2_000), gift);
      } else await country.withdraw(account, amount);
      if (act === 'give' || (act === 'load' && purpose === 0)) await country.expectPromised(account);
    } catch (error) {
      if (!(error instanceof BankError)) throw error;
      code = error.code;
    }
    await country.afterBank();
    return `${act} ${amount} ${purpose} ${name} ${code}`;
  }

  #boot(): string {
    const person = this.country.someone();
    if (person.hacked) return 'none';
    person.device.boot();
    return person.name;
  }

  async #clock(): Promise<string> {
    const { below, world, bank, operators } = this.country;
    const hours = below(200) === 0 ? 24 * 250 : this.country.pick(STEPS_H);
    world.now_s += hours * HOUR_S;
    await bank.tick(world.now_s);
    await operators.renewKeys();
    await this.country.afterBank();
    return `${hours} h`;
  }

  async #limits(): Promise<string> {
    const { id, name } = this.country.someone();
    await this.country.bank.setLimits(id, drawLimits(this.country.below));
    return name;
  }

  /** Somebody reports a device lost, rightly or not; somebody new comes. */
  async #lose(): Promise<string> {
    const person = this.country.someone();
    if (person.lost) return 'again';
    person.lost = true;
    await this.country.bank.reportLost(person.id);
    await this.country.born();
    return person.name;
  }

  /** The bank's people suspend a device, or lift that. */
  async #stop(): Promise<string> {
    const { bank, people } = this.country;
    const stopped = people.find(({ suspended, lost, hacked }) => suspended && !lost && !hacked);
    const person = stopped ?? this.country.someone();
    person.suspended = !stopped;
    await (stopped ? bank.liftSuspension(person.id) : bank.suspend(person.id));
    await this.country.afterBank();
    return `${stopped ? 'lifted' : 'suspended'} ${person.name}`;
  }

  /** Somebody goes on with another device: what the old one has follows, wherever a sync is torn. */
  async #move(): Promise<string> {
    const { country } = this;
    const old = country.someone();
    if (old.hacked || old.lost || old.suspended || old.password !== undefined) return 'none';
    const { account, operator, category, device } = old;
    const fresh = await country.enrol(account, operator, category, device.wallet.certificate.tier);
    await country.sync(fresh, false);
    await country.bank.move(old.id, fresh.id);
    old.lost = true;
    for (const person of country.below(3) === 0 ? [fresh] : [old, fresh]) {
      await country.sync(person, true);
      await country.sync(person, false);
    }
    return `done ${old.name} ${fresh.name}`;
  }

  /** What somebody unregistered has taken is paid to whoever gives the password, at any operator. */
  async #payOut(): Promise<string> {
    const { country } = this;
    const { below, bank } = country;
    const known = country.people.filter(({ password }) => password !== undefined);
    if (known.length === 0) return `born ${(await country.bornUnregistered()).name}`;
    const person = country.pick(known);
    const isRight = below(4) > 0;
    const next = below(4) === 0 ? `next-${below(1_000)}-password` : undefined;
    const { available } = await bank.balance(person.account);
    const given = isRight ? person.password! : 'some-other-password';
    const paid = await bank.payOut(1 + below(2), person.id, given, next);
    country.books.book(-paid);
    if (!isRight || paid !== available)
      throw new Violation(`${paid} of ${available} is paid for ${isRight ? 'the' : 'a wrong'} password`);
    if (next !== undefined) person.password = next;
    await country.afterBank();
    return `paid ${paid} ${person.name}`;
  }

  /** The bank loses what it has known of the last steps. Nobody comes or goes in these. */
  async #putBack(): Promise<string> {
    const known = await this.accounts.tills.known();
    const steps = 1 + this.country.below(30);
    await this.country.putBack(async () => {
      for (let i = 0; i < steps; i++) await this.#orRefused(this.#pick(MEANWHILE).act);
    });
    this.accounts.tills.putBack(known);
    return `${steps} steps`;
  }

  async #hack(): Promise<string> {
    const { country } = this;
    const person = country.someone();
    if (!person.hacked) await country.born();
    const name = country.pick(Object.keys(HACKS));
    HACKS[name](person.device.wallet, country.below);
    person.hacked = name;
    // Nobody breaks into a device and then waits.
    for (let i = country.below(12); i > 0; i--) this.#touch(country.someone(), person, 'pull', 2_500);
    return `${name.replaceAll(' ', '-')} ${person.name}`;
  }

  async #copy(): Promise<string> {
    const { country } = this;
    const person = country.someone();
    if (person.hacked) return 'none';
    await country.born();
    person.hacked = 'copied';
    const twin = person.device.copy(country.newName(), country.seed);
    country.people.push({ ...person, name: twin.name, device: twin });
    return person.name;
  }

  /** Honest devices that have not been away for long believe each other’s certificates and notes. */
  #expectBelieved(both: readonly Person[], outcome: string): void {
    const isPresent = ({ hacked, device: { wallet } }: Person) =>
      !hacked &&
      wallet.ledger.epoch > 0 &&
      this.country.world.now_s - wallet.ledger.lastSync_s <= AWAY_S &&
      this.country.world.now_s <= wallet.certificate.notAfter_s &&
      !both.some(({ id }) => wallet.trust.isHot(id));
    const why = DISBELIEF.find((refusal) => outcome.endsWith(` ${refusal.toString(16)}`));
    if (why !== undefined && both.every(isPresent))
      throw new Violation(`${both.map(({ name }) => name).join(' and ')} are honest: ${refusalName(why)}`);
  }

  /** All bills come in, everybody honest syncs, and the books are counted for the last time. */
  async end(): Promise<void> {
    await this.accounts.tills.end();
    await this.country.end();
  }
}
