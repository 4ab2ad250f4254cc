/**
 * Proof that a log has signed two histories: two checkpoints of it that cannot both be true. Whoever has the
 * log's key can verify it, and nobody without that key can make one.
 */
import { sameBytes } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';
import { base64, fromBase64 } from './base64.js';
import { type Checkpoint, openCheckpoint } from './checkpoint.js';
import { HASH_BYTES, isConsistent, rootsByProof } from './merkle.js';
import { printNote, type VerifierKey } from './note.js';
import { parseHashes } from './proof.js';
import type { Submission } from './submission.js';

export interface ForkProof {
  /** The smaller tree of the two, as the log has signed it. */
  readonly older: Checkpoint;
  readonly newer: Checkpoint;
  /** Of as many leaves as the older has, in the newer tree: another root than the older's. */
  readonly root: Uint8Array;
  /** From that root to the newer. */
  readonly hashes: readonly Uint8Array[];
}

const HEAD = 'tapnote/fork@v1';

export const printFork = ({ older, newer, root, hashes }: ForkProof): string =>
  [
    HEAD,
    `root ${base64(root)}`,
    ...hashes.map(base64),
    '',
    `${printNote(older.note)}\n${printNote(newer.note)}`,
  ].join('\n');

/** Undefined for what proves nothing against this log. */
export function parseFork(
  crypto: Pick<Crypto, 'sha256' | 'ed25519Verify'>,
  text: string,
  log: VerifierKey,
): ForkProof | undefined {
  const [head, firstText, firstLines, secondText, secondLines, ...more] = text.split('\n\n');
  if (secondLines === undefined || more.length > 0) return undefined;
  const [name, rootLine = '', ...lines] = head.split('\n');
  const root = rootLine.startsWith('root ') ? fromBase64(rootLine.slice(5)) : undefined;
  const hashes = parseHashes(lines);
  const older = openCheckpoint(crypto, `${firstText}\n\n${firstLines}\n`, log);
  const newer = openCheckpoint(crypto, `${secondText}\n\n${secondLines}`, log);
  if (name !== HEAD || root?.length !== HASH_BYTES || !hashes || !older || !newer) return undefined;
  const fork = { older, newer, root, hashes };
  return isContradiction(crypto, fork) ? fork : undefined;
}

/** Whether the newer tree has other leaves in the place of the older's. */
function isContradiction(crypto: Pick<Crypto, 'sha256'>, { older, newer, root, hashes }: ForkProof): boolean {
  return (
    older.size > 0 &&
    !sameBytes(root, older.root) &&
    isConsistent(crypto, { size: older.size, root }, newer, hashes)
  );
}

/**
 * What a refused submission proves, beside the checkpoint that its witness has cosigned. Undefined where the
 * submission does not give away what its tree has in the other's place: a proof from a size that is a power
 * of two does not name that root.
 */
export function forkOf(
  crypto: Pick<Crypto, 'sha256'>,
  older: Checkpoint,
  { checkpoint: newer, hashes }: Submission,
): ForkProof | undefined {
  const isSameSize = older.size === newer.size;
  const root = isSameSize ? newer.root : rootsByProof(crypto, older, newer.size, hashes)?.[0];
  const fork = root && { older, newer, root, hashes: isSameSize ? [] : hashes };
  return fork && isContradiction(crypto, fork) ? fork : undefined;
}
