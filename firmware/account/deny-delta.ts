import { concat, getU32, putU32, u32 } from '../bytes.js';
import { ACCOUNT_SERIALS_MAX } from '../limits.js';
import { SerialSet } from './serial-set.js';

/** Serial numbers of 4 bytes each, ascending: the body of a list. Throws RangeError for too many. */
export function serialsBody(serials: ArrayLike<number>): Uint8Array {
  const { sorted } = new SerialSet(serials);
  const body = new Uint8Array(4 * sorted.length);
  for (let i = 0; i < sorted.length; i++) putU32(body, 4 * i, sorted[i]);
  return body;
}

/** Undefined when they are too many, not ascending, or cut. */
export function loadSerials(body: Uint8Array): SerialSet | undefined {
  const count = body.length / 4;
  if (!Number.isInteger(count) || count > ACCOUNT_SERIALS_MAX) return undefined;
  const serials = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    serials[i] = getU32(body, 4 * i);
    if (i > 0 && serials[i] <= serials[i - 1]) return undefined;
  }
  return new SerialSet(serials);
}

/** What has changed since a version: two sets without a common number. */
export interface DenyDelta {
  readonly added: SerialSet;
  readonly removed: SerialSet;
}
export const NO_DELTA: DenyDelta = { added: new SerialSet([]), removed: new SerialSet([]) };

/** Body: how many are added (4), the added ones, the removed ones; each list ascending. */
export function deltaBody({ added, removed }: DenyDelta): Uint8Array {
  return concat(u32(added.sorted.length), serialsBody(added.sorted), serialsBody(removed.sorted));
}

/** Undefined when it is no delta: cut, too long, out of order, a number that is both added and removed. */
export function loadDelta(body: Uint8Array): DenyDelta | undefined {
  if (body.length < 4) return undefined;
  const end = 4 + 4 * getU32(body, 0);
  if (end > body.length) return undefined;
  const added = loadSerials(body.subarray(4, end));
  const removed = loadSerials(body.subarray(end));
  if (!added || !removed) return undefined;
  for (let i = removed.sorted.length - 1; i >= 0; i--) if (added.has(removed.sorted[i])) return undefined;
  return { added, removed };
}

/**
 * Both deltas, one after the other, as one. Undefined when it is more than ACCOUNT_SERIALS_MAX either way.
 */
export function joinDeltas(first: DenyDelta, second: DenyDelta): DenyDelta | undefined {
  const added = union(first.added, second.removed, second.added);
  const removed = union(first.removed, second.added, second.removed);
  return added && removed && { added, removed };
}

/** What is in `kept` and not in `without`, and what is in `more`. */
function union(kept: SerialSet, without: SerialSet, more: SerialSet): SerialSet | undefined {
  const left = kept.sorted.filter((serial) => !without.has(serial) && !more.has(serial));
  const { length } = left;
  if (length + more.sorted.length > ACCOUNT_SERIALS_MAX) return undefined;
  const all = new Uint32Array(length + more.sorted.length);
  all.set(left);
  all.set(more.sorted, length);
  return new SerialSet(all);
}
