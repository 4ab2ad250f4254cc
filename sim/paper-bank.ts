import { AID, buildCommand, CLA_ISO, Ins } from '../firmware/card/apdu.js';
import { AMOUNT_MAX } from '../firmware/limits.js';
import { Certificate, Role } from '../firmware/note/certificate.js';
import { Note } from '../firmware/note/note.js';
import { Operator } from '../firmware/note/operator.js';
import { type Limits, Profile, ReceivedPolicy } from '../firmware/note/profile.js';
import { type ResolvedTransfer, Settlement, Standing } from '../firmware/note/settlement.js';
import { concat, putU32 } from '../firmware/note/shape.js';
import type { Wallet } from '../firmware/wallet/wallet.js';
import type { Crypto } from '../hal/crypto.js';
import { SimEntropy } from './chip/entropy.js';
import type { Device } from './device.js';

export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
export const CURRENCY = ascii('CNY');
const YEAR_S = 365 * 86_400;

export const GENEROUS: Limits = {
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
  claimGrace_s: 86_400,
  received: ReceivedPolicy.circulating,
  scenes: [],
  operators: [],
};

/** An issuer on paper: keys and signatures, no books. For tests of the firmware alone. */
export class PaperBank {
  readonly #entropy = new SimEntropy(1, 'paper bank');
  readonly rootKey: Uint8Array;
  readonly operatorKey: Uint8Array;
  readonly operator: Operator;
  readonly number = 7;

  constructor(
    readonly crypto: Crypto,
    readonly now_s: number,
  ) {
    this.rootKey = crypto.ed25519KeyFromSeed(this.random(32));
    this.operatorKey = crypto.ed25519KeyFromSeed(this.random(32));
    this.operator = Operator.build(crypto, this.rootKey, {
      number: this.number,
      key: this.operatorKey.subarray(32),
      notBefore_s: now_s - YEAR_S,
      notAfter_s: now_s + 5 * YEAR_S,
    });
  }

  random(bytes: number): Uint8Array {
    const random = new Uint8Array(bytes);
    this.#entropy.fill(random);
    return random;
  }

  certify(
    keys: { signing: Uint8Array; agreement: Uint8Array },
    options: { role?: number; category?: number; notAfter_s?: number; issuerKey?: Uint8Array } = {},
  ): Certificate {
    return Certificate.build(this.crypto, options.issuerKey ?? this.operatorKey, {
      id: this.random(8),
      issuer: this.number,
      signingKey: keys.signing,
      agreementKey: keys.agreement,
      notBefore_s: this.now_s - 86_400,
      notAfter_s: options.notAfter_s ?? this.now_s + YEAR_S,
      role: options.role ?? Role.person,
      category: options.category ?? 0,
      tier: 1,
    });
  }

  /** Personalises a blank device through its APDUs and gives it its first settlement. */
  enrol(
    device: Device,
    options: { limits?: Partial<Limits>; category?: number; pin?: string; notAfter_s?: number } = {},
  ): void {
    device.exchange(buildCommand(Ins.select, AID, { cla: CLA_ISO, p1: 4 }));
    const keys = device.exchange(buildCommand(Ins.makeKeys, CURRENCY));
    const certificate = this.certify({ signing: keys.slice(0, 32), agreement: keys.slice(32, 64) }, options);
    const limits = { ...GENEROUS, ...options.limits };
    const profile = Profile.build(this.crypto, this.operatorKey, certificate.id, limits);
    const time = new Uint8Array(4);
    putU32(time, 0, this.now_s);
    const root = this.rootKey.subarray(32);
    const given = concat(root, time, profile.bytes, certificate.bytes, this.operator.bytes);
    if (options.pin)
      expectOk(device.exchange(buildCommand(Ins.setPin, concat(ascii('12345678'), ascii(options.pin)))));
    expectOk(device.exchange(buildCommand(Ins.personalise, given)));
    this.settle(device.wallet, []);
  }

  /** Notes for a wallet, not yet given to it. */
  notes(
    wallet: Wallet,
    values: readonly number[],
    options: { expires_s?: number; hopsMax?: number; purpose?: number; issued_s?: number } = {},
  ): Note[] {
    return values.map((value) =>
      Note.build(this.crypto, this.operatorKey, {
        id: this.random(8),
        issuer: this.number,
        value,
        currency: CURRENCY,
        owner: wallet.certificate.id,
        issued_s: this.now_s,
        expires_s: options.expires_s ?? this.now_s + YEAR_S,
        hopsMax: options.hopsMax ?? 5,
        purpose: options.purpose ?? 0,
        registry: 1,
      }),
    );
  }

  /** Gives a wallet fresh notes by a settlement, as a sync would. */
  settle(
    wallet: Wallet,
    notes: readonly Note[],
    options: {
      standing?: number;
      retireUntil_s?: number;
      resolved?: ResolvedTransfer[];
      time_s?: number;
    } = {},
  ): void {
    let notesHash = new Uint8Array(32);
    wallet.clearStage();
    for (const note of notes) {
      if (!wallet.takeNote(note.bytes)) throw new Error('the wallet refuses a note');
      notesHash = this.crypto.sha256(notesHash, note.bytes).slice();
      wallet.tidy();
    }
    const settlement = Settlement.build(this.crypto, this.operatorKey, {
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
    wallet.setTime(settlement.time_s);
    wallet.commit({ kind: 'settled', settlement }, false);
    wallet.tidy();
  }
}

export function expectOk(response: Uint8Array): Uint8Array {
  const [sw1, sw2] = response.slice(-2);
  if (sw1 !== 0x90 || sw2 !== 0) throw new Error(`status ${sw1.toString(16)}${sw2.toString(16)}`);
  return response.slice(0, -2);
}
