import type { Crypto } from '../../hal/crypto.js';
import { sameBytes } from '../bytes.js';
import { HOT_LIST_PARTS_MAX, OPERATORS_MAX } from '../limits.js';
import type { Certificate } from '../objects/certificate.js';
import { HotList } from '../objects/hot-list.js';
import { Operator } from '../objects/operator.js';
import { Key } from '../store/keys.js';
import { type MirroredStore, writesOf } from '../store/mirrored-store.js';
import type { Write } from '../store/store.js';
import { CertificateCache } from './certificate-cache.js';
import { isRefusal, Trust } from './trust.js';

/**
 * Whom the wallet believes, as it lies in flash; undefined before personalisation. Signatures were checked
 * before it was stored.
 */
export function restoreTrust(crypto: Crypto, mirrored: MirroredStore): Trust | undefined {
  const root = mirrored.read(Key.root);
  if (!root) return undefined;
  const trust = new Trust(crypto, root, new CertificateCache(mirrored));
  for (let place = 0; place < OPERATORS_MAX; place++) {
    const bytes = mirrored.readIfSound(Key.operators + place);
    const operator = bytes && Operator.parse(bytes);
    if (operator) trust.addOperator(operator, place);
  }
  restoreHotLists(trust, mirrored);
  return trust;
}

/** The older list first, as they came. */
function restoreHotLists(trust: Trust, mirrored: MirroredStore): void {
  const lists = [0, 1].map((set) => {
    const parts: HotList[] = [];
    for (let part = 0; part < HOT_LIST_PARTS_MAX; part++) {
      const bytes = mirrored.readIfSound(Key.hotLists + set * HOT_LIST_PARTS_MAX + part);
      const list = bytes && HotList.parse(bytes);
      if (list) parts.push(list);
    }
    return { set, parts: parts.sort((a, b) => a.version - b.version) };
  });
  const newest = (parts: readonly HotList[]) => (parts.length === 0 ? 0 : parts[parts.length - 1].version);
  lists.sort((a, b) => newest(a.parts) - newest(b.parts));
  for (const { set, parts } of lists) for (const part of parts) trust.addHotList(part, set);
}

/** What personalisation keeps of it: the root's key (32) and the operators, as signed. */
export function writesOfTrust(root: Uint8Array, operators: readonly Uint8Array[]): Write[] {
  const writes = operators.map((payload, place): Write => ({ key: Key.operators + place, payload }));
  return [...writes, ...writesOf(Key.root, root)];
}

/**
 * Takes in an operator, or a part of the hot list, that a sync has brought, and keeps it in flash. False when
 * it is neither, or not signed: an operator by the root, a hot list by the device's own operator
 * (number `issuer`).
 */
export function takeTrustObject(
  crypto: Crypto,
  mirrored: MirroredStore,
  trust: Trust,
  issuer: number,
  bytes: Uint8Array,
): boolean {
  const operator = Operator.parse(bytes);
  if (operator) return takeOperator(crypto, mirrored, trust, operator);
  const hotList = HotList.parse(bytes);
  const signer = hotList && trust.operator(issuer, hotList.endorsement);
  if (!signer || !hotList.verify(crypto, signer.key)) return false;
  if (trust.hasHotList(hotList)) return true;
  mirrored.write(Key.hotLists + trust.hotPlace(hotList), bytes);
  trust.addHotList(hotList);
  return true;
}

/**
 * Whether a bank is believed that shows this certificate, and `shown`, the root's endorsement of the key that
 * has signed it, or nothing: a wallet that was away for long may not know it yet. Kept is what both the root
 * and that key have signed: what anybody makes up leaves no trace.
 */
export function admitsBank(
  crypto: Crypto,
  mirrored: MirroredStore,
  trust: Trust,
  bank: Certificate,
  shown: Uint8Array,
  own_s: number,
): boolean {
  const known = trust.operator(bank.issuer, bank.endorsement);
  if (known || shown.length === 0) return !isRefusal(trust.admit(bank, own_s));
  const operator = Operator.parse(shown.slice());
  const isIts = operator?.number === bank.issuer && operator.version === bank.endorsement;
  if (!isIts || !operator.verify(crypto, trust.root) || !bank.verify(crypto, operator.key)) return false;
  keepOperator(mirrored, trust, operator);
  return trust.checkCertificate(bank, own_s) === undefined;
}

function takeOperator(crypto: Crypto, mirrored: MirroredStore, trust: Trust, operator: Operator): boolean {
  const known = trust.operator(operator.number, operator.version);
  if (known && sameBytes(known.bytes, operator.bytes)) return true;
  if (!operator.verify(crypto, trust.root)) return false;
  keepOperator(mirrored, trust, operator);
  return true;
}

/** Without a place it is passed over: the rest of what the bank has sent counts, and money comes. */
function keepOperator(mirrored: MirroredStore, trust: Trust, operator: Operator): void {
  const place = trust.placeOf(operator);
  if (place < 0) return;
  mirrored.write(Key.operators + place, operator.bytes);
  trust.addOperator(operator, place);
}
