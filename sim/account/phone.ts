import type { AccountCertificate } from '../../firmware/account/account-certificate.js';
import { AccountCode } from '../../firmware/account/account-code.js';
import { CODE_VALIDITY_S } from '../../firmware/limits.js';
import type { Crypto } from '../../hal/crypto.js';
import { seededKey } from './seeded-key.js';

export interface PhoneOptions {
  readonly name: string;
  readonly crypto: Crypto;
  /** Everything random of it comes from seed and name. */
  readonly seed: number;
  /** Minor units that a certificate is good for. */
  readonly quota: number;
  /** Number of its user's account at the bank. */
  readonly account: number;
}

/** A user's phone: has an account at a platform, and shows codes that it signs (R28). */
export class Phone {
  readonly name: string;
  readonly quota: number;
  readonly account: number;
  readonly #key: Uint8Array;
  certificate: AccountCertificate | undefined;
  #counter = 0;
  /** What is on its screen. */
  shown: AccountCode | undefined;

  constructor(private readonly options: PhoneOptions) {
    const { name, crypto, seed, quota, account } = options;
    this.name = name;
    this.quota = quota;
    this.account = account;
    this.#key = seededKey(crypto, seed, `phone of ${name}`);
  }

  /** Ed25519, 32 bytes. */
  get publicKey(): Uint8Array {
    return this.#key.slice(32);
  }

  /** Whether it has a certificate that holds. */
  isCertified(now_s: number): boolean {
    return this.certificate !== undefined && now_s <= this.certificate.notAfter_s;
  }

  /** A fresh code by its certificate, for `amount` alone where it is given. */
  show(certificate: AccountCertificate, now_s: number, amount?: number): AccountCode {
    const fields = { created_s: now_s, validity_s: CODE_VALIDITY_S, counter: ++this.#counter, amount };
    this.shown = AccountCode.build(this.options.crypto, this.#key, certificate, fields);
    return this.shown;
  }
}
