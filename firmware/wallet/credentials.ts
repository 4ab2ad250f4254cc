import type { Crypto } from '../../hal/crypto.js';
import { Certificate } from '../objects/certificate.js';
import type { Operator } from '../objects/operator.js';
import { type Limits, Profile } from '../objects/profile.js';
import { Key, nameOfKey } from '../store/keys.js';
import { type MirroredStore, writesOf } from '../store/mirrored-store.js';
import type { Write } from '../store/store.js';
import type { Trust } from '../trust/trust.js';
import { admitsBank, restoreTrust, takeTrustObject, writesOfTrust } from '../trust/trust-store.js';
import { isProfileOf, isRenewalOf, type Personalisation } from './personalisation.js';
import { WalletError } from './wallet-error.js';

/** What banks have given a wallet besides money: whom it believes, who it is, and its limits. */
export class Credentials {
  #trust: Trust | undefined;
  #limits: Limits | undefined;
  #certificate: Certificate | undefined;

  constructor(
    private readonly crypto: Crypto,
    private readonly mirrored: MirroredStore,
  ) {}

  /** From flash. The certificate is written last, and makes a wallet of a blank device. */
  restore(): void {
    const { mirrored } = this;
    this.#trust = restoreTrust(this.crypto, mirrored);
    if (!this.#trust) return;
    this.#limits = this.#kept(Key.profile, Profile.parse)?.limits();
    this.#certificate = this.#kept(Key.certificate, Certificate.parse);
  }

  /**
   * Throws WalletError `damaged` for one that is there and is not what it should be: a wallet must never pass
   * for a blank device.
   */
  #kept<T>(key: number, parse: (bytes: Uint8Array) => T | undefined): T | undefined {
    const bytes = this.mirrored.read(key);
    const value = bytes && parse(bytes);
    if (bytes && !value) throw new WalletError('damaged', `flash: ${nameOfKey(key)} is none`);
    return value;
  }

  /** What personalisation keeps, around what else it keeps. */
  static writesOf(given: Personalisation, besides: readonly Write[]): Write[] {
    return [
      ...writesOfTrust(given.root, given.operators),
      ...besides,
      ...writesOf(Key.profile, given.profile),
      ...writesOf(Key.certificate, given.certificate),
    ];
  }

  get isCertified(): boolean {
    return this.#certificate !== undefined;
  }
  /** The last second of the certificate; 0 without one. */
  get until_s(): number {
    return this.#certificate?.notAfter_s ?? 0;
  }
  /** These throw WalletError `state` on a device that is not personalised. */
  get certificate(): Certificate {
    return this.#certificate ?? lacks('a certificate');
  }
  get trust(): Trust {
    return this.#trust ?? lacks('a root key');
  }
  get limits(): Limits {
    return this.#limits ?? lacks('a profile');
  }

  /** For the time before a touch. */
  makeReady(): void {
    this.#trust?.makeReady(this.#certificate);
    // A certificate keeps its compact form once it was asked for.
    void this.#certificate?.compact;
  }

  /** Our own operator, as that of its endorsements that an object names. */
  ownOperator({ endorsement }: { readonly endorsement: number }): Operator | undefined {
    return this.trust.operator(this.certificate.issuer, endorsement);
  }

  /**
   * Whether the bank that shows this certificate is believed; `endorsement`: of its key, or nothing. What
   * there is to keep of that is in flash then.
   */
  admitsBank(bank: Certificate, endorsement: Uint8Array, own_s: number): boolean {
    return admitsBank(this.crypto, this.mirrored, this.trust, bank, endorsement, own_s);
  }

  /**
   * Stores a newer profile, operator or part of the hot list, or a certificate of ours that was renewed;
   * false for one its issuer has not signed.
   */
  take(bytes: Uint8Array): boolean {
    const renewed = Certificate.parse(bytes);
    if (renewed) return this.#takeCertificate(renewed);
    const profile = Profile.parse(bytes);
    if (profile) return this.#takeProfile(profile);
    return takeTrustObject(this.crypto, this.mirrored, this.trust, this.certificate.issuer, bytes);
  }

  #takeProfile(profile: Profile): boolean {
    const issuer = this.ownOperator(profile);
    if (!issuer || !isProfileOf(this.crypto, profile, this.certificate.id, issuer)) return false;
    const limits = profile.limits();
    if (limits.version <= this.limits.version) return true;
    this.mirrored.write(Key.profile, profile.bytes);
    this.#limits = limits;
    return true;
  }

  /** In force at once: it says of us what the one before said, and for longer. */
  #takeCertificate(renewed: Certificate): boolean {
    const { certificate } = this;
    const issuer = this.ownOperator(renewed);
    if (!issuer || !isRenewalOf(certificate, renewed) || !renewed.verify(this.crypto, issuer.key))
      return false;
    if (renewed.notAfter_s <= certificate.notAfter_s) return true;
    this.mirrored.write(Key.certificate, renewed.bytes);
    this.#certificate = renewed;
    return true;
  }
}

function lacks(what: string): never {
  throw new WalletError('state', `the device has not got ${what}`);
}
