/** What a log asks a witness: `add-checkpoint` of C2SP tlog-witness. */
import { base64 } from './base64.js';
import { type Checkpoint, parseCheckpoint, parseSize } from './checkpoint.js';
import { parseHashes } from './proof.js';

export interface Submission {
  /** Size of the checkpoint that the witness has cosigned last. */
  readonly old: number;
  /** That the new tree continues that one. */
  readonly hashes: readonly Uint8Array[];
  readonly checkpoint: Checkpoint;
  /** The checkpoint, as it came. */
  readonly note: string;
}

export const printSubmission = (old: number, hashes: readonly Uint8Array[], note: string): string =>
  [`old ${old}`, ...hashes.map(base64), '', note].join('\n');

/** Undefined for what is no submission. Nothing is verified. */
export function parseSubmission(text: string): Submission | undefined {
  const end = text.indexOf('\n\n');
  if (end < 0) return undefined;
  const [first, ...lines] = text.slice(0, end).split('\n');
  const old = first.startsWith('old ') ? parseSize(first.slice(4)) : undefined;
  const note = text.slice(end + 2);
  const [hashes, checkpoint] = [parseHashes(lines), parseCheckpoint(note)];
  return old === undefined || !hashes || !checkpoint ? undefined : { old, hashes, checkpoint, note };
}
