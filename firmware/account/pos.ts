import type { Crypto } from '../../hal/crypto.js';
import { NOTHING } from '../bytes.js';
import { AMOUNT_MAX } from '../limits.js';
import { isAmount } from '../objects/amount.js';
import type { Limits } from '../objects/profile.js';
import { Refusal } from '../protocol/refusal.js';
import { isCorrupt, isUnwritable } from '../store/errors.js';
import { KeyPlace } from '../trust/trust.js';
import { PSEUDONYM_BYTES } from './account-certificate.js';
import { AccountCode } from './account-code.js';
import { Bill, BillKind, Means, NO_HASH } from './bill.js';
import type { BillLog, BillReceiptFault } from './bill-log.js';
import { CodeRefusal, type CodeTerminal, decideCode, type Platform } from './decision.js';
import { decideFace, type Faces } from './face.js';
import { type PoolHook, PoolVerdict } from './pool-hook.js';
import { openSealed, parseSealed, type SiteKey } from './sealed-code.js';
import type { User, UserCounts } from './user-counts.js';

/** What is to be paid. */
export interface Purchase {
  readonly kind: Exclude<BillKind, typeof BillKind.refund>;
  /** Minor units; 0 alone at a gate. */
  readonly amount: number;
  /** Station, or merchant category. */
  readonly place: number;
  /** A rule of the place besides, asked about whoever else may pay by a code: why not. */
  readonly forbid?: (user: User) => CodeRefusal | undefined;
}

/** A bill that is in the log, or why there is none. */
export type Taken =
  | { readonly refusal: Refusal | CodeRefusal; readonly bill?: undefined }
  | { readonly refusal?: undefined; readonly bill: Bill };

export interface PosOptions {
  readonly crypto: Crypto;
  /** The terminal's own signing key, 64 bytes: its bills are signed with it. */
  readonly key: Uint8Array;
  readonly log: BillLog;
  readonly platforms: readonly Platform[];
  /** Ed25519 public key (32 bytes) of the platform to which it uploads. */
  readonly home: Uint8Array;
  readonly limits: Limits;
  /** Its scene; 0: of none. */
  readonly scene: number;
  readonly tierMin: number;
  readonly faces?: Faces | undefined;
  /** Of a site to which phones may seal their codes. */
  readonly site?: SiteKey | undefined;
  /** Of a site whose terminals count together. */
  readonly pool?: PoolHook | undefined;
}

/** Who pays, as a bill says it, and what shows it. */
interface Payer extends User {
  readonly means: Means;
  readonly serial: number;
  readonly counter: number;
  /** Minor units that the platform stands for. */
  readonly quota: number;
  /** The bytes of the code; none with a face. */
  readonly evidence: Uint8Array;
}

type Decided =
  | { readonly refusal: Refusal | CodeRefusal; payer?: undefined }
  | { refusal?: undefined; payer: Payer };

/** A pseudonym of nobody: of whom no certificate names. */
const NO_PSEUDONYM = new Uint8Array(PSEUDONYM_BYTES);

const POOL_REFUSALS: Readonly<Record<number, Refusal | CodeRefusal>> = {
  [PoolVerdict.seen]: CodeRefusal.seen,
  [PoolVerdict.quota]: CodeRefusal.quota,
  [PoolVerdict.counterparty]: Refusal.counterparty,
  [PoolVerdict.day]: Refusal.dayLimit,
};

/**
 * A point of sale or a gate for accounts (R27, R30): decides offline, signs a bill, books it, and only then
 * says that it is taken. It decides about one payment after another.
 */
export class Pos implements CodeTerminal {
  readonly log: BillLog;
  readonly platforms: readonly Platform[];
  readonly limits: Limits;
  readonly scene: number;
  readonly tierMin: number;
  /** The pool is being asked. */
  #isAsking = false;

  constructor(private readonly options: PosOptions) {
    const { crypto, home, log, platforms, limits, scene, tierMin } = options;
    this.log = log;
    this.platforms = platforms;
    this.limits = limits;
    this.scene = scene;
    this.tierMin = tierMin;
    // Most of its users are of its own platform, which has signed each of their certificates.
    crypto.ed25519Prepare(home, KeyPlace.operator);
  }

  get counts(): UserCounts {
    return this.log.counts;
  }
  get lastSync_s(): number {
    return this.log.lastSync_s;
  }

  /**
   * By the code that a scanner has read as `text`, a byte a character, sealed or not. `done` is called once.
   */
  scan(purchase: Purchase, now_s: number, text: Uint8Array, done: (taken: Taken) => void): void {
    const sealed = parseSealed(text);
    const { crypto, site } = this.options;
    const code = sealed ? site && openSealed(crypto, site, sealed) : AccountCode.parse(text);
    const decided =
      sealed && !code ? { refusal: CodeRefusal.sealed } : this.#byCode(code, Means.code, purchase, now_s);
    this.#take(purchase, now_s, decided, done);
  }

  /** By the code that an account card has given in a touch: see `AccountCode.bytes`. */
  tap(purchase: Purchase, now_s: number, code: Uint8Array, done: (taken: Taken) => void): void {
    this.#take(purchase, now_s, this.#byCode(AccountCode.fromBytes(code), Means.card, purchase, now_s), done);
  }

  /** By the face in a picture, as the site's recogniser takes it. */
  look(purchase: Purchase, now_s: number, picture: Uint8Array, done: (taken: Taken) => void): void {
    this.#take(purchase, now_s, this.#byFace(picture, purchase, now_s), done);
  }

  /**
   * Gives `amount` (minor units) back of an own earlier bill that is still at hand; all that is left of it
   * where no amount is given.
   */
  refund(sequence: number, now_s: number, amount?: number): Taken {
    const { log } = this;
    const refusal = this.#whyClosed(0);
    if (refusal !== undefined) return { refusal };
    if (now_s < this.lastSync_s) return { refusal: CodeRefusal.clock };
    if (!log.has(sequence)) return { refusal: Refusal.notSold };
    try {
      return this.#giveBack(log.at(sequence), now_s, amount);
    } catch (error) {
      if (isCorrupt(error)) return { refusal: Refusal.unreadable };
      throw error;
    }
  }

  #giveBack(sale: Bill, now_s: number, amount: number | undefined): Taken {
    const left = sale.kind === BillKind.refund ? 0 : this.log.left(sale);
    const back = amount ?? left;
    if (!isAmount(back) || back > left) return { refusal: Refusal.notSold };
    const { means, platform, pseudonym, serial, counter, place, sequence } = sale;
    const payer = { means, platform, pseudonym, serial, counter, quota: 0, evidence: NOTHING };
    return this.#book({ kind: BillKind.refund, amount: back, place, refers: sequence }, payer, now_s);
  }

  /** As `BillLog.accept`, by the key of the platform to which this terminal uploads. */
  accept(receipt: Uint8Array): BillReceiptFault | undefined {
    return this.log.accept(receipt, this.options.home);
  }

  // Deciding

  #byCode(code: AccountCode | undefined, means: Means, purchase: Purchase, now_s: number): Decided {
    if (!code) return { refusal: Refusal.malformed };
    const { amount, forbid } = purchase;
    const decision = decideCode(this.options.crypto, this, amount, now_s, code);
    const refusal = decision.refusal ?? forbid?.(code.certificate);
    if (refusal !== undefined) return { refusal };
    const { platform, pseudonym, serial, quota } = code.certificate;
    const { counter, bytes: evidence } = code;
    return { payer: { means, platform, pseudonym, serial, counter, quota, evidence } };
  }

  #byFace(picture: Uint8Array, { amount }: Purchase, now_s: number): Decided {
    const { faces } = this.options;
    if (!faces) return { refusal: CodeRefusal.noFaces };
    const found = faces.recogniser.recognise(picture);
    const refusal = decideFace(this, faces, found, amount, now_s);
    if (refusal !== undefined || !found) return { refusal: refusal ?? CodeRefusal.unrecognised };
    const who = { platform: faces.platform.id, pseudonym: NO_PSEUDONYM, serial: found.serial };
    return { payer: { ...who, means: Means.face, counter: 0, quota: AMOUNT_MAX, evidence: NOTHING } };
  }

  #take(purchase: Purchase, now_s: number, decided: Decided, done: (taken: Taken) => void): void {
    const { payer } = decided;
    if (!payer) return done({ refusal: decided.refusal });
    const { kind, amount, place } = purchase;
    if (kind === BillKind.sale && !isAmount(amount)) return done({ refusal: Refusal.mismatch });
    const refusal = this.#whyClosed(payer.evidence.length);
    if (refusal !== undefined) return done({ refusal });
    const { pool } = this.options;
    const draft = { kind, amount, place, refers: 0 };
    if (!pool) return done(this.#book(draft, payer, now_s));
    this.#isAsking = true;
    pool.ask({ ...payer, amount }, (verdict) => {
      this.#isAsking = false;
      const objection = POOL_REFUSALS[verdict];
      if (objection !== undefined) return done({ refusal: objection });
      const taken = this.#book(draft, payer, now_s);
      if (taken.refusal !== undefined) pool.released();
      done(taken);
    });
  }

  /** Why nothing is booked now, whoever pays. */
  #whyClosed(evidenceBytes: number): Refusal | undefined {
    const { log } = this;
    if (this.#isAsking) return Refusal.order;
    if (log.stopped !== undefined) return Refusal.stopped;
    if (log.isUnwritable) return Refusal.unwritable;
    return log.fits(evidenceBytes) ? undefined : Refusal.full;
  }

  #book(draft: Draft, { evidence, ...payer }: Payer, time_s: number): Taken {
    const { crypto, key, pool } = this.options;
    const { log } = this;
    const bill = Bill.build(crypto, key, {
      ...draft,
      ...payer,
      sequence: log.last + 1,
      previous: log.head,
      time_s,
      evidence: evidence.length > 0 ? crypto.sha256(evidence) : NO_HASH,
    });
    try {
      log.book(bill, evidence);
    } catch (error) {
      if (isUnwritable(error)) return { refusal: Refusal.unwritable };
      throw error;
    }
    pool?.booked();
    return { bill };
  }
}

/** What a bill is about. */
interface Draft {
  readonly kind: BillKind;
  readonly amount: number;
  readonly place: number;
  readonly refers: number;
}
