/** A copy of a log that needs nobody: checked leaf by leaf, and against all that was copied before. */
import { sameBytes } from '../../../firmware/bytes.js';
import type { Crypto } from '../../../hal/crypto.js';
import { fromUtf8, hex, utf8 } from '../bytes.js';
import { type Checkpoint, openCheckpoint } from './checkpoint.js';
import { type ForkProof, printFork } from './fork.js';
import { entriesOf, parseEntry } from './leaf.js';
import { HASH_BYTES, leafHash, perfectRoot } from './merkle.js';
import { believe, type Doubt, type Policy } from './policy.js';
import {
  ENTRIES,
  hashesOf,
  TILE_WIDTH,
  TiledTree,
  type TileName,
  tilePath,
  tilesOf,
  widthIn,
} from './tiles.js';
import type { Shelf } from './witness.js';

/** Where a log is copied from: a path below its prefix in, what lies there out. */
export type Source = (path: string) => Promise<Uint8Array | undefined>;

/** Why a log is not copied. */
export class MirrorError extends Error {
  constructor(
    readonly code: Doubt | 'missing' | 'damaged' | 'stale' | 'fork',
    message: string,
    /** With `fork`: the proof of it, to be kept. */
    readonly proof?: string,
  ) {
    super(message);
  }
}

export interface Mirrored {
  readonly origin: string;
  /** Leaves, and how many of them are new here. */
  readonly size: number;
  readonly fresh: number;
  /** Ciphertexts of new leaves that the log's bank has deleted. */
  readonly forgotten: number;
}

export const CHECKPOINT = 'checkpoint';
export const POLICY = 'policy';
export const ciphertextPath = (period: number, hash: Uint8Array): string =>
  `ciphertext/${period}/${hex(hash)}`;

type Primitives = Pick<Crypto, 'sha256' | 'ed25519Verify'>;

/** Brings the copy on the shelf up to what the log shows. Throws MirrorError: then the copy is as it was. */
export async function mirrorLog(
  crypto: Primitives,
  policy: Policy,
  source: Source,
  shelf: Shelf,
): Promise<Mirrored> {
  const text = fromUtf8((await source(CHECKPOINT)) ?? missing(CHECKPOINT));
  const believed = believe(crypto, policy, text);
  if (typeof believed === 'string') throw new MirrorError(believed, DOUBTS[believed]);
  const { checkpoint, log } = believed;
  const stored = await shelf.read(CHECKPOINT);
  const before = stored && openCheckpoint(crypto, fromUtf8(stored), log);
  if (stored && !before) throw new MirrorError('damaged', 'the copy is of another log, or damaged');
  if (before && checkpoint.size < before.size) await refuseOlder(crypto, shelf, before, checkpoint);
  const staged = new Map<string, Uint8Array>();
  const read = readStored(shelf, staged);
  for (const name of tilesOf(checkpoint.size)) {
    if (!isStored(name, before?.size ?? 0)) staged.set(tilePath(name), await fetched(source, name));
  }
  await checkTiles(crypto, checkpoint, before?.size ?? 0, read);
  const tree = new TiledTree(crypto, checkpoint.size, read);
  if (before) await requireContinued(tree, before, checkpoint);
  const forgotten = await copyCiphertexts(crypto, source, shelf, read, before?.size ?? 0, checkpoint.size);
  for (const [path, bytes] of staged) await shelf.write(path, bytes);
  // What it says of all the rest comes last: a copy that was broken off is begun again from before.
  await shelf.write(CHECKPOINT, utf8(text));
  const { origin, size } = checkpoint;
  return { origin, size, fresh: size - (before?.size ?? 0), forgotten };
}

const DOUBTS: Readonly<Record<Doubt, string>> = {
  log: 'the checkpoint is not signed by the log of this policy',
  quorum: 'too few witnesses have cosigned the checkpoint',
};

function missing(path: string): never {
  throw new MirrorError('missing', `the log shows no ${path}`);
}

const damaged = (path: string): MirrorError =>
  new MirrorError('damaged', `${path} is not what the log has signed`);

/** A full tile never changes, so one that a former copy had is not asked for again. */
const isStored = ({ level, number, width }: TileName, size: number): boolean =>
  width === widthIn(size, level, number);

async function fetched(source: Source, name: TileName): Promise<Uint8Array> {
  const path = tilePath(name);
  const bytes = (await source(path)) ?? missing(path);
  const isWhole =
    name.level === ENTRIES
      ? entriesOf(bytes)?.length === name.width
      : bytes.length === name.width * HASH_BYTES;
  if (!isWhole) throw damaged(path);
  return bytes;
}

const readStored =
  (shelf: Shelf, staged: ReadonlyMap<string, Uint8Array>) =>
  async (name: TileName): Promise<Uint8Array> => {
    const path = tilePath(name);
    return staged.get(path) ?? (await shelf.read(path)) ?? missing(path);
  };

type Read = (name: TileName) => Promise<Uint8Array>;

/** Every new entry is under its leaf, every new tile under the one above, and all under the root. */
async function checkTiles(
  crypto: Primitives,
  { size, root }: Checkpoint,
  from: number,
  read: Read,
): Promise<void> {
  for (const name of tilesOf(size)) {
    if (isStored(name, from)) continue;
    const { level, number, width } = name;
    if (level === ENTRIES) {
      const leaves = hashesOf(await read({ level: 0, number, width }));
      const entries = entriesOf(await read(name))!;
      if (!entries.every((entry, i) => sameBytes(leafHash(crypto, entry), leaves[i])))
        throw damaged(tilePath(name));
    } else if (width === TILE_WIDTH) {
      const above = { level: level + 1, number: Math.floor(number / TILE_WIDTH) };
      const parents = hashesOf(await read({ ...above, width: widthIn(size, above.level, above.number) }));
      const own = perfectRoot(crypto, hashesOf(await read(name)));
      if (!sameBytes(own, parents[number % TILE_WIDTH])) throw damaged(tilePath(name));
    }
  }
  if (!sameBytes(await new TiledTree(crypto, size, read).root(), root)) throw damaged('the tree');
}

/** Throws MirrorError `fork` when the tree has other leaves where the copy has its own. */
async function requireContinued(tree: TiledTree, older: Checkpoint, newer: Checkpoint): Promise<void> {
  if (older.size === 0) return;
  const root = await tree.root(older.size);
  if (sameBytes(root, older.root)) return;
  throw forked({ older, newer, root, hashes: await tree.consistency(older.size) });
}

/** A log that shows less than before has two histories, or one that its bank has fallen back in. */
async function refuseOlder(
  crypto: Primitives,
  shelf: Shelf,
  before: Checkpoint,
  shown: Checkpoint,
): Promise<never> {
  if (shown.size > 0) {
    const tree = new TiledTree(crypto, before.size, readStored(shelf, new Map()));
    await requireContinued(tree, shown, before);
  }
  throw new MirrorError('stale', `the log shows ${shown.size} leaves, and this copy has ${before.size}`);
}

const forked = (fork: ForkProof): MirrorError =>
  new MirrorError('fork', `the log has signed two histories of ${fork.older.origin}`, printFork(fork));

/** Returns how many were not there any more. */
async function copyCiphertexts(
  crypto: Primitives,
  source: Source,
  shelf: Shelf,
  read: Read,
  from: number,
  size: number,
): Promise<number> {
  let [last, forgotten] = ['', 0];
  for (const entry of await entriesBetween(read, from, size)) {
    const { period, ciphertext } = parseEntry(entry) ?? {};
    if (period === undefined || hex(ciphertext!) === last) continue;
    last = hex(ciphertext!);
    const bytes = await source(`ciphertext/${last}`);
    if (!bytes) forgotten++;
    else if (!sameBytes(crypto.sha256(bytes), ciphertext!)) throw damaged(`ciphertext ${last}`);
    else await shelf.write(ciphertextPath(period, ciphertext!), bytes);
  }
  return forgotten;
}

/** The entries of a tree of `size` leaves, from the one at `from` on. */
export async function entriesBetween(read: Read, from: number, size: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (let number = Math.floor(from / TILE_WIDTH); number * TILE_WIDTH < size; number++) {
    const name = { level: ENTRIES, number, width: widthIn(size, ENTRIES, number) };
    const bundle = entriesOf(await read(name)) ?? [];
    entries.push(...bundle.slice(Math.max(0, from - number * TILE_WIDTH)));
  }
  return entries;
}

/** The tiles of a copy. Throws MirrorError where one is missing. */
export const tilesOnShelf = (shelf: Shelf): Read => readStored(shelf, new Map());
