import { sameBytes } from '../../../firmware/bytes.js';
import { opensslCrypto } from '../../../hal/crypto/openssl.js';
import { type ForkProof, parseFork } from '../../../sim/bank/ledger/fork.js';
import {
  BLIND_BYTES,
  commitmentTo,
  ENTRY_BYTES,
  type Entry,
  OPENING_BYTES,
  type PaymentRecord,
  parseEntry,
  parseRecord,
} from '../../../sim/bank/ledger/leaf.js';
import type { Believed, Policy } from '../../../sim/bank/ledger/policy.js';
import {
  PROOF_CHARACTERS_MAX,
  parseProof,
  type TlogProof,
  verifyProof,
} from '../../../sim/bank/ledger/proof.js';
import { utc } from '../../../sim/words.js';
import { CliError } from '../cli-error.js';
import { readPolicy } from '../files/policy-file.js';
import { readUserText } from '../files/user-file.js';
import { Exit } from '../output/exit.js';
import { table } from '../output/table.js';
import { paymentRows, type Told, typeName } from './told.js';

const FORK = 'tapnote/fork@';

/** A payment that a proof speaks of. */
export interface ProvenPayment {
  readonly proof: TlogProof;
  readonly entryBytes: Uint8Array;
  readonly entry: Entry;
  readonly record: PaymentRecord;
}

const REFUSED = {
  log: 'none of these policies is of the log that it names, or the log has not signed it',
  quorum: 'too few of the witnesses that the policy wants have cosigned its checkpoint',
  inclusion: 'the log that it names does not have this payment there',
} as const;

/** Throws CliError `ledger-log`, `ledger-quorum`, `ledger-inclusion`, `ledger-malformed`. */
export function verifyFile(path: string, policies: readonly string[]): Told {
  const text = readUserText(path, PROOF_CHARACTERS_MAX * 4);
  const known = policies.map(readPolicy);
  return text.startsWith(FORK) ? verifyFork(path, text, known) : verifyPayment(path, text, known);
}

/** Undefined for what is no proof of a payment, or whose record is not what its entry commits to. */
export function paymentIn(text: string): ProvenPayment | undefined {
  const proof = parseProof(text);
  if (proof?.extra.length !== ENTRY_BYTES + OPENING_BYTES) return undefined;
  const [entryBytes, opening] = [proof.extra.subarray(0, ENTRY_BYTES), proof.extra.subarray(ENTRY_BYTES)];
  const entry = parseEntry(entryBytes);
  if (!entry || !sameBytes(commitmentTo(opensslCrypto, opening), entry.commitment)) return undefined;
  return { proof, entryBytes, entry, record: parseRecord(opening.subarray(BLIND_BYTES)) };
}

function verifyPayment(path: string, text: string, policies: readonly Policy[]): Told {
  const payment = paymentIn(text);
  if (!payment)
    throw new CliError(
      Exit.violated,
      'ledger-malformed',
      `${path}: no proof, or its payment is not what it commits to`,
    );
  const { proof, entryBytes, entry, record } = payment;
  const results = policies.map((policy) => verifyProof(opensslCrypto, policy, proof, entryBytes));
  const believed = results.find((result): result is Believed => typeof result !== 'string');
  if (!believed) {
    const why = results.find((result) => result !== 'log') ?? 'log';
    throw new CliError(
      Exit.violated,
      `ledger-${why as keyof typeof REFUSED}`,
      `${path}: ${REFUSED[why as keyof typeof REFUSED]}`,
    );
  }
  const { checkpoint, cosigned } = believed;
  const rows = [
    ...paymentRows(entry, record),
    ['log', checkpoint.origin],
    ['leaf', `${proof.index} of ${checkpoint.size}`],
    ...cosigned.map(({ name, at_s }) => ['cosigned', `by ${name}, ${utc(at_s)}`]),
  ];
  return {
    value: {
      proves: typeName(entry.type),
      ...record,
      log: checkpoint.origin,
      index: proof.index,
      size: checkpoint.size,
      cosigned,
    },
    lines: [
      'Proven: the operator has settled this, and its witnesses have seen that it says so.',
      ...table(rows.map(([name, words]) => [`  ${name}`, words])),
      'Not proven by it:',
      '  who holds the devices: the operators know',
      '  that it was not taken back later: that would be another leaf',
    ],
  };
}

function verifyFork(path: string, text: string, policies: readonly Policy[]): Told {
  const logs = policies.flatMap((policy) => policy.logs);
  const fork = logs
    .map((log) => parseFork(opensslCrypto, text, log))
    .find((each): each is ForkProof => each !== undefined);
  if (!fork)
    throw new CliError(
      Exit.violated,
      'ledger-fork',
      `${path}: it proves nothing against a log of these policies`,
    );
  const { older, newer } = fork;
  const value = { proves: 'fork', log: older.origin, sizes: [older.size, newer.size] };
  return {
    value,
    lines: [
      `Proven: the log ${older.origin} has signed two histories.`,
      `  one of ${older.size} leaves, and one of ${newer.size} with others among the first ${older.size}`,
    ],
  };
}
