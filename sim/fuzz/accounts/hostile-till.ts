import type { AccountCode } from '../../../firmware/account/account-code.js';
import {
  Bill,
  type BillFields,
  BillKind,
  Means,
  NO_HASH,
  terminalIdOf,
} from '../../../firmware/account/bill.js';
import { NOTHING } from '../../../firmware/bytes.js';
import { hostCrypto as crypto } from '../../../hal/crypto/host.js';
import type { StopReason } from '../../bank/platform/intake.js';
import { type Below, DAY_S } from '../draws.js';
import type { Booked } from './loose-till.js';

/** What a hostile till knows when it makes a bill. */
interface Chance {
  /** A code that somebody has shown it just now, and one that somebody has shown somewhere before. */
  readonly fresh: AccountCode;
  readonly before: AccountCode;
  /** What it had asked for. */
  readonly amount: number;
  /** Another account of a user. */
  readonly account: number;
  readonly now_s: number;
  readonly below: Below;
}

type Trick = (till: HostileTill, chance: Chance) => void;

const CODE_OF_NOBODY = Uint8Array.of(1);
const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const other = bytes.slice();
  other[at % other.length] ^= 1 << (at % 8);
  return other;
};

/** Bills that no honest till makes: nobody may ever pay one of them. */
export const FORGERIES: Readonly<Record<string, Trick>> = {
  'another amount than the user signed': (till, { fresh, amount }) =>
    till.sell(fresh, fresh.amount === undefined ? fresh.certificate.quota + 1 : amount + 1),
  'another certificate': (till, { fresh, amount }) =>
    till.sell(fresh, amount, { serial: fresh.certificate.serial + 1 }),
  'another number of the code': (till, { fresh, amount }) =>
    till.sell(fresh, amount, { counter: fresh.counter + 1 }),
  'another user': (till, { fresh, amount, below }) =>
    till.sell(fresh, amount, { pseudonym: flipped(fresh.certificate.pseudonym, below(64)) }),
  'another platform': (till, { fresh, amount, below }) =>
    till.sell(fresh, amount, { platform: flipped(fresh.certificate.platform, below(32)) }),
  'evidence of another code': (till, { fresh, before, amount }) => {
    if (fresh.text !== before.text) till.sell(fresh, amount, { evidence: crypto.sha256(before.bytes) });
  },
  'a code that was changed': (till, { fresh, amount, below }) => {
    const { bytes } = fresh;
    till.sell(fresh, amount, {}, flipped(bytes, below(8 * bytes.length)));
  },
  'a date before it was registered': (till, { fresh, amount, now_s }) =>
    till.sell(fresh, amount, { time_s: now_s - DAY_S }),
  'a date that has not come': (till, { fresh, amount, now_s }) =>
    till.sell(fresh, amount, { time_s: now_s + DAY_S }),
  'a refund of nothing': (till) => till.refund(till.sequence + 1, 1, till.sequence),
  'a refund of more than was paid': (till, { fresh, amount }) => {
    till.sell(fresh, amount, {}, fresh.bytes, false);
    till.refund(till.sequence + 1, amount + 1, till.sequence);
  },
  'a bill once more': (till, { fresh, amount }) => {
    till.sell(fresh, amount, {}, fresh.bytes, false);
    till.sell(fresh, amount);
  },
  'a face that has not agreed': (till, { fresh, account }) =>
    till.face(fresh.certificate.platform, account, 500_000),
};

/** What it may do as well as an honest one, or within what a user has agreed to. */
export const FREEDOMS: Readonly<Record<string, Trick>> = {
  'a sale': (till, { fresh, amount }) => till.sell(fresh, amount, {}, fresh.bytes, false),
  'a code of somewhere else': (till, { before, amount }) =>
    till.sell(before, before.amount ?? amount, {}, before.bytes, false),
  'a face': (till, { fresh, account, below }) =>
    till.face(fresh.certificate.platform, account, 1 + below(400), false),
  'a card': (till, { fresh, amount }) => till.sell(fresh, amount, { means: Means.card }, fresh.bytes, false),
};

/** A till whose owner has its key, and signs whatever is wanted. */
export class HostileTill {
  readonly id: Uint8Array;
  readonly booked: Booked[] = [];
  /** By their sequence, those that nobody may pay: what was done. */
  readonly forged = new Map<number, string>();
  #trick = '';
  #head = NO_HASH;

  constructor(
    private readonly key: Uint8Array,
    /** Of the merchant. */
    readonly site: number,
    private readonly now_s: number,
  ) {
    this.id = terminalIdOf(crypto, key.subarray(32));
  }

  /** Of its last bill; 0 before there is one. */
  get sequence(): number {
    return this.booked.length;
  }

  play(name: string, trick: Trick, chance: Chance): void {
    this.#trick = name;
    trick(this, chance);
  }

  sell(
    code: AccountCode,
    amount: number,
    more: Partial<BillFields> = {},
    evidence = code.bytes,
    isForged = true,
  ): void {
    const { platform, pseudonym, serial } = code.certificate;
    const fields = { platform, pseudonym, serial, counter: code.counter, amount };
    this.#book({ ...fields, evidence: crypto.sha256(evidence), ...more }, evidence, isForged);
  }

  face(platform: Uint8Array, account: number, amount: number, isForged = true): void {
    this.#book({ means: Means.face, platform, serial: account, amount }, NOTHING, isForged);
  }

  /** Under the number `sequence`; of the bill `refers`, or of none. */
  refund(sequence: number, amount: number, refers: number): void {
    if (refers < 1 || refers >= sequence) return;
    const { bill } = this.booked[refers - 1];
    const { platform, pseudonym, serial, counter, means } = bill;
    const isOfNothing = this.forged.has(refers) || amount > bill.amount || bill.kind === BillKind.refund;
    const fields = { platform, pseudonym, serial, counter, means, amount, refers };
    this.#book({ ...fields, kind: BillKind.refund }, NOTHING, isOfNothing);
  }

  #book(more: Partial<BillFields>, evidence: Uint8Array, isForged: boolean): void {
    const bill = this.#build(more);
    this.#head = bill.hash(crypto);
    this.booked.push({ bill, evidence });
    if (isForged) this.forged.set(this.sequence, this.#trick);
  }

  /** A bill that comes after the last one, for a code of nobody. */
  next(): Booked {
    return { bill: this.#build({ evidence: crypto.sha256(CODE_OF_NOBODY) }), evidence: CODE_OF_NOBODY };
  }

  /** Bills that a bank does not read, and what it calls them. */
  breaks(below: Below): { readonly reason: StopReason; readonly booked: Booked }[] {
    const evidence = CODE_OF_NOBODY;
    const of = (more: Partial<BillFields>): Booked => ({
      bill: this.#build({ evidence: crypto.sha256(evidence), amount: 77, ...more }),
      evidence,
    });
    const sequence = 1 + below(this.sequence);
    const { previous } = this.booked[sequence - 1].bill;
    const { bill } = this.next();
    return [
      { reason: 'fork', booked: of({ sequence, previous }) },
      { reason: 'fork', booked: of({ previous: crypto.sha256(this.#head) }) },
      { reason: 'gap', booked: of({ sequence: this.sequence + 2 }) },
      {
        reason: 'signature',
        booked: { bill: Bill.parse(flipped(bill.bytes, bill.bytes.length - 1 - below(64)))!, evidence },
      },
    ];
  }

  /** Signed, whatever it says. */
  #build(more: Partial<BillFields>): Bill {
    return Bill.build(crypto, this.key, {
      sequence: this.sequence + 1,
      previous: this.#head,
      time_s: this.now_s,
      kind: BillKind.sale,
      means: Means.code,
      platform: new Uint8Array(4),
      pseudonym: new Uint8Array(8),
      serial: 0,
      counter: 0,
      amount: 1,
      place: 0,
      refers: 0,
      evidence: NO_HASH,
      ...more,
    });
  }
}
