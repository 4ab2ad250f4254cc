import type { PGlite } from '@electric-sql/pglite';
import { Role } from '../../firmware/objects/certificate.js';
import { TIERS } from '../../firmware/objects/profile.js';
import { SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import { Refusal, refusalName } from '../../firmware/protocol/refusal.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { Bank } from '../bank/bank.js';
import { hex } from '../bank/bytes.js';
import { BankError } from '../bank/codes.js';
import { certificatesOf } from '../bank/context.js';
import type { Engine } from '../bank/db/engine.js';
import { freshPglite } from '../bank/db/fresh-pglite.js';
import { SimEntropy } from '../chip/entropy.js';
import { personaliseFor } from '../world/personalise.js';
import { type Below, drawGift, drawLimits, PLACES } from './draws.js';
import { HACKS } from './hacks.js';
import { LooseDevice, tearAfter, type WorldClock } from './loose-device.js';
import { KEY_S, OPERATORS, Operators } from './operators.js';

const START_S = 1_800_000_000;
const HOUR_S = 3_600;
const CATEGORY = 5411;
/** Bank steps between two whole audits; the database looks at its own invariants in every transaction. */
const AUDIT_EVERY = 25;
const PEOPLE = 8;
/** Kinds of step that are counted by how they ended. */
const COUNTED: readonly string[] = ['touch', 'sync', 'torn sync', 'counter', 'stop', 'hack'];
/** Refusals of what an operator has signed. */
const DISBELIEF = [Refusal.certificate, Refusal.note];
/** Hours that the clock steps on. */
const STEPS_H = [1, 1, 1, 6, 6, 12, 24, 24, 48, 100];
const DAY_S = 24 * HOUR_S;
/** How long certificates last. */
const CERTIFICATE_S = 16 * DAY_S;
/** An honest device that has synced can do without its bank for so long: new keys are told of before that. */
const AWAY_S = 14 * DAY_S;
/** More than a touch or a sync takes. */
const WHOLE = 10_000;

interface Person {
  readonly name: string;
  readonly account: number;
  readonly id: Uint8Array;
  readonly category: number;
  device: LooseDevice;
  /** Why the bank may name it: what was done to it. */
  hacked: string | undefined;
  lost: boolean;
  suspended: boolean;
}

/** The line to the bank was cut. */
class Torn extends Error {}

/** What must never be, and is. */
export class Violation extends Error {}

/**
 * A small country that lives on one seed: honest people and hostile ones, two operators, lines that tear,
 * clocks that jump.
 */
export class Lives {
  readonly counts = new Map<string, number>();
  readonly #people: Person[] = [];
  /** By the ids of their devices, also those who take no part any more: they may still be named. */
  readonly #everybody = new Map<string, Person>();
  readonly #dice: SimEntropy;
  readonly #operators: Operators;
  #names = 0;
  #bankSteps = 0;

  private constructor(
    private readonly bank: Bank,
    private readonly engine: PGlite | undefined,
    private readonly seed: number,
    private readonly world: WorldClock,
  ) {
    this.#dice = new SimEntropy(seed, 'lives');
    this.#operators = new Operators(bank, world, this.#below);
  }

  /** `database`: a server; without it an engine is started here. */
  static async open(seed: number, database?: Engine, schema = 'lives'): Promise<Lives> {
    const engine = database ? undefined : await freshPglite();
    const bank = await Bank.open({
      crypto: hostCrypto,
      entropy: new SimEntropy(seed, 'bank'),
      time_s: START_S,
      database: database ?? engine!,
      schema,
      operators: OPERATORS,
      parameters: { ...certificatesOf(CERTIFICATE_S), endorsementLife_s: KEY_S },
    });
    const lives = new Lives(bank, engine, seed, { now_s: START_S });
    for (let i = 0; i < PEOPLE; i++) await lives.#born();
    return lives;
  }

  async close(): Promise<void> {
    await this.bank.close();
    await this.engine?.close();
  }

  /** One thing that happens; returns what. Throws Violation when it breaks what must always hold. */
  async step(): Promise<string> {
    const [kind, act] = this.#pick();
    const detail = await act();
    const what = detail === '' ? kind : `${kind}: ${detail}`;
    const counted = COUNTED.includes(kind) ? `${kind} ${detail.split(' ')[0]}` : kind;
    this.#count(counted);
    return what;
  }

  #count(what: string, times = 1): void {
    if (times > 0) this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  #pick(): [string, () => Promise<string>] {
    const roll = this.#below(100);
    if (roll < 52) return ['touch', async () => this.#touch()];
    if (roll < 72) return ['sync', () => this.#sync(this.#someone(), false)];
    if (roll < 80) return ['torn sync', () => this.#sync(this.#someone(), true)];
    if (roll < 86) return ['counter', () => this.#counter()];
    if (roll < 90) return ['boot', async () => this.#boot()];
    if (roll < 94) return ['clock', () => this.#clock()];
    if (roll < 95) return ['limits', () => this.#limits()];
    if (roll < 96) return ['key', () => this.#operators.renewKey(1 + this.#below(2))];
    if (roll < 97) return this.#below(2) === 0 ? ['lost', () => this.#lose()] : ['stop', () => this.#stop()];
    if (roll < 99) return ['hack', () => this.#hack()];
    return ['copy', () => this.#copy()];
  }

  /** Somebody new; of those who may be named, the oldest leave when there are too many. */
  async #born(): Promise<Person> {
    const named = this.#people.findIndex(({ hacked, lost }) => hacked !== undefined || lost);
    if (this.#people.length >= PEOPLE + 4 && named >= 0) this.#people.splice(named, 1);
    const name = `p${this.#names++}`;
    const device = new LooseDevice(name, this.world, new SimEntropy(this.seed, name));
    const isShop = this.#below(3) === 0;
    const category = isShop ? CATEGORY : 0;
    const settleTo = isShop && this.#below(2) === 0 ? 'account' : 'device';
    const operator = 1 + this.#below(2);
    const account = await this.bank.createAccount(operator, name, { settleTo });
    device.exchange(SELECT_APPLICATION);
    const id = await personaliseFor(this.bank, (command) => device.exchange(command), {
      account,
      role: isShop ? Role.merchant : Role.person,
      category,
      place: isShop ? 1 + (this.#names % PLACES) : 0,
      tier: this.#names % TIERS,
      limits: drawLimits(this.#below),
      currency: 'CNY',
      now_s: this.world.now_s,
    });
    await this.bank.deposit(account, 20_000);
    this.#count('freeze', await this.#operators.provideQuota(operator, 10_000));
    await this.bank.load(account, id, 10_000);
    const person: Person = {
      ...{ name, account, id, category, device },
      ...{ hacked: undefined, lost: false, suspended: false },
    };
    this.#people.push(person);
    this.#everybody.set(hex(id), person);
    await this.#sync(person, false);
    return person;
  }

  // What happens

  #touch(
    reader = this.#someone(),
    card = this.#someone(),
    kind = (['pull', 'pull', 'pull', 'push', 'resume'] as const)[this.#below(5)],
    most = this.#below(4) === 0 ? 6_000 : 800,
  ): string {
    if (reader === card) return 'alone';
    const isTorn = this.#below(4) === 0;
    const exchanges = isTorn ? this.#below(9) : WHOLE;
    const amount = 1 + this.#below(most);
    const terminal = reader.device.terminalFor(card.device, tearAfter(exchanges, this.#below(2) === 0));
    let outcome = 'unfinished';
    terminal.touch(terminal.order(kind, amount), 1_000, (result) => {
      const why = result.refusal ? ` ${result.refusal.by} ${result.refusal.why.toString(16)}` : '';
      outcome = `${result.outcome}${why}`;
    });
    this.#expectBelieved([reader, card], outcome);
    for (const { device } of [reader, card]) device.wallet.idle();
    return `${outcome} ${kind} ${amount} ${reader.name} ${card.name}`;
  }

  /** An honest device that reaches its bank always comes to the end of a sync, and then the two agree. */
  async #sync(person: Person, tears: boolean): Promise<string> {
    const { device, name } = person;
    const session = this.bank.openSync(1 + this.#below(2));
    let left = tears ? this.#below(7) : WHOLE;
    const isLost = this.#below(2) === 0;
    const carry = async (message: Uint8Array): Promise<Uint8Array> => {
      if (left-- > 0) return session.step(message);
      if (isLost) await session.step(message);
      throw new Torn();
    };
    let outcome = 'failed';
    try {
      if (await device.sync(carry)) outcome = 'done';
    } catch (error) {
      if (!(error instanceof Torn) && !(error instanceof BankError)) throw error;
      if (error instanceof BankError && !person.hacked)
        throw new Violation(`${name} is honest and cannot sync: ${error.message}`);
      outcome = 'torn';
    }
    if (outcome === 'failed' && !person.hacked) throw new Violation(`${name} is honest and cannot sync`);
    await this.#afterBank();
    if (outcome === 'done' && !person.hacked && !person.lost) {
      await this.#expectAgreed(person);
      if (!person.suspended) this.#expectCertified(person);
    }
    return `${outcome} ${name}`;
  }

  async #counter(): Promise<string> {
    const { account, id, name } = this.#someone();
    const amount = 1 + this.#below(8_000);
    const purpose = this.#below(3) === 0 ? CATEGORY : 0;
    const act = ['deposit', 'load', 'unload', 'withdraw', 'give'][this.#below(5)];
    let code = '';
    try {
      if (act === 'deposit') await this.bank.deposit(account, amount, purpose);
      else if (act === 'load') await this.bank.load(account, id, amount, purpose);
      else if (act === 'unload') await this.bank.unload(account, id, amount);
      else if (act === 'give') {
        const gift = drawGift(this.#below, this.world.now_s, purpose, this.#someone().id);
        await this.bank.give(account, this.#someone().id, Math.min(amount, 2_000), gift);
      } else await this.bank.withdraw(account, amount);
    } catch (error) {
      if (!(error instanceof BankError)) throw error;
      code = error.code;
    }
    await this.#afterBank();
    return `${act} ${amount} ${purpose} ${name} ${code}`;
  }

  #boot(): string {
    const person = this.#someone();
    if (person.hacked) return 'none';
    person.device.boot();
    return person.name;
  }

  async #clock(): Promise<string> {
    const hours = this.#below(200) === 0 ? 24 * 250 : STEPS_H[this.#below(STEPS_H.length)];
    this.world.now_s += hours * HOUR_S;
    await this.bank.tick(this.world.now_s);
    await this.#operators.renewKeys();
    await this.#afterBank();
    return `${hours} h`;
  }

  async #limits(): Promise<string> {
    const { id, name } = this.#someone();
    await this.bank.setLimits(id, drawLimits(this.#below));
    return name;
  }

  /** Somebody reports a device lost, rightly or not; somebody new comes. */
  async #lose(): Promise<string> {
    const person = this.#someone();
    if (person.lost) return 'again';
    person.lost = true;
    await this.bank.reportLost(person.id);
    await this.#born();
    return person.name;
  }

  /** The bank's people suspend a device, or lift that. */
  async #stop(): Promise<string> {
    const stopped = this.#people.find(({ suspended, lost, hacked }) => suspended && !lost && !hacked);
    const person = stopped ?? this.#someone();
    person.suspended = !stopped;
    await (stopped ? this.bank.liftSuspension(person.id) : this.bank.suspend(person.id));
    await this.#afterBank();
    return `${stopped ? 'lifted' : 'suspended'} ${person.name}`;
  }

  async #hack(): Promise<string> {
    const person = this.#someone();
    if (!person.hacked) await this.#born();
    const names = Object.keys(HACKS);
    const name = names[this.#below(names.length)];
    HACKS[name](person.device.wallet, this.#below);
    person.hacked = name;
    // Nobody breaks into a device and then waits.
    for (let i = this.#below(12); i > 0; i--) this.#touch(this.#someone(), person, 'pull', 2_500);
    return `${name.replaceAll(' ', '-')} ${person.name}`;
  }

  async #copy(): Promise<string> {
    const person = this.#someone();
    if (person.hacked) return 'none';
    await this.#born();
    person.hacked = 'copied';
    const twin = person.device.copy(`p${this.#names++}`, this.seed);
    this.#people.push({ ...person, name: twin.name, device: twin });
    return person.name;
  }

  // What must hold

  async #afterBank(): Promise<void> {
    const { devices } = await this.bank.hotList();
    for (const { device, reason } of devices) {
      const person = this.#everybody.get(hex(device));
      const isMeant =
        person?.hacked !== undefined ||
        (reason === 'lost' && person?.lost) ||
        (reason === 'suspended' && person?.suspended);
      if (!isMeant)
        throw new Violation(`${person?.name} is honest and is named: ${await this.#whyNamed(device)}`);
    }
    if (++this.#bankSteps % AUDIT_EVERY === 0) await this.#audit();
  }

  async #whyNamed(device: Uint8Array): Promise<string> {
    const breaches = (await this.bank.breaches()).filter((each) => hex(each.device) === hex(device));
    const proofs = (await this.bank.proofs()).filter((each) => hex(each.device) === hex(device));
    return [...proofs.map(({ kind }) => kind), ...breaches.map(({ rule }) => rule)].join(', ');
  }

  async #expectAgreed({ id, name, device }: Person): Promise<void> {
    const { held, undelivered } = await this.bank.holdingOf(id);
    const own = device.wallet.ledger.held;
    if (held - undelivered !== own) {
      throw new Violation(`${name} holds ${own}, and the bank says ${held - undelivered}`);
    }
  }

  /** Whoever has synced is certified for a while, or for as long as its operator signs with the same key. */
  #expectCertified({ name, device }: Person): void {
    const { notAfter_s, issuer } = device.wallet.certificate;
    const left_s = notAfter_s - this.world.now_s;
    if (left_s < Math.min(CERTIFICATE_S / 2, this.#operators.keyLeft_s(issuer)))
      throw new Violation(`${name} has synced, and is certified for ${left_s} s only`);
  }

  /** Honest devices that have not been away for long believe each other’s certificates and notes. */
  #expectBelieved(both: readonly Person[], outcome: string): void {
    const isPresent = ({ hacked, device: { wallet } }: Person) =>
      !hacked &&
      wallet.ledger.epoch > 0 &&
      this.world.now_s - wallet.ledger.lastSync_s <= AWAY_S &&
      this.world.now_s <= wallet.certificate.notAfter_s &&
      !both.some(({ id }) => wallet.trust.isHot(id));
    const why = DISBELIEF.find((refusal) => outcome.endsWith(` ${refusal.toString(16)}`));
    if (why !== undefined && both.every(isPresent))
      throw new Violation(`${both.map(({ name }) => name).join(' and ')} are honest: ${refusalName(why)}`);
  }

  async #audit(): Promise<void> {
    const { faults } = await this.bank.audit();
    if (faults.length > 0) throw new Violation(faults.join('; '));
  }

  /** Everybody honest syncs, and the books are counted for the last time. */
  async end(): Promise<void> {
    for (const person of this.#people) if (!person.hacked) await this.#sync(person, false);
    await this.#audit();
    for (const { kind } of (await this.bank.audit()).losses) {
      this.#count(`loss by ${kind}`);
    }
    for (const { kind } of await this.bank.proofs()) {
      this.#count(`proof ${kind}`);
    }
    for (const { rule } of await this.bank.breaches()) {
      this.#count(`breach ${rule}`);
    }
  }

  #someone(): Person {
    return this.#people[this.#below(this.#people.length)];
  }

  readonly #below: Below = (bound) => this.#dice.uint32() % bound;
}
