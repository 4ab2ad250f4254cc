import type { Crypto } from '../../hal/crypto.js';
import { concat, getU32, NOTHING, putU32, sameBytes, u32 } from '../bytes.js';
import { AMOUNT_MAX, CODE_VALIDITY_S } from '../limits.js';
import { U32_MAX } from '../objects/shape.js';
import { Consent } from '../payment/consent.js';
import { isUnwritable } from '../store/errors.js';
import { Key } from '../store/keys.js';
import type { MirroredStore } from '../store/mirrored-store.js';
import { AccountCertificate, PSEUDONYM_BYTES } from './account-certificate.js';
import { AccountCode } from './account-code.js';
import { ESSENTIALS_SCENE } from './essentials.js';

/** Of what lies under `Key.accountCounter`: pseudonym (8), counter of its last code (4). */
const COUNTER_BYTES = PSEUDONYM_BYTES + 4;
const UNCONFIRMED_BYTES = 4;

/** Why a device makes no code. */
export type NoCode =
  | 'no-certificate' // no account, or its certificate is used up: a sync brings one
  | 'expired' // the certificate has run out: a sync brings the next
  | 'clock' // the device's clock is behind the certificate, so it knows no time: a sync sets it
  | 'suspended' // its bank has stopped the device
  | 'pin-locked'
  | 'pin' // a certificate for essentials wants the PIN for each code
  | 'full' // no room in flash to count the code; sync first
  | 'unwritable'; // the flash does not take it

export type MadeCode =
  | { readonly why: NoCode; readonly code?: undefined }
  | { readonly code: AccountCode; readonly why?: undefined };

/** What a code takes of the device whose account it is. */
export interface CodeHost {
  /** 64 bytes: its public half is in the certificate. */
  readonly signingKey: Uint8Array;
  readonly own_s: number;
  readonly pinLocked: boolean;
  readonly isUnwritable: boolean;
  readonly ledger: { readonly suspended: boolean };
  /** Whether there is room beyond what payments and a sync need. */
  fits(entryBytes: number): boolean;
}

/**
 * The account of a device (R28): the certificate that its platform has given it, and the codes that the
 * device makes. A code's number is in flash before anybody sees the code, so none is used twice, whenever
 * power fails. Each certificate has a pseudonym of its own, and its codes are counted from 1: the numbers of
 * one tell nothing of another's.
 */
export class CodeMaker {
  #certificate: AccountCertificate | undefined;
  /** The last code of which pseudonym had which number. */
  #pseudonym: Uint8Array | undefined;
  #counter = 0;
  #unconfirmed = 0;

  constructor(
    private readonly crypto: Crypto,
    private readonly mirrored: MirroredStore,
    private readonly host: CodeHost,
  ) {}

  /** From flash. What does not read counts as absent: a sync brings another certificate. */
  restore(): void {
    const counted = this.mirrored.readIfSound(Key.accountCounter);
    if (counted?.length === COUNTER_BYTES) {
      this.#pseudonym = counted.subarray(0, PSEUDONYM_BYTES);
      this.#counter = getU32(counted, PSEUDONYM_BYTES);
    }
    // Where it does not read, the owner confirms the next code.
    const unconfirmed = this.mirrored.readIfSound(Key.accountUnconfirmed);
    const isLost = !unconfirmed && this.mirrored.has(Key.accountUnconfirmed);
    this.#unconfirmed = unconfirmed ? getU32(unconfirmed, 0) : isLost ? AMOUNT_MAX : 0;
    const bytes = this.mirrored.readIfSound(Key.accountCertificate);
    this.#certificate = bytes && AccountCertificate.parse(bytes);
  }

  /** The certificate that codes are made with, whether it holds now or not. */
  get certificate(): AccountCertificate | undefined {
    const certificate = this.#certificate;
    return certificate && this.#isCounted(certificate) && this.#counter < U32_MAX ? certificate : undefined;
  }

  /** Whether it is time for another certificate: there is none, or less than half of its life is left. */
  get needsCertificate(): boolean {
    return this.certificate?.isAgeing(this.host.own_s) ?? true;
  }

  /**
   * What a sync asks its bank by, while it is time for another certificate: the public key (32), and the
   * pseudonym of the one that is to be replaced, zeros for none (8). Nothing otherwise. Asked by the same
   * bytes the bank gives the same certificate, so a sync that is torn behind its answer costs none.
   */
  get request(): Uint8Array {
    if (!this.needsCertificate) return NOTHING;
    const pseudonym = this.#certificate?.pseudonym ?? new Uint8Array(PSEUDONYM_BYTES);
    return concat(this.host.signingKey.subarray(32), pseudonym);
  }

  /**
   * Takes a certificate that the device's bank has sent. Certificate and counter change together, whenever
   * power fails. True when it is kept, or there is nothing newer in it; false when it is none of this
   * device's key, or there is no room for it. The platform's signature is for those who scan: they alone know
   * its key.
   */
  take(bytes: Uint8Array): boolean {
    const certificate = AccountCertificate.parse(bytes.slice());
    if (!certificate || !sameBytes(certificate.publicKey, this.host.signingKey.subarray(32))) return false;
    const kept = this.certificate;
    if (kept && certificate.notAfter_s <= kept.notAfter_s) return true;
    const isCounted = this.#isCounted(certificate);
    // Its counter was lost: it must never be counted anew.
    if (!isCounted && this.#isKept(certificate)) return true;
    if (!this.mirrored.store.fits([], [COUNTER_BYTES, certificate.bytes.length])) return false;
    const { pseudonym } = certificate;
    const counter = isCounted ? this.#counter : 0;
    this.mirrored.store.batch([
      { key: Key.accountCounter, payload: counterRecord(pseudonym, counter) },
      { key: Key.accountCertificate, payload: certificate.bytes },
    ]);
    this.#certificate = certificate;
    this.#pseudonym = pseudonym;
    this.#counter = counter;
    return true;
  }

  /** Whether each code takes the PIN. */
  get needsPin(): boolean {
    return this.#certificate?.scene === ESSENTIALS_SCENE;
  }

  /** Minor units of codes given in touches since the owner last confirmed one. */
  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /** Why there would be no code now; undefined when there would be one. */
  get refusal(): NoCode | undefined {
    return this.refusalAt(this.host.own_s);
  }

  /** The same at another time. */
  refusalAt(time_s: number): NoCode | undefined {
    const { certificate, host } = this;
    if (!certificate) return 'no-certificate';
    if (time_s < certificate.notBefore_s) return 'clock';
    if (time_s > certificate.notAfter_s) return 'expired';
    if (host.ledger.suspended) return 'suspended';
    if (host.pinLocked) return 'pin-locked';
    if (host.isUnwritable) return 'unwritable';
    return this.mirrored.store.fits([], [COUNTER_BYTES, UNCONFIRMED_BYTES]) && host.fits(0)
      ? undefined
      : 'full';
  }

  /**
   * A fresh code, good for `amount` alone (minor units) where it is given; or why there is none.
   * `isPinGiven`: the user has typed the PIN for it.
   */
  make(amount?: number, isPinGiven = false): MadeCode {
    return this.#make(amount, this.host.own_s, this.#unconfirmed, isPinGiven);
  }

  /**
   * The same in a touch, at a time that both sides may have it. `consent`: what the owner has given for it;
   * where that is nothing, the amount is counted, together with the code's number, whenever power fails.
   */
  give(amount: number, time_s: number, consent: Consent): MadeCode {
    const isConfirmed = consent !== Consent.none;
    const unconfirmed = isConfirmed ? 0 : Math.min(this.#unconfirmed + amount, AMOUNT_MAX);
    return this.#make(amount, time_s, unconfirmed, consent === Consent.pin);
  }

  #make(amount: number | undefined, created_s: number, unconfirmed: number, isPinGiven: boolean): MadeCode {
    const { certificate } = this;
    const refusal = this.refusalAt(created_s);
    if (!certificate || refusal !== undefined) return { why: refusal ?? 'no-certificate' };
    if (this.needsPin && !isPinGiven) return { why: 'pin' };
    const counter = this.#counter + 1;
    const counted = { key: Key.accountCounter, payload: counterRecord(certificate.pseudonym, counter) };
    const isSame = unconfirmed === this.#unconfirmed;
    try {
      const { store } = this.mirrored;
      if (isSame) store.put(counted.key, counted.payload);
      else store.batch([{ key: Key.accountUnconfirmed, payload: u32(unconfirmed) }, counted]);
    } catch (error) {
      if (isUnwritable(error)) return { why: 'unwritable' };
      throw error;
    }
    this.#counter = counter;
    this.#unconfirmed = unconfirmed;
    const fields = { created_s, validity_s: CODE_VALIDITY_S, counter, amount };
    return { code: AccountCode.build(this.crypto, this.host.signingKey, certificate, fields) };
  }

  #isCounted({ pseudonym }: AccountCertificate): boolean {
    return this.#pseudonym !== undefined && sameBytes(this.#pseudonym, pseudonym);
  }

  #isKept({ pseudonym }: AccountCertificate): boolean {
    return this.#certificate !== undefined && sameBytes(this.#certificate.pseudonym, pseudonym);
  }
}

function counterRecord(pseudonym: Uint8Array, counter: number): Uint8Array {
  const record = new Uint8Array(COUNTER_BYTES);
  record.set(pseudonym);
  putU32(record, PSEUDONYM_BYTES, counter);
  return record;
}
