import type { PGlite } from '@electric-sql/pglite';
import { Role } from '../../firmware/objects/certificate.js';
import { TIERS } from '../../firmware/objects/profile.js';
import { SELECT_APPLICATION } from '../../firmware/protocol/apdu.js';
import { hostCrypto } from '../../hal/crypto/host.js';
import { Bank } from '../bank/bank.js';
import { hex } from '../bank/bytes.js';
import { BankError } from '../bank/codes.js';
import { certificatesOf } from '../bank/context.js';
import { freshPglite, openPglite } from '../bank/db/fresh-pglite.js';
import { markRestored } from '../bank/restored.js';
import { SimEntropy } from '../chip/entropy.js';
import { personaliseFor } from '../world/personalise.js';
import { BillCount } from './accounts/bill-count.js';
import { Books } from './books.js';
import { type Below, DAY_S, drawLimits, PLACES } from './draws.js';
import { LooseDevice, type WorldClock } from './loose-device.js';
import { KEY_S, OPERATORS, Operators } from './operators.js';
import { Violation } from './violation.js';

const START_S = 1_800_000_000;
export const CATEGORY = 5411;
const SCHEMA = 'lives';
const PEOPLE = 8;
/** Bank steps between two whole audits; the database looks at its own invariants in every transaction. */
const AUDIT_EVERY = 25;
/** How long certificates last. */
const CERTIFICATE_S = 16 * DAY_S;
/** More than a touch or a sync takes. */
export const WHOLE = 10_000;

export interface Person {
  readonly name: string;
  readonly account: number;
  readonly operator: number;
  readonly id: Uint8Array;
  readonly category: number;
  device: LooseDevice;
  /** Why the bank may name it: what was done to it. */
  hacked: string | undefined;
  /** It was reported lost, or its owner has another one. */
  lost: boolean;
  suspended: boolean;
  /** It has synced with books that were lost. */
  mayBeAhead: boolean;
  /** The line of its last sync was cut. */
  wasTorn: boolean;
  /** Of nobody known: what pays it out. */
  password: string | undefined;
}

/** The line to the bank was cut. */
class Torn extends Error {}

/** People, their devices and their bank, on one seed; and what must hold of them whatever happens. */
export class Country {
  readonly counts = new Map<string, number>();
  readonly people: Person[] = [];
  /** By the ids of their devices, also those who take no part any more: they may still be named. */
  readonly everybody = new Map<string, Person>();
  operators: Operators;
  readonly bills = new BillCount();
  books: Books;
  readonly #dice: SimEntropy;
  /** Account certificates, in hex, of which the books know nothing since they were put back. */
  readonly lostCertificates = new Set<string>();
  /** By account, since when its user leaves the platform. */
  readonly leaving = new Map<number, number>();
  #timesPutBack = 0;
  /** Whoever has synced, or has tried to, since the books were last backed up. */
  readonly #synced = new Set<Person>();
  #names = 0;
  #bankSteps = 0;

  private constructor(
    public bank: Bank,
    private engine: PGlite,
    readonly seed: number,
    readonly world: WorldClock,
  ) {
    this.#dice = new SimEntropy(seed, 'lives');
    this.operators = new Operators(bank, world, this.below);
    this.books = new Books(engine, SCHEMA, this.bills);
  }

  static async open(seed: number): Promise<Country> {
    const engine = await freshPglite();
    const bank = await openBank(engine, new SimEntropy(seed, 'bank'));
    for (const { number } of OPERATORS) await bank.platform.make(number);
    const country = new Country(bank, engine, seed, { now_s: START_S });
    for (let i = 0; i < PEOPLE; i++) await country.born();
    return country;
  }

  async close(): Promise<void> {
    await this.bank.close();
    await this.engine.close();
  }

  readonly below: Below = (bound) => this.#dice.uint32() % bound;

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  someone(): Person {
    return this.pick(this.people);
  }

  newName(): string {
    return `p${this.#names++}`;
  }

  count(what: string, times = 1): void {
    if (times > 0) this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  // Who comes

  /** Somebody new; of those who may be named, the oldest leave when there are too many. */
  async born(): Promise<Person> {
    const isShop = this.below(3) === 0;
    const operator = 1 + this.below(2);
    const settleTo = isShop && this.below(2) === 0 ? 'account' : 'device';
    const account = await this.bank.createAccount(operator, 'somebody', { settleTo });
    const person = await this.enrol(account, operator, isShop ? CATEGORY : 0, this.below(TIERS));
    await this.deposit(account, 20_000);
    this.count('freeze', await this.operators.provideQuota(operator, 10_000));
    await this.bank.load(account, person.id, 10_000);
    await this.sync(person, false);
    return person;
  }

  /** Somebody of whom nobody knows more than that a password pays out what their device has taken. */
  async bornUnregistered(): Promise<Person> {
    const operator = 1 + this.below(2);
    const password = `password-${this.#names}`;
    const account = await this.bank.createAccount(operator, 'nobody', { password });
    const person = await this.enrol(account, operator, 0, 0, password);
    await this.sync(person, false);
    return person;
  }

  /** A new device of an account, as its bank certifies it. */
  async enrol(
    account: number,
    operator: number,
    category: number,
    tier: number,
    password?: string,
  ): Promise<Person> {
    const named = this.people.findIndex(({ hacked, lost }) => hacked !== undefined || lost);
    if (this.people.length >= PEOPLE + 4 && named >= 0) this.people.splice(named, 1);
    const name = this.newName();
    const device = new LooseDevice(name, this.world, new SimEntropy(this.seed, name));
    device.exchange(SELECT_APPLICATION);
    const id = await personaliseFor(this.bank, (command) => device.exchange(command), {
      ...{ account, category, tier },
      role: category === 0 ? Role.person : Role.merchant,
      place: category === 0 ? 0 : 1 + this.below(PLACES),
      limits: drawLimits(this.below),
      currency: 'CNY',
      now_s: this.world.now_s,
    });
    const person: Person = {
      ...{ name, account, operator, id, category, device, password },
      ...{ hacked: undefined, lost: false, suspended: false, mayBeAhead: false, wasTorn: false },
    };
    this.people.push(person);
    this.everybody.set(hex(id), person);
    return person;
  }

  // Cash, which is counted here as well

  async deposit(account: number, amount: number, purpose = 0): Promise<void> {
    await this.bank.deposit(account, amount, purpose);
    this.books.book(amount);
  }

  async withdraw(account: number, amount: number): Promise<void> {
    await this.bank.withdraw(account, amount);
    this.books.book(-amount);
    await this.expectPromised(account);
  }

  /**
   * The books are lost, and put back to what they were before `meanwhile`. Devices that have synced since are
   * ahead of them.
   */
  async putBack(meanwhile: () => Promise<void>): Promise<void> {
    await this.#resumeAll();
    const backup = await this.bank.backup();
    const [bills, books] = [this.bills.copy(), this.books.known];
    this.#synced.clear();
    await meanwhile();
    for (const person of this.#synced) person.mayBeAhead = true;
    for (const person of this.people) person.wasTorn = false;
    await this.close();
    this.engine = await openPglite(new Blob([Uint8Array.from(backup)]));
    await markRestored(this.engine, SCHEMA);
    const entropy = new SimEntropy(this.seed, `bank, put back ${++this.#timesPutBack}`);
    this.bank = await openBank(this.engine, entropy);
    for (const name of this.bills.putBack(bills)) this.lostCertificates.add(name);
    this.books = new Books(this.engine, SCHEMA, this.bills, books);
    this.operators = new Operators(this.bank, this.world, this.below);
    await this.bank.tick(this.world.now_s);
    await this.afterBank();
    await this.audit();
  }

  /** Whoever was ahead of the books is so no more: each is asked once in vain at the most. */
  async #resumeAll(): Promise<void> {
    for (const person of this.people.filter(({ hacked, lost }) => !hacked && !lost))
      for (let i = 0; i < 2 && person.mayBeAhead; i++) await this.sync(person, false);
  }

  /**
   * Books that were put back refuse whom they are behind. They take for such a device one that does not
   * answer: also, once, one whose line was cut.
   */
  async #whyRefused(person: Person, { code, message }: BankError): Promise<string> {
    const { name, mayBeAhead, wasTorn, lost } = person;
    if (code !== 'ahead' || !(mayBeAhead || wasTorn))
      throw new Violation(`${name} is honest and cannot sync: ${message}`);
    if (mayBeAhead) return lost ? `ahead ${name}` : this.#handIn(person);
    person.wasTorn = false;
    return this.sync(person, false);
  }

  /** A device that is ahead is handed in: what the books prove is its owner's, who comes with another one. */
  async #handIn(person: Person): Promise<string> {
    await this.bank.reportLost(person.id);
    person.lost = true;
    const back = await this.bank.recover(person.id, true);
    this.people.splice(this.people.indexOf(person), 1);
    await this.afterBank();
    await this.born();
    return `ahead ${person.name} ${back.reduce((sum, { amount }) => sum + amount, 0)}`;
  }

  /** An honest device that reaches its bank always comes to the end of a sync, and then the two agree. */
  async sync(person: Person, tears: boolean): Promise<string> {
    const { device, name } = person;
    this.#synced.add(person);
    const session = this.bank.openSync(1 + this.below(2));
    let left = tears ? this.below(9) : WHOLE;
    const isLost = this.below(2) === 0;
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
      if (error instanceof BankError && !person.hacked) return this.#whyRefused(person, error);
      outcome = 'torn';
    }
    if (outcome === 'failed' && !person.hacked && !person.mayBeAhead)
      throw new Violation(`${name} is honest and cannot sync`);
    person.wasTorn = outcome === 'torn';
    this.#noteCertificate(person);
    await this.afterBank();
    if (outcome === 'done' && !person.hacked) await this.#expectSynced(person);
    return `${outcome} ${name}`;
  }

  #noteCertificate({ account, operator, device: { wallet } }: Person): void {
    const { certificate } = wallet.codes;
    if (certificate && !this.lostCertificates.has(hex(certificate.bytes)))
      this.bills.certified(account, operator, certificate);
  }

  // What must hold

  async #expectSynced(person: Person): Promise<void> {
    const { name, device, lost, suspended } = person;
    person.mayBeAhead = false;
    const { held } = device.wallet.ledger;
    if (lost && held > 0) throw new Violation(`${name} is stopped, has synced, and holds ${held}`);
    if (lost) return;
    await this.#expectAgreed(person);
    if (!suspended) this.#expectCertified(person);
  }

  /** After what the bank has done: nobody honest is named, and all sums are those that are counted here. */
  async afterBank(): Promise<void> {
    const { devices } = await this.bank.hotList();
    for (const { device, reason } of devices) {
      const person = this.everybody.get(hex(device));
      const isMeant =
        person?.hacked !== undefined ||
        (reason === 'lost' && person?.lost) ||
        (reason === 'suspended' && person?.suspended);
      if (!isMeant)
        throw new Violation(`${person?.name} is honest and is named: ${await this.#whyNamed(device)}`);
    }
    await this.books.expectCounted();
    if (++this.#bankSteps % AUDIT_EVERY === 0) await this.audit();
  }

  async #whyNamed(device: Uint8Array): Promise<string> {
    const breaches = (await this.bank.breaches()).filter((each) => hex(each.device) === hex(device));
    const proofs = (await this.bank.proofs()).filter((each) => hex(each.device) === hex(device));
    return [...proofs.map(({ kind }) => kind), ...breaches.map(({ rule }) => rule)].join(', ');
  }

  async #expectAgreed({ id, name, device }: Person): Promise<void> {
    const { held, undelivered } = await this.bank.holdingOf(id);
    const own = device.wallet.ledger.held;
    if (held - undelivered !== own)
      throw new Violation(`${name} holds ${own}, and the bank says ${held - undelivered}`);
  }

  /** Whoever has synced is certified for a while, or for as long as its operator signs with the same key. */
  #expectCertified({ name, device }: Person): void {
    const { notAfter_s, issuer } = device.wallet.certificate;
    const left_s = notAfter_s - this.world.now_s;
    if (left_s < Math.min(CERTIFICATE_S / 2, this.operators.keyLeft_s(issuer)))
      throw new Violation(`${name} has synced, and is certified for ${left_s} s only`);
  }

  /** Money has left the account: what is left covers what its certificates may still be billed for. */
  async expectPromised(account: number): Promise<void> {
    const denied = new Map<number, Set<number>>();
    for (const { number } of OPERATORS)
      denied.set(number, new Set((await this.bank.platform.denyList(number)).serials));
    const promised = this.bills.promisedBy(account, this.world.now_s, ({ operator, serial }) =>
      denied.get(operator)!.has(serial),
    );
    if (promised === 0) return;
    const { line } = await this.bank.platform.terms(account);
    const covered = (await this.books.netOf(account)) + line;
    if (promised > covered)
      throw new Violation(`account ${account} has promised ${promised}, and has ${covered} with its line`);
  }

  async audit(): Promise<void> {
    const { faults } = await this.bank.audit();
    if (faults.length > 0) throw new Violation(faults.join('; '));
  }

  /** Everybody honest syncs, and the books are counted for the last time. */
  async end(): Promise<void> {
    for (const person of this.people) if (!person.hacked) await this.sync(person, false);
    await this.audit();
    const { losses, overdrafts } = await this.bank.audit();
    for (const { kind } of losses) this.count(`loss by ${kind}`);
    for (const { state } of overdrafts) this.count(`overdraft ${state}`);
    for (const { kind } of await this.bank.proofs()) this.count(`proof ${kind}`);
    for (const { rule } of await this.bank.breaches()) this.count(`breach ${rule}`);
  }
}

/** A new one, or that of books that there are. */
const openBank = (database: PGlite, entropy: SimEntropy): Promise<Bank> =>
  Bank.open({
    ...{ crypto: hostCrypto, entropy, database, schema: SCHEMA, operators: OPERATORS, time_s: START_S },
    parameters: { ...certificatesOf(CERTIFICATE_S), endorsementLife_s: KEY_S },
  });
