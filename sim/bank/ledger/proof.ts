/** Proofs that an entry is in a log, to be kept and verified by keys alone (C2SP tlog-proof). */
import type { Crypto } from '../../../hal/crypto.js';
import { base64, fromBase64 } from './base64.js';
import { parseSize } from './checkpoint.js';
import { HASH_BYTES, isIncluded, leafHash, PROOF_HASHES_MAX } from './merkle.js';
import { type Believed, believe, type Doubt, type Policy } from './policy.js';

const HEAD = 'c2sp.org/tlog-proof@v1';
/** Of a proof with many cosignatures. */
export const PROOF_CHARACTERS_MAX = 16_384;

export interface TlogProof {
  /** Of the application's choice, and proved by nothing: here, entry and opening. */
  readonly extra: Uint8Array;
  /** Of the entry, from 0. */
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** As the log published it, cosignatures and all. */
  readonly checkpoint: string;
}

export const printProof = ({ extra, index, hashes, checkpoint }: TlogProof): string =>
  [HEAD, `extra ${base64(extra)}`, `index ${index}`, ...hashes.map(base64), '', checkpoint].join('\n');

/** Undefined for what is no proof, or has no extra data. Nothing is verified. */
export function parseProof(text: string): TlogProof | undefined {
  const end = text.indexOf('\n\n');
  if (end < 0 || text.length > PROOF_CHARACTERS_MAX) return undefined;
  const [head, extraLine = '', indexLine = '', ...lines] = text.slice(0, end).split('\n');
  const extra = extraLine.startsWith('extra ') ? fromBase64(extraLine.slice(6)) : undefined;
  const index = indexLine.startsWith('index ') ? parseSize(indexLine.slice(6)) : undefined;
  const hashes = parseHashes(lines);
  if (head !== HEAD || !extra || index === undefined || !hashes) return undefined;
  return { extra, index, hashes, checkpoint: text.slice(end + 2) };
}

/** Lines of a Merkle proof; undefined when one is no hash, or there are too many. */
export function parseHashes(lines: readonly string[]): Uint8Array[] | undefined {
  const hashes = lines.map(fromBase64);
  const areHashes = hashes.every((hash): hash is Uint8Array => hash?.length === HASH_BYTES);
  return areHashes && hashes.length <= PROOF_HASHES_MAX ? hashes : undefined;
}

/** Whether the log of a policy has `entry`; `inclusion`: its checkpoint is good, and the entry not there. */
export function verifyProof(
  crypto: Pick<Crypto, 'sha256' | 'ed25519Verify'>,
  policy: Policy,
  { index, hashes, checkpoint: text }: TlogProof,
  entry: Uint8Array,
): Believed | Doubt | 'inclusion' {
  const believed = believe(crypto, policy, text);
  if (typeof believed === 'string') return believed;
  const { size, root } = believed.checkpoint;
  const leaf = leafHash(crypto, entry);
  return isIncluded(crypto, { index, size, leaf, root }, hashes) ? believed : 'inclusion';
}
