import { createHash } from 'node:crypto';
import { AccountCertificate } from '../../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../../firmware/account/account-code.js';
import {
  Bill,
  type BillFields,
  BillKind,
  Means,
  NO_HASH,
  terminalIdOf,
} from '../../../../firmware/account/bill.js';
import { BillReceipt } from '../../../../firmware/account/bill-receipt.js';
import type { Limits } from '../../../../firmware/objects/profile.js';
import type { Bank } from '../../../../sim/bank/bank.js';
import type { UploadAnswer } from '../../../../sim/bank/platform/intake.js';
import type { Terms } from '../../../../sim/bank/platform/terms.js';
import { crypto, openBank, limits as UNLIMITED } from '../world.js';

export const DAY_S = 86_400;
/** How a terminal is registered, unless a test says otherwise. */
export const LIMITS: Limits = {
  ...UNLIMITED,
  clocksApart_s: 120,
  offlineDuration_s: 3 * DAY_S,
  offlineCountMax: 1_000,
};

export const keyOf = (name: string): Uint8Array =>
  crypto.ed25519KeyFromSeed(createHash('sha256').update(`platform test ${name}`).digest());

let names = 0;

/** A bank whose first operator is a platform; its second too, if asked for. */
export async function openPlatform(platforms = [1]): Promise<Bank> {
  const bank = await openBank();
  for (const operator of platforms) await bank.platform.make(operator);
  return bank;
}

/** Somebody who has an account at a platform, and a device with a key. */
export class User {
  readonly key = keyOf(`user ${names++}`);
  certificate: AccountCertificate | undefined;
  counter = 0;

  private constructor(
    private readonly bank: Bank,
    readonly account: number,
  ) {}

  static async of(bank: Bank, money: number, terms: Partial<Terms> = {}, operator = 1): Promise<User> {
    const account = await bank.createAccount(operator, 'user');
    if (money > 0) await bank.deposit(account, money);
    return User.at(bank, account, terms);
  }

  /** Of an account that there is. */
  static async at(bank: Bank, account: number, terms: Partial<Terms> = {}): Promise<User> {
    await bank.platform.setTerms(account, terms);
    return new User(bank, account);
  }

  async certify(): Promise<AccountCertificate> {
    const bytes = await this.bank.platform.certify(this.account, this.key.slice(32));
    this.certificate = AccountCertificate.parse(bytes)!;
    return this.certificate;
  }

  /** A fresh code, shown now. */
  code(amount?: number, more: { time_s?: number; counter?: number } = {}): AccountCode {
    const { time_s = this.bank.time_s, counter = ++this.counter } = more;
    const fields = { created_s: time_s, validity_s: 60, counter, amount };
    return AccountCode.build(crypto, this.key, this.certificate!, fields);
  }

  async available(): Promise<number> {
    return (await this.bank.balance(this.account)).available;
  }
}

type Sent = readonly [bill: Uint8Array, evidence: Uint8Array];
const NONE = new Uint8Array(0);

/** A till that books whatever a test tells it to. */
export class Till {
  readonly key = keyOf(`till ${names++}`);
  readonly id = terminalIdOf(crypto, this.key.subarray(32));
  log: Sent[] = [];
  sequence = 0;
  head = NO_HASH;

  private constructor(
    private readonly bank: Bank,
    readonly account: number,
  ) {}

  static async of(
    bank: Bank,
    { limits = {} as Partial<Limits>, account = 0, operator = 1, scene = 0, category = 0 } = {},
  ): Promise<Till> {
    const till = new Till(bank, account || (await bank.createAccount(operator, 'shop')));
    const rules = { limits: { ...LIMITS, ...limits }, scene, tierMin: 0, category };
    await bank.platform.addTerminal(till.account, till.key.slice(32), rules);
    return till;
  }

  book(fields: Partial<BillFields>, evidence: Uint8Array): Bill {
    const bill = Bill.build(crypto, this.key, {
      sequence: this.sequence + 1,
      previous: this.head,
      time_s: this.bank.time_s,
      kind: BillKind.sale,
      means: Means.code,
      platform: new Uint8Array(4),
      pseudonym: new Uint8Array(8),
      serial: 0,
      counter: 0,
      amount: 0,
      place: 0,
      refers: 0,
      evidence: evidence.length > 0 ? crypto.sha256(evidence) : NO_HASH,
      ...fields,
    });
    this.sequence++;
    this.head = bill.hash(crypto);
    this.log.push([bill.bytes, evidence]);
    return bill;
  }

  sell(code: AccountCode, amount: number, more: Partial<BillFields> = {}): Bill {
    const { platform, pseudonym, serial } = code.certificate;
    const { counter } = code;
    return this.book({ platform, pseudonym, serial, counter, amount, ...more }, code.bytes);
  }

  face(platform: Uint8Array, account: number, amount: number): Bill {
    return this.book({ means: Means.face, platform, serial: account, amount }, NONE);
  }

  refund(bill: Bill, amount: number): Bill {
    const { platform, pseudonym, serial, counter, means, sequence } = bill;
    const fields = { platform, pseudonym, serial, counter, means, amount, kind: BillKind.refund };
    return this.book({ ...fields, refers: sequence }, NONE);
  }

  /** Sends what it has, and forgets what the receipt is for. */
  async upload(max = this.log.length): Promise<UploadAnswer & { sequence: number }> {
    const answer = await this.bank.platform.upload({ terminal: this.id, bills: this.log.slice(0, max) });
    const receipt = BillReceipt.parse(answer.receipt)!;
    this.log = this.log.filter(([bytes]) => Bill.parse(bytes)!.sequence > receipt.sequence);
    return { ...answer, sequence: receipt.sequence };
  }

  async available(): Promise<number> {
    return (await this.bank.balance(this.account)).available;
  }
}
