import type { AccountCode } from '../../../../firmware/account/account-code.js';
import { type Bill, BillKind, terminalIdOf } from '../../../../firmware/account/bill.js';
import { openBillLog } from '../../../../firmware/account/open-bill-log.js';
import { Pos } from '../../../../firmware/account/pos.js';
import { SerialSet } from '../../../../firmware/account/serial-set.js';
import type { Limits } from '../../../../firmware/objects/profile.js';
import { crc32 } from '../../../../hal/crc32.js';
import { uploadBills } from '../../../../sim/account/upload-bills.js';
import type { Bank } from '../../../../sim/bank/bank.js';
import { hex } from '../../../../sim/bank/bytes.js';
import { BankError } from '../../../../sim/bank/codes.js';
import { SimEntropy } from '../../../../sim/chip/entropy.js';
import { NorFlash } from '../../../../sim/chip/nor-flash.js';
import { crypto } from '../world.js';
import { DAY_S, keyOf, LIMITS, openPlatform, User } from './world.js';

const SITES = 3;
const TILLS = 5;
const USERS = 6;
const SECTORS = 64;
/** Which refusals an honest upload may have: a copy came to another till of the site first. */
const HONEST_ASIDES = ['code-seen'];
/** Ways in which the counter may say no to somebody honest. */
const USUAL = ['promised', 'funds', 'debt', 'terms', 'dispute', 'held', 'unknown-bill'];

class TornLine extends Error {}

interface OwnTill {
  readonly pos: Pos;
  readonly id: Uint8Array;
  readonly site: number;
  /** Counted by the test itself: bills that it has booked, by sequence. */
  readonly booked: Map<number, Bill>;
}

/** What the test knows of a bill that has come in. */
interface Came {
  readonly till: OwnTill;
  readonly bill: Bill;
  readonly user: number;
  bearer: 'user' | 'platform' | 'site';
  returned: number;
}

/**
 * Users, tills and a bank that live at random: real terminals of the firmware, honest and copied codes, torn
 * lines, time. Beside the bank a second count of who has to pay what, by the rule in words.
 */
export class Lives {
  readonly users: User[] = [];
  readonly tills: OwnTill[] = [];
  /** By account, since when its user leaves. */
  readonly #leaving = new Map<number, number>();
  /** By account, what cash and bills alone would leave in it: below zero where there is a debt. */
  readonly #due = new Map<number, number>();
  readonly #came = new Map<string, Came>();
  /** By code, the sites where it has paid; by certificate, what its user has to pay. */
  readonly #uses = new Map<string, Set<number>>();
  readonly #billed = new Map<number, number>();
  readonly #shown: { code: AccountCode; user: User; at_s: number }[] = [];
  /** Open disputes, by bill. */
  readonly #disputed = new Set<string>();
  /** The till that has just uploaded, and up to where the bills of each are known here. */
  #heardFrom: OwnTill | undefined;
  readonly #known = new Map<OwnTill, number>();
  /** Cash that came in, less what went out. */
  #cash = 0;
  /** By what was done, how often. */
  readonly counts = new Map<string, number>();

  private constructor(
    readonly bank: Bank,
    private readonly entropy: SimEntropy,
  ) {}

  static async open(seed: number): Promise<Lives> {
    const bank = await openPlatform();
    const lives = new Lives(bank, new SimEntropy(seed, 'platform lives'));
    for (let i = 0; i < USERS; i++) {
      const quota = 200 + lives.below(800);
      const money = lives.below(2_000);
      const line = lives.below(3) === 0 ? 0 : lives.below(1_000) + quota;
      const user = await User.of(bank, money, { quota, line, life_s: (1 + lives.below(3)) * DAY_S });
      lives.#pay(user.account, money);
      lives.#cash += money;
      lives.users.push(user);
    }
    // Of the first, the second's account is to be taken from.
    await bank.platform.setTerms(lives.users[0].account, { withholding: lives.users[1].account });
    const sites: number[] = [];
    for (let i = 0; i < SITES; i++) sites.push(await bank.createAccount(1, `site ${i}`));
    for (let i = 0; i < TILLS; i++) await lives.#addTill(sites[i % SITES], `${seed} ${i}`);
    return lives;
  }

  below(max: number): number {
    const bytes = new Uint8Array(4);
    this.entropy.fill(bytes);
    return new DataView(bytes.buffer).getUint32(0) % max;
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  #pay(account: number, amount: number): void {
    this.#due.set(account, (this.#due.get(account) ?? 0) + amount);
  }

  async #addTill(site: number, name: string): Promise<void> {
    const { bank } = this;
    const key = keyOf(`pos ${name}`);
    const publicKey = bank.platform.publicKey(1);
    const id = terminalIdOf(crypto, key.subarray(32));
    const limits: Limits = { ...LIMITS, offlineCountMax: 12, counterpartyAmountMax: 1_500 };
    await bank.platform.addTerminal(site, key.slice(32), { limits, scene: 0, tierMin: 0, category: 0 });
    const { clocksApart_s } = limits;
    const log = openBillLog(new NorFlash({ sectorCount: SECTORS }), crc32, {
      ...{ crypto, terminal: id, clocksApart_s, now_s: bank.time_s },
    });
    const denied = new SerialSet([]);
    const platform = { id: crypto.sha256(publicKey).slice(0, 4), publicKey, operator: 1, denied };
    const pos = new Pos({
      ...{ crypto, key, log, platforms: [platform], home: publicKey, limits, scene: 0, tierMin: 0 },
    });
    this.tills.push({ pos, id, site, booked: new Map() });
  }

  async step(): Promise<void> {
    const [name, run] = this.#draw();
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    await run().catch((error) => {
      if (!(error instanceof BankError && USUAL.includes(error.code))) throw error;
    });
    await this.check();
  }

  #draw(): [string, () => Promise<void>] {
    const roll = this.below(100);
    if (roll < 42) return ['sell', () => this.#sell()];
    if (roll < 52) return ['copy', () => this.#copy()];
    if (roll < 72) return ['upload', () => this.#upload()];
    if (roll < 77) return ['deposit', () => this.#deposit()];
    if (roll < 81) return ['withdraw', () => this.#withdraw()];
    if (roll < 86) return ['refund', () => this.#refund()];
    if (roll < 90) return ['dispute', () => this.#dispute()];
    if (roll < 93) return ['decide', () => this.#decide()];
    if (roll < 94) return ['leave', () => this.#leave()];
    return ['wait', () => this.#wait()];
  }

  /** A fresh code, of a phone that fetches a certificate when it has none that holds. */
  async #show(user: User, amount: number): Promise<AccountCode> {
    const { time_s } = this.bank;
    if (!user.certificate || user.certificate.notAfter_s <= time_s) await user.certify();
    const code = user.code(this.below(2) === 0 ? amount : undefined);
    this.#shown.push({ code, user, at_s: time_s });
    return code;
  }

  async #sell(): Promise<void> {
    const amount = 1 + this.below(this.below(5) === 0 ? 600 : 120);
    this.#scan(this.#pick(this.tills), await this.#show(this.#pick(this.users), amount), amount);
  }

  /** A code that was shown before, at another till or the same. */
  async #copy(): Promise<void> {
    if (this.#shown.length === 0) return;
    const { code } = this.#shown[this.#shown.length - 1 - this.below(Math.min(4, this.#shown.length))];
    this.#scan(this.#pick(this.tills), code, code.amount ?? 1 + this.below(120));
  }

  #scan(till: OwnTill, code: AccountCode, amount: number): void {
    const text = Uint8Array.from(code.text, (character) => character.charCodeAt(0));
    till.pos.scan({ kind: BillKind.sale, amount, place: 1 }, this.bank.time_s, text, ({ bill }) => {
      if (bill) till.booked.set(bill.sequence, bill);
    });
  }

  async #refund(): Promise<void> {
    const till = this.#pick(this.tills);
    const sales = [...till.booked.values()].filter(({ kind }) => kind === BillKind.sale);
    if (sales.length === 0) return;
    const { sequence } = this.#pick(sales);
    const { bill } = till.pos.refund(sequence, this.bank.time_s, 1 + this.below(100));
    if (bill) till.booked.set(bill.sequence, bill);
  }

  /** The line may tear on the way there or back. */
  async #upload(): Promise<void> {
    const till = this.#pick(this.tills);
    let left = this.below(4) === 0 ? this.below(3) : Number.POSITIVE_INFINITY;
    const isLost = this.below(2) === 0;
    const asides: (readonly [number, string])[] = [];
    await uploadBills(till.pos, till.id, async ({ terminal, bills }) => {
      if (left-- <= 0 && !isLost) throw new TornLine();
      // In small pieces, so that there are many.
      const piece = bills.slice(0, 1 + this.below(5));
      const answer = await this.bank.platform.upload({ terminal, bills: piece });
      asides.push(...answer.asides);
      this.#heardFrom = till;
      if (left < 0) throw new TornLine();
      return answer;
    }).catch((error) => {
      if (!(error instanceof TornLine)) throw error;
    });
    const strange = asides.filter(([sequence, reason]) => !this.#isExpected(till, sequence, reason));
    if (strange.length > 0)
      throw new Error(`an honest terminal's bills are set aside: ${strange.join('; ')}`);
    while (till.pos.log.tidy()) {}
  }

  /**
   * A refund of a bill that nobody pays is of nothing; one of a bill that went back in a dispute too. Bills
   * of a user who has left were due seven days later.
   */
  #isExpected(till: OwnTill, sequence: number, reason: string): boolean {
    if (HONEST_ASIDES.includes(reason)) return true;
    const bill = till.booked.get(sequence)!;
    if (reason === 'late')
      return this.bank.time_s > (this.#leaving.get(this.#whose(bill).user.account) ?? Infinity) + 7 * DAY_S;
    const { refers } = bill;
    const sale = this.#came.get(nameOf(till, refers));
    return reason === 'refund' && (sale === undefined || sale.bearer === 'site' || this.#isDisputed(sale));
  }

  #isDisputed(came: Came): boolean {
    return this.#disputed.has(nameOf(came.till, came.bill.sequence));
  }

  /** What the rule says of the bills that are new at the bank, in its order. */
  async #settleCame(): Promise<void> {
    const till = this.#heardFrom;
    if (!till) return;
    this.#heardFrom = undefined;
    const rows = await this.bank.platform.bills({ terminal: till.id }, 1_000);
    const known = this.#known.get(till) ?? 0;
    for (const { sequence, state } of rows.reverse()) {
      if (sequence <= known || state === 'aside') continue;
      this.#judge(till, till.booked.get(sequence)!);
    }
    this.#known.set(till, rows.at(-1)?.sequence ?? 0);
  }

  #judge(till: OwnTill, bill: Bill): void {
    if (bill.kind === BillKind.refund) {
      const sale = this.#came.get(nameOf(till, bill.refers))!;
      sale.returned += bill.amount;
      if (sale.returned > sale.bill.amount) throw new Error('more went back than was paid');
      this.#pay(till.site, -bill.amount);
      if (sale.bearer === 'user') this.#pay(sale.user, bill.amount);
      return;
    }
    const { user, code } = this.#whose(bill);
    const name = `${bill.serial} ${bill.counter}`;
    const sites = this.#uses.get(name) ?? new Set<number>();
    if (sites.has(till.site)) throw new Error(`code ${name} is paid twice at site ${till.site}`);
    const billed = this.#billed.get(bill.serial) ?? 0;
    const isCopy = sites.size > 0;
    const isBorne = isCopy && (code.amount !== undefined || billed + bill.amount > code.certificate.quota);
    this.#uses.set(name, sites.add(till.site));
    this.#came.set(nameOf(till, bill.sequence), {
      ...{ till, bill, user: user.account, returned: 0 },
      bearer: isBorne ? 'platform' : 'user',
    });
    this.#pay(till.site, bill.amount);
    if (isBorne) return;
    this.#billed.set(bill.serial, billed + bill.amount);
    this.#pay(user.account, -bill.amount);
  }

  #whose({ serial, counter }: Bill): { user: User; code: AccountCode } {
    return this.#shown.find(({ code }) => code.certificate.serial === serial && code.counter === counter)!;
  }

  async #deposit(): Promise<void> {
    const { account } = this.#pick(this.users);
    const amount = 1 + this.below(1_500);
    await this.bank.deposit(account, amount);
    this.#pay(account, amount);
    this.#cash += amount;
  }

  async #withdraw(): Promise<void> {
    const account = this.below(2) === 0 ? this.#pick(this.users).account : this.#pick(this.tills).site;
    const amount = 1 + this.below(800);
    await this.bank.withdraw(account, amount);
    this.#pay(account, -amount);
    this.#cash -= amount;
  }

  async #dispute(): Promise<void> {
    if (this.#came.size === 0) return;
    const came = this.#pick([...this.#came.values()]);
    const name = nameOf(came.till, came.bill.sequence);
    const { decided } = await this.bank.platform.dispute({
      terminal: came.till.id,
      sequence: came.bill.sequence,
    });
    if (decided === '') this.#disputed.add(name);
  }

  async #decide(): Promise<void> {
    const [name] = this.#disputed;
    if (name === undefined) return;
    const came = this.#came.get(name)!;
    const side = this.below(2) === 0 ? 'user' : 'site';
    await this.bank.platform.decide({ terminal: came.till.id, sequence: came.bill.sequence }, side);
    this.#disputed.delete(name);
    if (side === 'site') return;
    const left = came.bill.amount - came.returned;
    this.#pay(came.till.site, -left);
    this.#pay(came.user, left);
    came.bearer = 'site';
    came.returned = came.bill.amount;
  }

  async #leave(): Promise<void> {
    const { account } = this.#pick(this.users);
    this.#leaving.set(account, (await this.bank.platform.leave(account)).since_s);
  }

  async #wait(): Promise<void> {
    const roll = this.below(10);
    const s = roll < 6 ? 30 + this.below(300) : roll < 9 ? this.below(DAY_S) : this.below(40 * DAY_S);
    await this.bank.tick(this.bank.time_s + s);
  }

  /** After each step: every fen is somewhere, has an owner, and nobody pays more than the rule says. */
  async check(): Promise<void> {
    await this.#settleCame();
    const { faults, currencies, overdrafts } = await this.bank.audit();
    if (faults.length > 0) throw new Error(faults.join('\n'));
    const { available, overdrawn } = currencies.CNY;
    if (available - overdrawn !== this.#cash)
      throw new Error(`cash of ${this.#cash}, and in accounts ${available} less ${overdrawn}`);
    const withheld = await this.#withheld();
    for (const account of this.#due.keys()) {
      const { available: has } = await this.bank.balance(account);
      const owes = overdrafts
        .filter((each) => each.account === account && each.state !== 'borne')
        .reduce((sum, { amount }) => sum + amount, 0);
      const due = this.#due.get(account)! + (withheld.get(account) ?? 0);
      if (has - owes !== due)
        throw new Error(`account ${account} has ${has}, owes ${owes}, and should ${due}`);
    }
    for (const { account, state, amount } of overdrafts) {
      const user = this.users.find((each) => each.account === account);
      const line = user ? (await this.bank.platform.terms(account)).line : 0;
      if (state === 'advanced' && amount > line && !this.#wasLowered(line))
        throw new Error(`account ${account} was advanced ${amount}, and its line is ${line}`);
    }
  }

  /** A user who leaves has no line any more: what was in dispute then may be owed again. */
  #wasLowered(line: number): boolean {
    return line === 0;
  }

  /** The first user's debts are taken from the second's account. */
  async #withheld(): Promise<Map<number, number>> {
    const [first, second] = this.users;
    let sum = 0;
    for (const line of await this.bank.history(second.account, 1_000))
      if (line.reason === 'withheld') sum -= line.amount;
    return new Map([
      [first.account, sum],
      [second.account, -sum],
    ]);
  }
}

const nameOf = ({ id }: OwnTill, sequence: number): string => `${hex(id)}:${sequence}`;
