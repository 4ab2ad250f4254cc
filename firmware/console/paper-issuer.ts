import type { Crypto } from '../../hal/crypto.js';
import { AMOUNT_MAX } from '../limits.js';
import { Certificate, Role } from '../note/certificate.js';
import { Note } from '../note/note.js';
import { Operator } from '../note/operator.js';
import { Profile, ReceivedPolicy } from '../note/profile.js';
import { Settlement, Standing } from '../note/settlement.js';
import type { Wallet } from '../wallet/wallet.js';

const NOW_S = 1_800_000_000;
const YEAR_S = 365 * 86_400;
const NUMBER = 1;
/** XXX, "no currency" in ISO 4217: no money of this issuer can be taken for any. */
const CURRENCY = Uint8Array.of(0x58, 0x58, 0x58);

/** An issuer of play money, whose keys anybody can have: for a payment that a device makes to itself to measure it. */
export class PaperIssuer {
  readonly #rootKey: Uint8Array;
  readonly #key: Uint8Array;
  readonly #operator: Operator;
  #made = 0;

  constructor(private readonly crypto: Crypto) {
    this.#rootKey = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(1)).slice();
    this.#key = crypto.ed25519KeyFromSeed(new Uint8Array(32).fill(2)).slice();
    this.#operator = Operator.build(crypto, this.#rootKey, {
      number: NUMBER,
      key: this.#key.subarray(32),
      notBefore_s: NOW_S - YEAR_S,
      notAfter_s: NOW_S + YEAR_S,
    });
  }

  /** Makes a blank wallet one that holds notes of these values. */
  endow(wallet: Wallet, values: readonly number[]): void {
    wallet.makeKeys(CURRENCY);
    const id = this.#id();
    const certificate = Certificate.build(this.crypto, this.#key, {
      id,
      issuer: NUMBER,
      signingKey: wallet.publicKey,
      agreementKey: wallet.agreement.publicKey,
      notBefore_s: NOW_S - YEAR_S,
      notAfter_s: NOW_S + YEAR_S,
      role: Role.person,
      category: 0,
      tier: 1,
    });
    wallet.personalise({
      root: this.#rootKey.slice(32),
      operators: [this.#operator.bytes],
      certificate: certificate.bytes,
      profile: this.#profile(id),
      time_s: NOW_S,
    });
    this.#settle(wallet, values);
  }

  #profile(id: Uint8Array): Uint8Array {
    return Profile.build(this.crypto, this.#key, id, {
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
    }).bytes;
  }

  #settle(wallet: Wallet, values: readonly number[]): void {
    let notesHash = new Uint8Array(32);
    wallet.clearStage();
    for (const value of values) {
      const { bytes } = this.#note(wallet.certificate.id, value);
      wallet.takeNote(bytes);
      notesHash = this.crypto.sha256(notesHash, bytes).slice();
    }
    const settlement = Settlement.build(this.crypto, this.#key, {
      device: wallet.certificate.id,
      issuer: NUMBER,
      sequence: wallet.ledger.sequence,
      head: wallet.ledger.head,
      time_s: NOW_S,
      epoch: wallet.ledger.epoch + 1,
      standing: Standing.good,
      retireUntil_s: 0,
      notes: values.length,
      notesHash,
      resolved: [],
    });
    wallet.setTime(NOW_S);
    wallet.commit({ kind: 'settled', settlement }, false);
    wallet.tidy();
  }

  #note(owner: Uint8Array, value: number): Note {
    return Note.build(this.crypto, this.#key, {
      id: this.#id(),
      issuer: NUMBER,
      value,
      currency: CURRENCY,
      owner,
      issued_s: NOW_S,
      expires_s: NOW_S + YEAR_S,
      hopsMax: 5,
      purpose: 0,
      registry: 1,
    });
  }

  #id(): Uint8Array {
    return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, ++this.#made);
  }
}
