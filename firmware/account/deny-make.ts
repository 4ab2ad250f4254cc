import type { Crypto } from '../../hal/crypto.js';
import { DenyBitmap } from './deny-bitmap.js';
import { deltaBody, serialsBody } from './deny-delta.js';
import { filterBodyOf, missesAmong } from './deny-filter-make.js';
import { DenyKind, DenyPart } from './deny-part.js';
import { SerialSet } from './serial-set.js';

/** What a platform signs: its number, and when. */
export interface DenyEdition {
  /** Above that of every list before. */
  readonly version: number;
  readonly time_s: number;
}

/** Certificates that a platform has issued, by their serial numbers. */
export interface Issued {
  readonly first: number;
  readonly last: number;
}

/**
 * A whole deny list, in signed parts. `denied`: serial numbers, each once, in any order. As a bitmap it
 * covers the certificates of `issued`; as a filter it hits none of them by chance, so that only certificates
 * that are issued later can be hit. Throws RangeError for what does not fit.
 */
export function makeDenyList(
  crypto: Crypto,
  platformKey: Uint8Array,
  edition: DenyEdition,
  kind: Exclude<DenyKind, typeof DenyKind.delta>,
  denied: ArrayLike<number>,
  issued: Issued,
): DenyPart[] {
  const fields = { ...edition, base: 0, kind, count: denied.length };
  return DenyPart.build(crypto, platformKey, fields, bodyOf(kind, denied, issued));
}

function bodyOf(kind: DenyKind, denied: ArrayLike<number>, { first, last }: Issued): Uint8Array {
  if (kind === DenyKind.bitmap) return DenyBitmap.bodyOf(denied, first, last);
  if (kind === DenyKind.list) return serialsBody(denied);
  const among = new Set(Array.from(denied));
  return filterBodyOf(denied, (body) => missesAmong(body, among, first, last));
}

/**
 * A delta from `base`, in signed parts: what is denied now and was not, and the other way round. `count`:
 * certificates that are denied with it. Throws RangeError for more than a terminal takes: then a whole list
 * is due.
 */
export function makeDenyDelta(
  crypto: Crypto,
  platformKey: Uint8Array,
  edition: DenyEdition,
  base: number,
  count: number,
  { added, removed }: { readonly added: ArrayLike<number>; readonly removed: ArrayLike<number> },
): DenyPart[] {
  const fields = { ...edition, base, kind: DenyKind.delta, count };
  const delta = { added: new SerialSet(added), removed: new SerialSet(removed) };
  return DenyPart.build(crypto, platformKey, fields, deltaBody(delta));
}
