import type { Crypto } from '../../hal/crypto.js';
import { NOTHING, sameBytes } from '../bytes.js';
import { HOT_LIST_PART_IDS, HOT_LIST_PARTS_MAX, OPERATORS_MAX } from '../limits.js';
import { type Certificate, Role } from '../objects/certificate.js';
import type { HotList } from '../objects/hot-list.js';
import type { Operator } from '../objects/operator.js';
import { Refusal } from '../protocol/refusal.js';
import { CERTIFICATE_NAME_BYTES } from '../protocol/shown-certificate.js';
import { CertificateCache } from './certificate-cache.js';

const ID_BYTES = 8;

/** Places of `ed25519Prepare`: our operator's key, and that of whom we deal with. */
export const KeyPlace = { operator: 0, counterpart: 1 } as const;

declare const genuine: unique symbol;
/**
 * A certificate whose signature `Trust.isGenuine` has found good. Nothing else about a certificate is looked
 * at before.
 */
export type GenuineCertificate = Certificate & { readonly [genuine]: true };

/** Whom this wallet believes: operators endorsed by the root, less the devices on the hot list. */
export class Trust {
  /** By their places in flash. */
  readonly #operators: (Operator | undefined)[] = [];
  /** The newest list, as far as it is here, and the one before it until the newest is here whole. */
  #hotVersion = 0;
  #hotParts: (Uint8Array | undefined)[] = [];
  #hotBefore: (Uint8Array | undefined)[] = [];
  /** Which of two places in flash the newest list has. */
  #hotSet = 0;
  /** Whose key was prepared. */
  #prepared: Operator | undefined;
  /** The certificate that was found genuine last. */
  #last: { certificate: Certificate; hash: Uint8Array; isKnown: boolean } | undefined;

  constructor(
    private readonly crypto: Crypto,
    /** The central bank's Ed25519 public key, 32 bytes. */
    readonly root: Uint8Array,
    readonly certificateCache = new CertificateCache(undefined),
  ) {}

  /** Nothing happens where there is no place. */
  addOperator(operator: Operator, place = this.placeOf(operator)): void {
    if (place >= 0) this.#operators[place] = operator;
  }

  /**
   * Where an endorsement goes: in the place of one of the same operator and version; else in a free one; else
   * in that of the one that ends first, of those that end before it and of whose operator a newer one is
   * here. -1 when there is none.
   */
  placeOf(operator: Operator): number {
    const { number, version } = operator;
    let free = -1;
    let ends = -1;
    let ends_s = operator.notAfter_s;
    for (let place = OPERATORS_MAX - 1; place >= 0; place--) {
      const known = this.#operators[place];
      if (known === undefined) free = place;
      else if (known.number === number && known.version === version) return place;
      else if (known.notAfter_s < ends_s && this.#hasNewer(known, operator)) {
        ends = place;
        ends_s = known.notAfter_s;
      }
    }
    return free >= 0 ? free : ends;
  }

  #hasNewer(known: Operator, coming: Operator): boolean {
    if (coming.number === known.number && coming.version > known.version) return true;
    return this.#operators.some((other) => other?.number === known.number && other.version > known.version);
  }

  /** Operator `number`, as that of its endorsements which has this version. */
  operator(number: number, version: number): Operator | undefined {
    const operators = this.#operators;
    for (let i = 0; i < operators.length; i++) {
      const known = operators[i];
      if (known?.number === number && known.version === version) return known;
    }
    return undefined;
  }

  /**
   * For the time between touches: what is remembered is read, and the newest key of our own operator is made
   * ready for verifying what it has signed. `own`: our certificate. One of another operator then takes
   * longer. Where there is another, that would tell a reader without a key whose device this is: so it is
   * done only for a device that is no person's, which shows its certificate to everybody.
   */
  makeReady(own: Certificate | undefined): void {
    this.certificateCache.load();
    if (!own) return;
    const operators = this.#operators;
    let newest: Operator | undefined;
    let isAlone = true;
    for (let i = 0; i < operators.length; i++) {
      const known = operators[i];
      if (known === undefined) continue;
      if (known.number !== own.issuer) isAlone = false;
      else if (newest === undefined || known.version > newest.version) newest = known;
    }
    const chosen = isAlone || own.role !== Role.person ? newest : undefined;
    if (chosen === this.#prepared) return;
    this.#prepared = chosen;
    this.crypto.ed25519Prepare(chosen?.key ?? NOTHING, KeyPlace.operator);
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
   * All but the signature. A wallet's clock is a lower bound, so no date of beginning is looked at: a
   * wallet whose clock has stood still would refuse everyone who was certified since, its bank among them.
   */
  checkCertificate(certificate: Certificate, time_s: number): Refusal | undefined {
    const operator = this.operator(certificate.issuer, certificate.endorsement);
    if (!operator) return Refusal.certificate;
    if (time_s > certificate.notAfter_s || time_s > operator.notAfter_s) return Refusal.certificateExpired;
    return this.isHot(certificate.id) ? Refusal.hotListed : undefined;
  }

  /**
   * The signature: a hash for a certificate that is remembered, else a verification, also where the operator
   * is not known: then with the key that was prepared, or the root's, and for nothing. So the work does not
   * tell which operators are known.
   */
  isGenuine(certificate: Certificate): certificate is GenuineCertificate {
    const operator = this.operator(certificate.issuer, certificate.endorsement);
    const key = (operator ?? this.#prepared)?.key ?? this.root;
    // The key is part of it, so that an operator's new key starts afresh.
    const hash = this.crypto.sha256(certificate.bytes, key);
    const isKnown = this.certificateCache.knows(hash);
    const isGood = (isKnown || certificate.verify(this.crypto, key)) && operator !== undefined;
    this.#last = isGood ? { certificate, hash: hash.slice(), isKnown } : undefined;
    return isGood;
  }

  /**
   * The certificate that was found genuine last. To be called once its owner has proved its key: what anybody
   * can send leaves no trace.
   */
  remember(certificate: GenuineCertificate): void {
    const last = this.#last;
    if (last?.certificate === certificate && !last.isKnown) this.certificateCache.add(last.hash, certificate);
    this.#last = undefined;
  }

  /** Whether a certificate that was found genuine last had been remembered before. */
  knew(certificate: GenuineCertificate): boolean {
    return this.#last?.certificate === certificate && this.#last.isKnown;
  }

  /**
   * What a certificate of ours is called between acquaintances, 8 bytes: the beginning of the hash under
   * which it is remembered, SHA-256 of the certificate and its issuer's key.
   */
  nameOf(certificate: Certificate): Uint8Array {
    const operator = this.operator(certificate.issuer, certificate.endorsement);
    return this.crypto.sha256(certificate.bytes, operator?.key ?? this.root).slice(0, CERTIFICATE_NAME_BYTES);
  }

  /** The certificate of that name, as far as it is remembered. */
  recall(name: Uint8Array): Certificate | undefined {
    return this.certificateCache.recall(name);
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
