import { platformIdOf } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { BillKind } from '../../../firmware/account/bill.js';
import { hostCrypto } from '../../../hal/crypto/host.js';
import { seededKey } from '../../account/seeded-key.js';
import { type BillUpload, type BillUploadAnswer, UploadError } from '../../account/upload-bills.js';
import { hex } from '../../bank/bytes.js';
import { defaultParameters } from '../../bank/context.js';
import { type Country, WHOLE } from '../country.js';
import { OPERATORS } from '../operators.js';
import { Violation } from '../violation.js';
import { billName } from './bill-count.js';
import { type Booked, type KnownPlatform, LooseTill, TILL_LIMITS } from './loose-till.js';

/** Sites of the country, and the tills of each. */
const SITES = 3;
const TILLS = 2;
/** Minor units that a till gives back at once. */
const REFUND_MAX = 400;

/** The line to the bank was cut. */
class Torn extends Error {}

/** A terminal whose bills have come to the bank: up to which one they were counted. */
export interface Counted {
  readonly id: Uint8Array;
  readonly site: number;
  readonly booked: (sequence: number) => Booked;
  /** All that it has ever booked. */
  readonly last: () => number;
  known: number;
}

/** The honest tills of the country's sites, and how their bills come to the bank. */
export class Tills {
  readonly #tills: LooseTill[] = [];
  readonly #counted = new Map<LooseTill, Counted>();

  private constructor(private readonly country: Country) {}

  static async open(country: Country): Promise<Tills> {
    const tills = new Tills(country);
    for (let i = 0; i < SITES; i++) {
      const operator = OPERATORS[i % OPERATORS.length].number;
      const site = await country.bank.createAccount(operator, `site ${i}`);
      for (let j = 0; j < TILLS; j++) await tills.#add(site, operator);
    }
    return tills;
  }

  #platforms(): (KnownPlatform & { readonly operator: number })[] {
    return OPERATORS.map(({ number }) => {
      const publicKey = this.country.bank.platform.publicKey(number);
      return { id: platformIdOf(hostCrypto, publicKey), publicKey, operator: number };
    });
  }

  async #add(site: number, operator: number): Promise<void> {
    const { bank, seed, world } = this.country;
    const key = seededKey(hostCrypto, seed, `till ${this.#counted.size}`);
    await bank.platform.addTerminal(site, key.slice(32), {
      limits: TILL_LIMITS,
      scene: 0,
      tierMin: 0,
      category: 0,
    });
    const platforms = this.#platforms();
    const home = platforms.find((platform) => platform.operator === operator)!;
    const till = new LooseTill(world, key, site, home, platforms);
    this.#tills.push(till);
    this.#counted.set(till, {
      ...{ id: till.id, site, known: 0 },
      booked: (sequence) => till.booked.get(sequence)!,
      last: () => till.booked.size,
    });
  }

  /** The account of a merchant. */
  site(): number {
    return this.country.pick(this.#tills).site;
  }

  /** Any of them; power may fail in what it does next. */
  any(): LooseTill {
    const { below } = this.country;
    const till = this.country.pick(this.#tills);
    if (below(6) === 0) till.cutAfter(1 + below(6), () => below(2 ** 32));
    return till;
  }

  async refund(): Promise<string> {
    const { below } = this.country;
    const till = this.any();
    const { first, last } = till.pos.log;
    if (last < first) return 'none';
    return till.refund(first + below(last - first + 1), 1 + below(REFUND_MAX));
  }

  /** All that a till has, on a line that loses what is said, says it twice, or says again what was said. */
  async upload(till = this.any()): Promise<string> {
    const { below, bank } = this.country;
    let left = below(3) === 0 ? below(4) : WHOLE;
    const isHeard = below(2) === 0;
    const sent: [BillUpload, BillUploadAnswer][] = [];
    const send = async ({ terminal, bills }: BillUpload): Promise<BillUploadAnswer> => {
      left--;
      if (left < 0 && !isHeard) throw new Torn();
      const piece = { terminal, bills: bills.slice(0, 1 + below(8)) };
      const answer = await bank.platform.upload(piece);
      if (!answer.stopped) sent.push([piece, answer]);
      if (below(4) === 0 && sent.length > 0) await this.sendAgain(this.country.pick(sent));
      if (left < 0) throw new Torn();
      return answer;
    };
    let outcome = 'done';
    try {
      if (!(await till.upload(send))) outcome = 'cut';
    } catch (error) {
      if (error instanceof UploadError) return this.#giveUp(till, error);
      if (!(error instanceof Torn)) throw error;
      outcome = 'torn';
    }
    await this.#take(till);
    if (outcome !== 'done') return `${outcome} ${till.name}`;
    till.mayBeAhead = false;
    for (const { number } of OPERATORS) till.deny(number, (await bank.platform.denyList(number)).serials);
    return `${outcome} ${till.name}`;
  }

  /** Books that were put back lack bills that a till has not at hand: it goes on with another key. */
  async #giveUp(till: LooseTill, { code, message }: UploadError): Promise<string> {
    await this.#take(till);
    const { known } = this.#counted.get(till)!;
    if (code !== 'receipt-old' || !till.mayBeAhead || till.pos.log.has(known + 1))
      throw new Violation(`an honest till: ${message}`);
    this.#tills.splice(this.#tills.indexOf(till), 1);
    await this.#add(till.site, till.home.operator);
    return `ahead ${till.name}`;
  }

  /** What the bank knows of them now; those that were ahead of its books are so no more. */
  async known(): Promise<Map<LooseTill, number>> {
    for (const till of [...this.#tills])
      while (till.mayBeAhead && this.#tills.includes(till)) await this.upload(till);
    return new Map(this.#tills.map((till) => [till, this.#counted.get(till)!.known]));
  }

  /** What the bank has come to know since then is lost. */
  putBack(known: ReadonlyMap<LooseTill, number>): void {
    for (const till of this.#tills) {
      const counted = this.#counted.get(till)!;
      till.mayBeAhead ||= till.pos.log.receipted > known.get(till)!;
      counted.known = known.get(till)!;
    }
  }

  /** A carrier repeats what it has carried. */
  async sendAgain([upload, { asides }]: [BillUpload, BillUploadAnswer]): Promise<void> {
    const again = await this.country.bank.platform.upload(upload);
    if (again.stopped || JSON.stringify(again.asides) !== JSON.stringify(asides))
      throw new Violation('bills that are sent again are answered in another way');
  }

  /** The bank has them now: what was set aside, and all else is counted. */
  async takeOf(counted: Counted): Promise<[sequence: number, reason: string][]> {
    const { bank, bills } = this.country;
    const asides: [number, string][] = [];
    const { id, site, known, last, booked } = counted;
    const told = await bank.platform.bills({ terminal: id }, Math.max(1, last() - known));
    for (const { sequence, state, reason } of told.filter((row) => row.sequence > known).reverse()) {
      if (state === 'aside') asides.push([sequence, reason]);
      else bills.take(booked(sequence), site);
      counted.known = sequence;
    }
    return asides;
  }

  async #take(till: LooseTill): Promise<void> {
    for (const [sequence, reason] of await this.takeOf(this.#counted.get(till)!)) {
      this.country.count(`aside ${reason}`);
      if (!this.#isExpected(till, till.booked.get(sequence)!, reason))
        throw new Violation(`bill ${sequence} of an honest till is set aside: ${reason}`);
    }
  }

  /**
   * A copy has come to another till of the site; a refund is of a bill that nobody pays; bills of a user who
   * has left were due by then.
   */
  #isExpected(till: LooseTill, { bill, evidence }: Booked, reason: string): boolean {
    const { bills } = this.country;
    if (reason === 'code-seen') return true;
    if (reason === 'certificate') return this.#isLost(evidence);
    if (reason === 'suspended') return till.suspended;
    if (reason === 'late') return this.#wasDue(bills.userOf(evidence));
    if (reason === 'self') return bills.userOf(evidence) === till.site;
    return reason === 'refund' && bill.kind === BillKind.refund
      ? !bills.isReturnable(billName(till.id, bill.refers))
      : false;
  }

  #wasDue(user: number | undefined): boolean {
    const { bank, leaving } = this.country;
    return (
      bank.time_s > (leaving.get(user ?? 0) ?? Number.POSITIVE_INFINITY) + defaultParameters.billsWithin_s
    );
  }

  /** Its certificate was given by books that were lost. */
  #isLost(evidence: Uint8Array): boolean {
    const { certificate } = AccountCode.fromBytes(evidence)!;
    return this.country.lostCertificates.has(hex(certificate.bytes));
  }

  /** The bank's people suspend a till, or lift that. */
  async stop(): Promise<string> {
    const { platform } = this.country.bank;
    const stopped = this.#tills.find(({ suspended }) => suspended);
    const till = stopped ?? this.country.pick(this.#tills);
    await (stopped ? platform.liftTerminal(till.id) : platform.suspendTerminal(till.id));
    till.suspended = !stopped;
    return `${stopped ? 'lifted' : 'suspended'} ${till.name}`;
  }

  /** Cash for a site or from it: what it gives back it may not have, and owes. */
  async siteCash(): Promise<string> {
    const { below } = this.country;
    const site = this.site();
    const amount = 1 + below(2_000);
    if (below(3) === 0) await this.country.deposit(site, amount);
    else await this.country.withdraw(site, amount);
    return `${amount} ${site}`;
  }

  /** All that they have comes in. */
  async end(): Promise<void> {
    for (const till of [...this.#tills])
      for (let said = ''; !/^(done|ahead)/.test(said); ) said = await this.upload(till);
  }
}
