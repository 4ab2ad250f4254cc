import type { Crypto } from '../../hal/crypto.js';
import { AMOUNT_MAX } from '../limits.js';
import { Certificate, Role } from '../objects/certificate.js';
import { Note, type NoteFields } from '../objects/note.js';
import { Operator } from '../objects/operator.js';
import { type Limits, Profile, ReceivedPolicy } from '../objects/profile.js';
import { type ResolvedTransfer, Settlement, Standing } from '../objects/settlement.js';
import { refusalName } from '../protocol/refusal.js';
import type { Personalisation } from '../wallet/personalisation.js';
import type { Wallet } from '../wallet/wallet.js';

const DAY_S = 86_400;
export const YEAR_S = 365 * DAY_S;

/** No limit but the flash. */
export const UNLIMITED: Limits = {
  version: 1,
  paymentMax: AMOUNT_MAX,
  receivedPaymentMax: AMOUNT_MAX,
  dayMax: AMOUNT_MAX,
  balanceMax: AMOUNT_MAX,
  offlineCountMax: AMOUNT_MAX,
  offlineDuration_s: YEAR_S,
  counterpartyCountMax: AMOUNT_MAX,
  counterpartyAmountMax: AMOUNT_MAX,
  noConfirmMax: AMOUNT_MAX,
  noConfirmTotalMax: AMOUNT_MAX,
  buttonMax: AMOUNT_MAX,
  claimGrace_s: DAY_S,
  received: ReceivedPolicy.circulating,
  categoryLimits: [],
  tierMax: [],
  emptyWithin_s: 0,
  operators: [],
  clocksApart_s: 30 * DAY_S,
  relayMax_us: 0,
};

/** What makes one test issuer differ from the next. */
export interface TestIssuerOptions {
  readonly now_s: number;
  /** ISO 4217, 3 ASCII bytes. */
  readonly currency: Uint8Array;
  /** Its number as an operator. */
  readonly number: number;
  /** Of the central bank that endorses it; drawn when there is none. Ed25519, 64 bytes. */
  readonly rootKey?: Uint8Array | undefined;
  /** How long its endorsement, and the certificates that it gives, are good for. */
  readonly endorsed_s: number;
  readonly certified_s: number;
  /** For keys and ids. */
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * A bank of keys and signatures, without books: for tests of the firmware alone, and for a payment that a
 * device makes to itself.
 */
export class TestIssuer {
  readonly rootKey: Uint8Array;
  readonly operatorKey: Uint8Array;
  readonly operator: Operator;

  constructor(
    readonly crypto: Crypto,
    private readonly options: TestIssuerOptions,
  ) {
    const { now_s, number, endorsed_s } = options;
    this.rootKey = options.rootKey ?? crypto.ed25519KeyFromSeed(this.random(32)).slice();
    this.operatorKey = crypto.ed25519KeyFromSeed(this.random(32)).slice();
    this.operator = Operator.build(crypto, this.rootKey, {
      number,
      key: this.operatorKey.subarray(32),
      notBefore_s: now_s - YEAR_S,
      notAfter_s: now_s + endorsed_s,
    });
  }

  get now_s(): number {
    return this.options.now_s;
  }
  get number(): number {
    return this.options.number;
  }
  random(bytes: number): Uint8Array {
    return this.options.random(bytes);
  }

  certify(
    publicKey: Uint8Array,
    options: {
      role?: number;
      category?: number;
      tier?: number;
      place?: number;
      notAfter_s?: number;
      issuerKey?: Uint8Array;
    } = {},
  ): Certificate {
    return Certificate.build(this.crypto, options.issuerKey ?? this.operatorKey, {
      id: this.random(8),
      issuer: this.number,
      publicKey,
      notAfter_s: options.notAfter_s ?? this.now_s + this.options.certified_s,
      role: options.role ?? Role.person,
      category: options.category ?? 0,
      tier: options.tier ?? 1,
      place: options.place ?? 0,
    });
  }

  /** All that a device with this certificate needs. */
  personalisation(certificate: Certificate, limits: Limits): Personalisation {
    return {
      root: this.rootKey.slice(32),
      operators: [this.operator.bytes],
      certificate: certificate.bytes,
      profile: Profile.build(this.crypto, this.operatorKey, certificate.id, limits).bytes,
      time_s: this.now_s,
    };
  }

  note(
    owner: Uint8Array,
    value: number,
    options: Partial<
      Pick<NoteFields, 'expires_s' | 'hopsMax' | 'purpose' | 'place' | 'payee' | 'target'>
    > = {},
  ): Note {
    return Note.build(this.crypto, this.operatorKey, {
      id: this.random(8),
      issuer: this.number,
      value,
      currency: this.options.currency,
      owner,
      issued_s: this.now_s,
      expires_s: options.expires_s ?? this.now_s + YEAR_S,
      hopsMax: options.hopsMax ?? 5,
      purpose: options.purpose ?? 0,
      registry: 1,
      place: options.place ?? 0,
      ...(options.payee && { payee: options.payee }),
      target: options.target ?? 0,
    });
  }

  /** For a wallet as it stands, to count these notes in. */
  settlement(
    wallet: Wallet,
    notes: readonly Note[],
    options: {
      standing?: number;
      retireUntil_s?: number;
      resolved?: ResolvedTransfer[];
      time_s?: number;
    } = {},
  ): Settlement {
    let notesHash = new Uint8Array(32);
    for (const { bytes } of notes) notesHash = this.crypto.sha256(notesHash, bytes).slice();
    return Settlement.build(this.crypto, this.operatorKey, {
      device: wallet.certificate.id,
      issuer: this.number,
      sequence: wallet.ledger.sequence,
      head: wallet.ledger.head,
      time_s: options.time_s ?? this.now_s,
      epoch: wallet.ledger.epoch + 1,
      standing: options.standing ?? Standing.good,
      retireUntil_s: options.retireUntil_s ?? 0,
      notes: notes.length,
      notesHash,
      resolved: options.resolved ?? [],
    });
  }

  /** Gives a wallet fresh notes by a settlement, as a sync would. */
  settle(
    wallet: Wallet,
    notes: readonly Note[],
    options: Parameters<TestIssuer['settlement']>[2] = {},
  ): void {
    wallet.clearStage();
    for (const note of notes) {
      const why = wallet.takeNote(note.bytes);
      if (why !== undefined) throw new Error(`the wallet refuses a note: ${refusalName(why)}`);
      wallet.tidy();
    }
    const settlement = this.settlement(wallet, notes, options);
    wallet.setTime(settlement.time_s);
    const why = wallet.commit({ kind: 'settled', settlement }, false);
    if (why !== undefined) throw new Error(`the wallet refuses a settlement: ${refusalName(why)}`);
    wallet.tidy();
  }
}
