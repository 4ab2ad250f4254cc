import type { Crypto } from '../../hal/crypto.js';
import { sameBytes } from '../bytes.js';
import { HOT_LIST_PART_IDS, HOT_LIST_PARTS_MAX, OPERATORS_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import type { HotList } from '../objects/hot-list.js';
import type { Operator } from '../objects/operator.js';
import { Refusal } from '../protocol/refusal.js';
import { CertificateCache } from './certificate-cache.js';

const ID_BYTES = 8;

declare const genuine: unique symbol;
/**
 * A certificate whose signature `Trust.isGenuine` has found good. Nothing else about a certificate is looked
 * at before.
 */
export type GenuineCertificate = Certificate & { readonly [genuine]: true };

/** Whom this wallet believes: operators endorsed by the root, less the devices on the hot list. */
export class Trust {
  readonly #operators: Operator[] = [];
  /** The newest list, as far as it is here, and the one before it until the newest is here whole. */
  #hotVersion = 0;
  #hotParts: (Uint8Array | undefined)[] = [];
  #hotBefore: (Uint8Array | undefined)[] = [];
  /** Which of two places in flash the newest list has. */
  #hotSet = 0;
  /** The certificate that was found genuine last, if it was not remembered. */
  #news: { certificate: Certificate; hash: Uint8Array } | undefined;

  constructor(
    private readonly crypto: Crypto,
    /** The central bank's Ed25519 public key, 32 bytes. */
    readonly root: Uint8Array,
    readonly certificateCache = new CertificateCache(undefined),
  ) {}

  /** An endorsement replaces an earlier one of the same operator. False when there is no place. */
  addOperator(operator: Operator): boolean {
    const at = this.#operators.findIndex((known) => known.number === operator.number);
    if (at >= 0) this.#operators[at] = operator;
    else if (this.#operators.length < OPERATORS_MAX) this.#operators.push(operator);
    else return false;
    return true;
  }

  /** The place of an operator among those known; where it would go when it is not known. */
  placeOf(operator: Operator): number {
    const at = this.#operators.findIndex((known) => known.number === operator.number);
    return at >= 0 ? at : this.#operators.length;
  }

  operator(number: number): Operator | undefined {
    const operators = this.#operators;
    for (let i = 0; i < operators.length; i++) if (operators[i].number === number) return operators[i];
    return undefined;
  }

  /**
   * An older list holds until a newer one is here whole, so that a torn sync makes nobody trusted. Parts of
   * older lists are ignored.
   */
  addHotList(part: HotList, set = this.#setOf(part)): void {
    if (part.version < this.#hotVersion || part.part >= HOT_LIST_PARTS_MAX) return;
    if (part.version > this.#hotVersion) {
      this.#hotSet = set;
      if (this.#hotBefore.length === 0) this.#hotBefore = this.#hotParts;
      this.#hotParts = [];
    }
    this.#hotVersion = part.version;
    this.#hotParts[part.part] = part.ids.slice();
    let here = 0;
    for (let i = 0; i < part.parts; i++) if (this.#hotParts[i]) here++;
    if (here === part.parts) this.#hotBefore = [];
  }

  /**
   * The place of a part in flash: that of its list, and a newer list never takes the place of the one that
   * holds until it is whole.
   */
  hotPlace(part: HotList): number {
    return this.#setOf(part) * HOT_LIST_PARTS_MAX + part.part;
  }

  #setOf(part: HotList): number {
    const isNewer = part.version > this.#hotVersion;
    return isNewer && this.#hotBefore.length === 0 ? 1 - this.#hotSet : this.#hotSet;
  }

  /** Whether this part, or a newer list, is here already. */
  hasHotList(part: HotList): boolean {
    if (part.version !== this.#hotVersion) return part.version < this.#hotVersion;
    return this.#hotParts[part.part] !== undefined;
  }

  isHot(device: Uint8Array): boolean {
    return this.#hotVersion > 0 && (isListed(this.#hotParts, device) || isListed(this.#hotBefore, device));
  }

  /**
   * The certificate that somebody shows, or why it is not believed: the one way in. The signature comes
   * first, so that whoever made a certificate up learns nothing but that: its dates would bring out our
   * clock, its id our hot list, answer by answer.
   */
  admit(certificate: Certificate, time_s: number): GenuineCertificate | Refusal {
    if (!this.isGenuine(certificate)) return Refusal.certificate;
    return this.checkCertificate(certificate, time_s) ?? certificate;
  }

  /**
   * All but the signature. A wallet's clock is a lower bound, so `notBefore` is not looked at: a
   * wallet whose clock has stood still would refuse everyone who was certified since, its bank among them.
   */
  checkCertificate(certificate: Certificate, time_s: number): Refusal | undefined {
    const operator = this.operator(certificate.issuer);
    if (!operator) return Refusal.certificate;
    if (time_s > certificate.notAfter_s || time_s > operator.notAfter_s) return Refusal.certificateExpired;
    return this.isHot(certificate.id) ? Refusal.hotListed : undefined;
  }

  /**
   * The signature: a hash for a certificate that is remembered, else a verification, also where the operator
   * is not known: then with the root's key, and for nothing. So the work does not tell which operators are
   * known.
   */
  isGenuine(certificate: Certificate): certificate is GenuineCertificate {
    const operator = this.operator(certificate.issuer);
    const key = operator?.key ?? this.root;
    // The key is part of it, so that an operator's new key starts afresh.
    const hash = this.crypto.sha256(certificate.bytes, key);
    const isKnown = this.certificateCache.knows(hash);
    const isGood = (isKnown || certificate.verify(this.crypto, key)) && operator !== undefined;
    this.#news = isGood && !isKnown ? { certificate, hash: hash.slice() } : undefined;
    return isGood;
  }

  /**
   * The certificate that was found genuine last. To be called once its owner has proved its key: what anybody
   * can send leaves no trace.
   */
  remember(certificate: GenuineCertificate): void {
    if (this.#news?.certificate === certificate) this.certificateCache.add(this.#news.hash, certificate);
    this.#news = undefined;
  }
}

export const isRefusal = (admitted: GenuineCertificate | Refusal): admitted is Refusal =>
  typeof admitted === 'number';

function isListed(parts: readonly (Uint8Array | undefined)[], device: Uint8Array): boolean {
  for (const ids of parts) {
    if (!ids) continue;
    for (let at = 0; at < HOT_LIST_PART_IDS * ID_BYTES; at += ID_BYTES) {
      if (ids[at] === device[0] && sameBytes(ids.subarray(at, at + ID_BYTES), device)) return true;
    }
  }
  return false;
}
