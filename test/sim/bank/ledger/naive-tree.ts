import { createHash } from 'node:crypto';

/**
 * Merkle trees word by word as RFC 6962 section 2.1 defines them, over all leaves each time: slow, and
 * nothing of it is shared with the ledger.
 */
const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
};

const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));

export function treeHash(d: readonly Uint8Array[]): Uint8Array {
  if (d.length === 0) return sha256();
  if (d.length === 1) return sha256(Uint8Array.of(0), d[0]);
  const k = split(d.length);
  return sha256(Uint8Array.of(1), treeHash(d.slice(0, k)), treeHash(d.slice(k)));
}

export function auditPath(m: number, d: readonly Uint8Array[]): Uint8Array[] {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k
    ? [...auditPath(m, d.slice(0, k)), treeHash(d.slice(k))]
    : [...auditPath(m - k, d.slice(k)), treeHash(d.slice(0, k))];
}

export const consistencyProof = (m: number, d: readonly Uint8Array[]): Uint8Array[] => subproof(m, d, true);

function subproof(m: number, d: readonly Uint8Array[], b: boolean): Uint8Array[] {
  if (m === d.length) return b ? [] : [treeHash(d)];
  const k = split(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), treeHash(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), treeHash(d.slice(0, k))];
}
