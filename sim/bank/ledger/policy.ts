/** Whom to believe about a log: its key, its witnesses, and how many of them (C2SP tlog-policy). */
import type { Crypto } from '../../../hal/crypto.js';
import { type Checkpoint, cosignedAt, openCheckpoint } from './checkpoint.js';
import { parseVerifierKey, printVerifierKey, SignatureType, type VerifierKey } from './note.js';

export interface Witness {
  readonly name: string;
  readonly key: VerifierKey;
  /** Where it takes checkpoints. */
  readonly url?: string;
}

interface Group {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
}

export interface Policy {
  readonly logs: readonly VerifierKey[];
  readonly witnesses: readonly Witness[];
  readonly groups: readonly Group[];
  /** A witness, a group or `none`. */
  readonly quorum: string;
}

const NONE = 'none';
const LINES_MAX = 200;

/** A file of a policy does not say what one says. */
export class PolicyError extends Error {
  readonly code = 'policy';
}

/** Throws PolicyError, with the number of the line. */
export function parsePolicy(crypto: Pick<Crypto, 'sha256'>, text: string): Policy {
  const policy = { logs: [] as VerifierKey[], witnesses: [] as Witness[], groups: [] as Group[] };
  const [names, used, keys] = [new Set([NONE]), new Set<string>(), new Set<string>()];
  let quorum: string | undefined;
  const lines = text.split('\n');
  if (lines.length > LINES_MAX) throw new PolicyError(`more than ${LINES_MAX} lines`);
  for (const [i, line] of lines.entries()) {
    const fail = (why: string): never => {
      throw new PolicyError(`line ${i + 1}: ${why}`);
    };
    const keyOf = (word: string | undefined, type: SignatureType): VerifierKey => {
      const key = parseVerifierKey(crypto, word ?? '');
      if (key?.type !== type) return fail('a key is missing, or is none of this kind');
      const bytes = key.publicKey.join();
      if (keys.has(bytes)) fail('a key that was there before');
      keys.add(bytes);
      return key;
    };
    const define = (name: string | undefined): string => {
      if (name === undefined || names.has(name)) return fail('a name is missing, or is there twice');
      names.add(name);
      return name;
    };
    const [what, ...words] = line.split(/[ \t]+/).filter((word) => word !== '');
    if (what === undefined || what.startsWith('#')) continue;
    if (what === 'log' && words.length <= 2) policy.logs.push(keyOf(words[0], SignatureType.ed25519));
    else if (what === 'witness' && words.length <= 3) {
      const [name, key, url] = words;
      const witness = { name: define(name), key: keyOf(key, SignatureType.cosignature) };
      policy.witnesses.push({ ...witness, ...(url !== undefined && { url }) });
    } else if (what === 'group') {
      const [name, threshold, ...members] = words;
      const isMember = (each: string) => names.has(each) && !used.has(each) && each !== NONE;
      if (members.length === 0 || new Set(members).size < members.length || !members.every(isMember))
        fail('a member that is not defined above, or is one of another group');
      for (const member of members) used.add(member);
      policy.groups.push({
        name: define(name),
        threshold: thresholdOf(threshold, members) ?? fail('a number'),
        members,
      });
    } else if (what === 'quorum' && words.length === 1 && quorum === undefined && names.has(words[0]))
      quorum = words[0];
    else fail('it is none of log, witness, group and quorum, or says too little or too much');
  }
  if (quorum === undefined) throw new PolicyError('it has no quorum');
  return { ...policy, quorum };
}

function thresholdOf(word: string, { length }: readonly string[]): number | undefined {
  if (word === 'all') return length;
  if (word === 'any') return 1;
  return /^[1-9][0-9]?$/.test(word) && Number(word) <= length ? Number(word) : undefined;
}

export function printPolicy({ logs, witnesses, groups, quorum }: Policy): string {
  return [
    ...logs.map((key) => `log ${printVerifierKey(key)}`),
    ...witnesses.map(({ name, key, url }) =>
      ['witness', name, printVerifierKey(key), ...(url === undefined ? [] : [url])].join(' '),
    ),
    ...groups.map(({ name, threshold, members }) => `group ${name} ${threshold} ${members.join(' ')}`),
    `quorum ${quorum}`,
    '',
  ].join('\n');
}

/** A checkpoint that a policy believes, and which witness has cosigned it when (Unix seconds). */
export interface Believed {
  readonly checkpoint: Checkpoint;
  readonly log: VerifierKey;
  readonly cosigned: readonly { readonly name: string; readonly at_s: number }[];
}

/** Why a checkpoint is not believed. */
export type Doubt = 'log' | 'quorum';

type Verify = Pick<Crypto, 'ed25519Verify'>;

/** `log`: no log of the policy has signed it. `quorum`: too few witnesses have. */
export function believe(crypto: Verify, policy: Policy, text: string): Believed | Doubt {
  for (const log of policy.logs) {
    const checkpoint = openCheckpoint(crypto, text, log);
    if (!checkpoint) continue;
    const cosigned = cosignersOf(crypto, policy, checkpoint);
    return isQuorum(policy, cosigned) ? { checkpoint, log, cosigned } : 'quorum';
  }
  return 'log';
}

function cosignersOf(crypto: Verify, { witnesses }: Policy, { note }: Checkpoint): Believed['cosigned'] {
  return witnesses.flatMap(({ name, key }) => {
    const at_s = cosignedAt(crypto, note, key);
    return at_s === undefined ? [] : [{ name, at_s }];
  });
}

function isQuorum({ groups, quorum }: Policy, cosigned: Believed['cosigned']): boolean {
  const holding = new Set([NONE, ...cosigned.map(({ name }) => name)]);
  for (const { name, threshold, members } of groups)
    if (members.filter((member) => holding.has(member)).length >= threshold) holding.add(name);
  return holding.has(quorum);
}
