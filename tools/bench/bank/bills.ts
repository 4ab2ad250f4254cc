import { AccountCertificate } from '../../../firmware/account/account-certificate.js';
import { AccountCode } from '../../../firmware/account/account-code.js';
import { Bill, BillKind, Means, NO_HASH, terminalIdOf } from '../../../firmware/account/bill.js';
import { BillReceipt } from '../../../firmware/account/bill-receipt.js';
import { AMOUNT_MAX } from '../../../firmware/limits.js';
import { hostCrypto as crypto } from '../../../hal/crypto/host.js';
import { UPLOAD_BILLS_MAX } from '../../../sim/account/upload-bills.js';
import { BankError } from '../../../sim/bank/codes.js';
import type { BankClient } from '../../../sim/bank/server/client.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { ORDINARY } from '../../../sim/world/ordinary.js';
import { startBank } from './processes.js';

const START_S = 1_800_000_000;
const OPERATOR = 1;
const PRICE = 1_200;
/** One bill in so many is of a user whose money is gone: the platform pays, and has a debt instead. */
const OVERDRAWN_PART = 20;
const VALIDITY_S = 60;
/** Requests under way at once, while the site is made. */
const AT_ONCE = 32;

export interface Backlog {
  readonly bills: number;
  readonly users: number;
  /** Of one site, which was cut off. */
  readonly terminals: number;
}

export interface BacklogMeasured {
  /** Processor time of bank and database from first upload to last receipt; and time of the clock. */
  readonly cpu_s: number;
  readonly wall_s: number;
  readonly transactions: number;
  readonly retries: number;
  readonly asides: number;
  /** Minor units that the site has got, and what of that the platform has advanced. */
  readonly paid: number;
  readonly advanced: number;
  readonly faults: readonly string[];
}

/** A line that was idle may be closed just when it is used again. */
const TRIES = 5;

type Sent = readonly [bill: Uint8Array, evidence: Uint8Array];

/** The bills of a site that was cut off come in at once, in a bank that is served. */
export async function measureBacklog(
  programs: string | undefined,
  { bills, users, terminals }: Backlog,
  tell: (what: string) => void,
): Promise<BacklogMeasured> {
  const bank = await startBank(START_S, programs);
  try {
    const { client } = bank;
    await client.platform.make(OPERATOR);
    const site = await client.createAccount(OPERATOR, 'site');
    tell(`${users} users get their certificates`);
    const each = Math.ceil(bills / users);
    const phones = await inTurns(users, (i) => Phone.of(client, i, each));
    tell(`${terminals} terminals sell ${bills} times`);
    const tills = await inTurns(terminals, (i) => Till.of(client, site, i));
    for (let i = 0; i < bills; i++) tills[i % terminals].sell(phones[i % users]);
    tell('they upload');
    const before = await bank.usage();
    const began_ms = performance.now();
    const asides = await Promise.all(tills.map((till) => till.upload(client)));
    const wall_s = (performance.now() - began_ms) / 1_000;
    const after = await bank.usage();
    const audit = await client.audit();
    return {
      cpu_s: (after.cpu_us - before.cpu_us) / 1e6,
      wall_s,
      transactions: after.transactions - before.transactions,
      retries: after.retries - before.retries,
      asides: asides.reduce((sum, count) => sum + count, 0),
      paid: (await client.balance(site)).available,
      advanced: audit.overdrafts.reduce((sum, { amount }) => sum + amount, 0),
      faults: audit.faults,
    };
  } finally {
    await bank.close();
  }
}

async function inTurns<T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) {
    const from = made.length;
    const size = Math.min(AT_ONCE, count - from);
    made.push(...(await Promise.all(Array.from({ length: size }, (_, i) => make(from + i)))));
  }
  return made;
}

function keyOf(name: string): Uint8Array {
  const seed = new Uint8Array(32);
  new SimEntropy(1, name).fill(seed);
  return crypto.ed25519KeyFromSeed(seed);
}

class Phone {
  #counter = 0;

  private constructor(
    private readonly key: Uint8Array,
    private readonly certificate: AccountCertificate,
  ) {}

  static async of(client: BankClient, i: number, payments: number): Promise<Phone> {
    const key = keyOf(`phone ${i}`);
    const account = await client.createAccount(OPERATOR, `user ${i}`);
    const all = payments * PRICE;
    const isPoor = i % OVERDRAWN_PART === 0;
    if (!isPoor) await client.deposit(account, all);
    await client.platform.setTerms(account, { line: all, quota: all });
    const bytes = await client.platform.certify(account, key.slice(32));
    return new Phone(key, AccountCertificate.parse(bytes)!);
  }

  show(): AccountCode {
    const fields = { created_s: START_S, validity_s: VALIDITY_S, counter: ++this.#counter };
    return AccountCode.build(crypto, this.key, this.certificate, fields);
  }
}

class Till {
  readonly #id: Uint8Array;
  readonly #log: Sent[] = [];
  #head = NO_HASH;

  private constructor(private readonly key: Uint8Array) {
    this.#id = terminalIdOf(crypto, key.subarray(32));
  }

  static async of(client: BankClient, site: number, i: number): Promise<Till> {
    const key = keyOf(`till ${i}`);
    const limits = { ...ORDINARY, offlineCountMax: AMOUNT_MAX, balanceMax: AMOUNT_MAX };
    await client.platform.addTerminal(site, key.slice(32), { limits, scene: 0, tierMin: 0, category: 0 });
    return new Till(key);
  }

  sell(phone: Phone): void {
    const { certificate, counter, bytes: evidence } = phone.show();
    const { platform, pseudonym, serial } = certificate;
    const bill = Bill.build(crypto, this.key, {
      sequence: this.#log.length + 1,
      previous: this.#head,
      time_s: START_S,
      ...{ kind: BillKind.sale, means: Means.code, amount: PRICE, place: 0, refers: 0 },
      ...{ platform, pseudonym, serial, counter },
      evidence: crypto.sha256(evidence),
    });
    this.#head = bill.hash(crypto);
    this.#log.push([bill.bytes, evidence]);
  }

  /** Piece by piece, each when the one before has its receipt. Returns how many were set aside. */
  async upload(client: BankClient): Promise<number> {
    let asides = 0;
    for (let has = 0; has < this.#log.length; ) {
      const bills = this.#log.slice(has, has + UPLOAD_BILLS_MAX);
      const answer = await this.#send(client, bills);
      const { sequence } = BillReceipt.parse(answer.receipt)!;
      if (sequence <= has) throw new Error(`the bank does not take bill ${has + 1}`);
      asides += answer.asides.length;
      has = sequence;
    }
    return asides;
  }

  /** As a terminal does it: when no answer comes, it sends the same again. */
  async #send(
    client: BankClient,
    bills: readonly Sent[],
  ): Promise<{ receipt: Uint8Array; asides: unknown[] }> {
    for (let tried = 1; ; tried++) {
      try {
        const answer = await client.uploadBills({ terminal: this.#id, bills });
        return answer as { receipt: Uint8Array; asides: unknown[] };
      } catch (error) {
        const isOpen = error instanceof BankError && error.code === 'unreachable';
        if (!isOpen || tried >= TRIES) throw error;
      }
    }
  }
}
