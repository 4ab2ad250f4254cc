/** Merkle trees as RFC 6962 section 2.1 hashes them, and proofs as RFC 9162 section 2.1 verifies them. */
import { behind, sameBytes } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';

export type Sha256 = Pick<Crypto, 'sha256'>;

export const HASH_BYTES = 32;
/** More hashes are in no proof, however large its tree is. */
export const PROOF_HASHES_MAX = 63;

const LEAF = 0;
const NODE = 1;

const emptyRoot = (crypto: Sha256): Uint8Array => crypto.sha256(new Uint8Array(0));

export const leafHash = (crypto: Sha256, entry: Uint8Array): Uint8Array => crypto.sha256(behind(LEAF, entry));

export function nodeHash(crypto: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  const node = new Uint8Array(1 + 2 * HASH_BYTES);
  node[0] = NODE;
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return crypto.sha256(node);
}

/** The root over roots of perfect trees, of which each is smaller than the one before it. */
export function rootOfPeaks(crypto: Sha256, peaks: readonly Uint8Array[]): Uint8Array {
  if (peaks.length === 0) return emptyRoot(crypto);
  return peaks.reduceRight((right, left) => nodeHash(crypto, left, right));
}

/** The perfect trees that hashes side by side are made of, the largest first. */
export function peaksOf(crypto: Sha256, hashes: readonly Uint8Array[]): Uint8Array[] {
  const peaks: Uint8Array[] = [];
  let at = 0;
  while (at < hashes.length) {
    const width = largestPower(hashes.length - at);
    peaks.push(perfectRoot(crypto, hashes.slice(at, at + width)));
    at += width;
  }
  return peaks;
}

/** Of a power of two of hashes. */
export function perfectRoot(crypto: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, i) => nodeHash(crypto, row[2 * i], row[2 * i + 1]));
  return row[0];
}

/** The largest power of two that is not above `count`, from 1 on. */
export function largestPower(count: number): number {
  let power = 1;
  while (power * 2 <= count) power *= 2;
  return power;
}

const isOdd = (value: number): boolean => value % 2 === 1;
const half = (value: number): number => Math.floor(value / 2);

/** Whether `proof` shows that a tree of `size` leaves with this root has `leaf` at `index`. */
export function isIncluded(
  crypto: Sha256,
  { index, size, leaf, root }: { index: number; size: number; leaf: Uint8Array; root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (index >= size) return false;
  let [at, last] = [index, size - 1];
  let hash = leaf;
  for (const other of proof) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      hash = nodeHash(crypto, other, hash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else hash = nodeHash(crypto, hash, other);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && sameBytes(hash, root);
}

/** A tree by its size and its root. */
export interface TreeHead {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/**
 * Whether `proof` shows that `newer` only adds leaves to `older`. An empty tree is a part of every other, and
 * needs no proof.
 */
export function isConsistent(
  crypto: Sha256,
  older: TreeHead,
  newer: TreeHead,
  proof: readonly Uint8Array[],
): boolean {
  if (older.size > newer.size) return false;
  if (older.size === 0) return proof.length === 0 && sameBytes(older.root, emptyRoot(crypto));
  if (older.size === newer.size) return proof.length === 0 && sameBytes(older.root, newer.root);
  const [before, after] = rootsByProof(crypto, older, newer.size, proof) ?? [];
  return before !== undefined && sameBytes(before, older.root) && sameBytes(after!, newer.root);
}

/**
 * The roots of `older.size` and of `size` leaves that a proof between the two speaks of. Where the older size
 * is a power of two, its root is no part of the proof: it is taken from `older`. Undefined for a proof of
 * another length.
 */
export function rootsByProof(
  crypto: Sha256,
  older: TreeHead,
  size: number,
  proof: readonly Uint8Array[],
): [Uint8Array, Uint8Array] | undefined {
  if (older.size === 0 || older.size >= size || proof.length > PROOF_HASHES_MAX) return undefined;
  const isPower = largestPower(older.size) === older.size;
  const [first, ...rest] = isPower ? [older.root, ...proof] : proof;
  if (first === undefined) return undefined;
  let [at, last] = [older.size - 1, size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  let [before, after] = [first, first];
  for (const other of rest) {
    if (last === 0) return undefined;
    if (isOdd(at) || at === last) {
      before = nodeHash(crypto, other, before);
      after = nodeHash(crypto, other, after);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else after = nodeHash(crypto, after, other);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? [before, after] : undefined;
}
