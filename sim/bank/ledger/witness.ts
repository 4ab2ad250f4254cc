import type { Crypto } from '../../../hal/crypto.js';
import { fromUtf8, hex, utf8 } from '../bytes.js';
import { type Checkpoint, cosign, openCheckpoint, parseCheckpoint } from './checkpoint.js';
import { forkOf, printFork } from './fork.js';
import { isConsistent, PROOF_HASHES_MAX } from './merkle.js';
import { printNote, SignatureType, signatureLine, type VerifierKey, verifierKey } from './note.js';
import { parseSubmission, type Submission } from './submission.js';

/** Small files by name, which outlive their writer. */
export interface Shelf {
  read(name: string): Promise<Uint8Array | undefined>;
  /** Resolves when the whole file is there for good; until then the old one is. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

export interface WitnessSetup {
  readonly name: string;
  /** Ed25519, 64 bytes; for cosignatures alone. */
  readonly key: Uint8Array;
  /** The logs that it knows: never one of its own. */
  readonly logs: readonly VerifierKey[];
  readonly shelf: Shelf;
  /** Unix seconds. */
  now_s(): number;
}

/** HTTP, as C2SP tlog-witness words it. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';
const SIZE = 'text/x.tlog.size';

/** SHA-256 of its origin: under this name witnesses and mirrors keep a log. */
export const originHash = (crypto: Pick<Crypto, 'sha256'>, origin: string): string =>
  hex(crypto.sha256(utf8(origin)));

/**
 * Cosigns what continues the history that it has seen, and nothing else (C2SP tlog-witness). What it cosigns
 * is on its shelf before anybody learns of the cosignature, so it has forgotten nothing that it has said.
 */
export class Witness {
  readonly vkey: VerifierKey;
  /** The submission that is looked at: one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly crypto: Crypto,
    private readonly setup: WitnessSetup,
  ) {
    this.vkey = verifierKey(crypto, setup.name, SignatureType.cosignature, setup.key.subarray(32));
  }

  /** `add-checkpoint`: the body of a request in, the answer out. */
  addCheckpoint(body: string): Promise<WitnessAnswer> {
    const mine = this.#last.then(() => this.#add(body));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #add(body: string): Promise<WitnessAnswer> {
    const submission = parseSubmission(body);
    if (!submission || submission.hashes.length > PROOF_HASHES_MAX) return refuse(400, 'no submission');
    const { checkpoint, note, old } = submission;
    const log = this.setup.logs.find(({ name }) => name === checkpoint.origin);
    if (!log) return refuse(404, 'a log that is not known here');
    if (!openCheckpoint(this.crypto, note, log)) return refuse(403, 'the log has not signed it');
    if (old > checkpoint.size) return refuse(400, 'it has fewer leaves than the one before');
    const seen = await this.#seen(log);
    if (old !== (seen?.size ?? 0)) return { status: 409, type: SIZE, body: `${seen?.size ?? 0}\n` };
    if (!this.#continues(seen, submission)) {
      await this.#keepEvidence(log, seen, submission);
      return refuse(422, 'it does not continue what was cosigned before');
    }
    const { name, key, shelf, now_s } = this.setup;
    const own = { text: checkpoint.note.text, signatures: signaturesOf(checkpoint, log) };
    const cosignature = cosign(this.crypto, name, key, own.text, now_s());
    await shelf.write(
      this.#fileOf(log),
      utf8(printNote({ ...own, signatures: [...own.signatures, cosignature] })),
    );
    return { status: 200, type: TEXT, body: signatureLine(cosignature) };
  }

  #continues(seen: Checkpoint | undefined, { checkpoint, hashes }: Submission): boolean {
    const before = seen ?? { size: 0, root: this.crypto.sha256(new Uint8Array(0)) };
    return isConsistent(this.crypto, before, checkpoint, hashes);
  }

  /** A proof that the log has signed two histories, or at least the pair. */
  async #keepEvidence(log: VerifierKey, seen: Checkpoint | undefined, submission: Submission): Promise<void> {
    if (!seen) return;
    const fork = forkOf(this.crypto, seen, submission);
    const text = fork ? printFork(fork) : `${printNote(seen.note)}\n${submission.note}`;
    await this.setup.shelf.write(`${this.#fileOf(log)}.${fork ? 'fork' : 'pair'}`, utf8(text));
  }

  #fileOf({ name }: VerifierKey): string {
    return originHash(this.crypto, name);
  }

  async #seen(log: VerifierKey): Promise<Checkpoint | undefined> {
    const bytes = await this.setup.shelf.read(this.#fileOf(log));
    if (!bytes) return undefined;
    const seen = parseCheckpoint(fromUtf8(bytes));
    // Whoever has forgotten what he has said says nothing more.
    if (!seen) throw new Error(`what this witness has cosigned of ${log.name} cannot be read`);
    return seen;
  }

  /** The latest that was cosigned of a log, by the hash of its origin: for monitors. */
  async latest(hash: string): Promise<string | undefined> {
    const log = this.setup.logs.find((each) => this.#fileOf(each) === hash);
    const bytes = log && (await this.setup.shelf.read(hash));
    return bytes && fromUtf8(bytes);
  }
}

const signaturesOf = ({ note }: Checkpoint, { name, id }: VerifierKey) =>
  note.signatures.filter((signature) => signature.name === name && signature.id === id);

const refuse = (status: 400 | 403 | 404 | 422, why: string): WitnessAnswer => ({
  status,
  type: TEXT,
  body: `${why}\n`,
});
