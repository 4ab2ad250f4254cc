import { AccountCertificate, PSEUDONYM_BYTES } from '../../firmware/account/account-certificate.js';
import { AccountCode } from '../../firmware/account/account-code.js';
import { CODE_VALIDITY_S } from '../../firmware/limits.js';
import type { Crypto } from '../../hal/crypto.js';
import { SimEntropy } from '../chip/entropy.js';

const DAY_S = 86_400;
/** How long a certificate holds: a phone meets its platform every few days. */
const CERTIFIED_S = 3 * DAY_S;
const SEED_BYTES = 32;

export interface PhoneOptions {
  readonly name: string;
  readonly crypto: Crypto;
  /** Everything random of it comes from seed and name. */
  readonly seed: number;
  /** Minor units that a certificate is good for. */
  readonly quota: number;
  readonly tier: number;
  readonly scene: number;
}

/** A user's phone: has an account at a platform, and shows codes that it signs (R28). */
export class Phone {
  readonly name: string;
  readonly quota: number;
  readonly #random: SimEntropy;
  readonly #key: Uint8Array;
  #certificate: AccountCertificate | undefined;
  #counter = 0;
  /** What is on its screen. */
  shown: AccountCode | undefined;

  constructor(private readonly options: PhoneOptions) {
    const { name, crypto, seed, quota } = options;
    this.name = name;
    this.quota = quota;
    this.#random = new SimEntropy(seed, `phone of ${name}`);
    this.#key = crypto.ed25519KeyFromSeed(this.#draw(SEED_BYTES));
  }

  /**
   * A fresh code, for `amount` alone where it is given. Its platform, whose key (64 bytes) certifies it, is
   * asked for a new certificate when there is none that holds.
   */
  show(platformKey: Uint8Array, serials: () => number, now_s: number, amount?: number): AccountCode {
    const { crypto, quota, tier, scene } = this.options;
    if (!this.#certificate || now_s > this.#certificate.notAfter_s) {
      this.#certificate = AccountCertificate.build(crypto, platformKey, {
        pseudonym: this.#draw(PSEUDONYM_BYTES),
        publicKey: this.#key.subarray(32),
        notBefore_s: now_s,
        notAfter_s: now_s + CERTIFIED_S,
        quota,
        tier,
        scene,
        serial: serials(),
      });
    }
    const fields = { created_s: now_s, validity_s: CODE_VALIDITY_S, counter: ++this.#counter, amount };
    this.shown = AccountCode.build(crypto, this.#key, this.#certificate, fields);
    return this.shown;
  }

  #draw(bytes: number): Uint8Array {
    const drawn = new Uint8Array(bytes);
    this.#random.fill(drawn);
    return drawn;
  }
}
