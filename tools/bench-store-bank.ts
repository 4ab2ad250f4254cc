import { AMOUNT_MAX } from '../firmware/limits.js';
import { Certificate, Role } from '../firmware/note/certificate.js';
import { Note } from '../firmware/note/note.js';
import { Operator } from '../firmware/note/operator.js';
import { type Limits, Profile, ReceivedPolicy } from '../firmware/note/profile.js';
import { Settlement, Standing } from '../firmware/note/settlement.js';
import type { Personalisation, Wallet } from '../firmware/wallet/wallet.js';
import { opensslCrypto } from '../hal/crypto/openssl.js';
import type { Crypto } from '../hal/crypto.js';
import { SimEntropy } from '../sim/chip/entropy.js';

export const START_S = 1_800_000_000;
export const CURRENCY = Uint8Array.of(0x43, 0x4e, 0x59);
const YEAR_S = 365 * 86_400;
/** Longer than any life that is simulated here. */
const CERTIFIED_S = 60 * YEAR_S;
const ISSUER = 7;

/** No limit but the flash. */
const LIMITS: Limits = {
  version: 1,
  paymentMax: AMOUNT_MAX,
  receivedPaymentMax: AMOUNT_MAX,
  dayMax: AMOUNT_MAX,
  balanceMax: AMOUNT_MAX,
  offlineCountMax: AMOUNT_MAX,
  offlineDuration_s: CERTIFIED_S,
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

/**
 * Hashes are real, signatures are not: as long as real ones and made of a hash, and every one is taken for good. What is measured here is
 * what lies in flash, and a life of wallets is some hundred thousand signatures.
 */
export const paperCrypto: Crypto = {
  ...opensslCrypto,
  ed25519Sign(key, message) {
    const signature = new Uint8Array(64);
    signature.set(opensslCrypto.sha256(key, message));
    signature.set(signature.subarray(0, 32), 32);
    return signature;
  },
  ed25519Verify: () => true,
};

/** Somebody else's device, as far as a wallet sees of it in a touch. */
export interface Stranger {
  readonly certificate: Certificate;
  readonly key: Uint8Array;
}

/** A bank without books: it certifies devices, issues notes and settles whatever a wallet has done. */
export class PaperBank {
  readonly crypto = paperCrypto;
  readonly #entropy: SimEntropy;
  readonly #rootKey: Uint8Array;
  readonly #key: Uint8Array;
  readonly #operator: Operator;

  constructor(seed: number) {
    this.#entropy = new SimEntropy(seed, 'paper bank');
    this.#rootKey = this.crypto.ed25519KeyFromSeed(this.random(32));
    this.#key = this.crypto.ed25519KeyFromSeed(this.random(32));
    this.#operator = Operator.build(this.crypto, this.#rootKey, {
      number: ISSUER,
      key: this.#key.subarray(32),
      notBefore_s: START_S - YEAR_S,
      notAfter_s: START_S + CERTIFIED_S,
    });
  }

  random(bytes: number): Uint8Array {
    const random = new Uint8Array(bytes);
    this.#entropy.fill(random);
    return random;
  }

  #certify(signingKey: Uint8Array, agreementKey: Uint8Array): Certificate {
    return Certificate.build(this.crypto, this.#key, {
      id: this.random(8),
      issuer: ISSUER,
      signingKey,
      agreementKey,
      notBefore_s: START_S,
      notAfter_s: START_S + CERTIFIED_S,
      role: Role.person,
      category: 0,
      tier: 1,
    });
  }

  stranger(): Stranger {
    const key = this.random(64);
    return { key, certificate: this.#certify(key.subarray(32), this.random(32)) };
  }

  personalisation(wallet: Wallet): Personalisation {
    const certificate = this.#certify(wallet.publicKey, wallet.agreement.publicKey);
    return {
      root: this.#rootKey.slice(32),
      operators: [this.#operator.bytes],
      certificate: certificate.bytes,
      profile: Profile.build(this.crypto, this.#key, certificate.id, LIMITS).bytes,
      time_s: START_S,
    };
  }

  note(owner: Uint8Array, value: number, expires_s: number): Note {
    return Note.build(this.crypto, this.#key, {
      id: this.random(8),
      issuer: ISSUER,
      value,
      currency: CURRENCY,
      owner,
      issued_s: START_S,
      expires_s,
      hopsMax: 5,
      purpose: 0,
      registry: 1,
    });
  }

  /** For a wallet as it stands, with notes that it has staged. */
  settlement(wallet: Wallet, notes: readonly Note[], time_s: number): Settlement {
    const { ledger } = wallet;
    let notesHash = new Uint8Array(32);
    for (const note of notes) notesHash = this.crypto.sha256(notesHash, note.bytes).slice();
    return Settlement.build(this.crypto, this.#key, {
      device: wallet.certificate.id,
      issuer: ISSUER,
      sequence: ledger.sequence,
      head: ledger.head,
      time_s,
      epoch: ledger.epoch + 1,
      standing: Standing.good,
      retireUntil_s: 0,
      notes: notes.length,
      notesHash,
      resolved: [],
    });
  }
}
