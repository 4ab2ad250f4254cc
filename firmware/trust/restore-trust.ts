import type { Crypto } from '../../hal/crypto.js';
import { HOT_LIST_PARTS_MAX, OPERATORS_MAX } from '../limits.js';
import { HotList } from '../objects/hot-list.js';
import { Operator } from '../objects/operator.js';
import { Key } from '../store/keys.js';
import type { MirroredStore } from '../store/mirrored-store.js';
import { CertificateCache } from './certificate-cache.js';
import { Trust } from './trust.js';

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
    if (operator) trust.addOperator(operator);
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
