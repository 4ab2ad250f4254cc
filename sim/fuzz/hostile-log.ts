import type { Crypto } from '../../hal/crypto.js';
import { utf8 } from '../bank/bytes.js';
import { checkpointText, parseCheckpoint } from '../bank/ledger/checkpoint.js';
import { Edge } from '../bank/ledger/edge.js';
import { ENTRY_BYTES } from '../bank/ledger/leaf.js';
import { printNote, SignatureType, signNote, type VerifierKey, verifierKey } from '../bank/ledger/note.js';
import { printSubmission } from '../bank/ledger/submission.js';
import { TiledTree } from '../bank/ledger/tiles.js';

/** What a witness has cosigned: a history, and how much of it. */
export interface Head {
  readonly history: number;
  readonly size: number;
}

const HISTORIES = 2;

/** A log whose key signs two histories, which have their first `shared` leaves in common. */
export class HostileLog {
  readonly key: VerifierKey;
  readonly #signing: Uint8Array;
  /** By history, then by size. */
  readonly #notes: string[][] = [];
  readonly #tiles: Map<string, Uint8Array>[] = [];

  constructor(
    private readonly crypto: Crypto,
    name: string,
    readonly shared: number,
    readonly length: number,
  ) {
    this.#signing = crypto.ed25519KeyFromSeed(crypto.sha256(utf8(name)));
    this.key = verifierKey(crypto, name, SignatureType.ed25519, this.#signing.subarray(32));
    for (let history = 0; history < HISTORIES; history++) this.#write(history);
  }

  #write(history: number): void {
    const edge = new Edge(this.crypto, 0);
    const notes = [this.#sign(edge)];
    for (let i = 0; i < this.length; i++) {
      const entry = new Uint8Array(ENTRY_BYTES).fill(i);
      entry[0] = i < this.shared ? 0 : history;
      edge.append(entry);
      notes.push(this.#sign(edge));
    }
    this.#notes.push(notes);
    this.#tiles.push(new Map(edge.tiles().map(({ level, number, bytes }) => [`${level} ${number}`, bytes])));
  }

  #sign(edge: Edge): string {
    return printNote(
      signNote(this.crypto, this.key.name, this.#signing, checkpointText(this.key.name, edge.head)),
    );
  }

  note({ history, size }: Head): string {
    return this.#notes[history][size];
  }

  /** What the log asks a witness that has cosigned `old` leaves: as well as it can. */
  async submission(old: number, head: Head): Promise<string> {
    const tiles = this.#tiles[head.history];
    const tree = new TiledTree(this.crypto, head.size, async ({ level, number, width }) =>
      tiles.get(`${level} ${number}`)!.slice(0, width * 32),
    );
    return printSubmission(old, old > head.size ? [] : await tree.consistency(old), this.note(head));
  }

  /** The first two that cannot both be true; undefined when all are of one history. */
  contradiction(heads: readonly Head[]): [Head, Head] | undefined {
    const longest = heads.reduce((found, head) => (head.size > found.size ? head : found), heads[0]);
    const rootOf = (head: Head) => parseCheckpoint(this.note(head))!.root.join();
    const other = heads.find((head) => rootOf(head) !== rootOf({ ...longest, size: head.size }));
    return other && [other, longest];
  }
}
