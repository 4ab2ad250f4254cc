/** Merkle trees as tiles (C2SP tlog-tiles): where each lies, and what is proved from them. */
import { HASH_BYTES, largestPower, nodeHash, perfectRoot, rootOfPeaks, type Sha256 } from './merkle.js';

export const TILE_WIDTH = 256;
/** log2 of the width. */
const TILE_HEIGHT = 8;
/** Tiles of as many levels hold more leaves than a number counts exactly. */
export const LEVELS = 7;

/** Level of the entries themselves, beside the tiles that hash them. */
export const ENTRIES = -1;

/** A tile, or with level ENTRIES a bundle of entries. */
export interface TileName {
  readonly level: number;
  readonly number: number;
  /** Of its hashes or entries: 256 when it is full. */
  readonly width: number;
}

const PATH =
  /^tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;
/** Groups of three digits: the number stays below 2^53. */
const GROUPS_MAX = 5;

/** `tile/0/x001/234`, or `tile/entries/000.p/7`. */
export function tilePath({ level, number, width }: TileName): string {
  const digits = `${number}`.padStart(Math.ceil(`${number}`.length / 3) * 3, '0');
  const groups = digits.match(/.{3}/g)!;
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  const name = `tile/${level === ENTRIES ? 'entries' : level}/${path}`;
  return width === TILE_WIDTH ? name : `${name}.p/${width}`;
}

/** Undefined for whatever is not the path of a tile, to the letter. */
export function parseTilePath(path: string): TileName | undefined {
  const [, level, number, width] = PATH.exec(path) ?? [];
  if (level === undefined || number.split('/').length > GROUPS_MAX) return undefined;
  const name = {
    level: level === 'entries' ? ENTRIES : Number(level),
    number: Number(number.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  return tilePath(name) === path ? name : undefined;
}

/** How many hashes the tile has in a tree of `size` leaves: at most 256. */
export function widthIn(size: number, level: number, number: number): number {
  const all = Math.floor(size / TILE_WIDTH ** Math.max(0, level));
  return Math.max(0, Math.min(TILE_WIDTH, all - number * TILE_WIDTH));
}

/** All tiles of a tree, from the entries upward. */
export function* tilesOf(size: number): Generator<TileName> {
  for (let level = ENTRIES; level < LEVELS; level++) {
    for (let number = 0; ; number++) {
      const width = widthIn(size, level, number);
      if (width > 0) yield { level, number, width };
      if (width < TILE_WIDTH) break;
    }
  }
}

/** Hashes side by side, each 32 bytes. */
export const hashesOf = (tile: Uint8Array): Uint8Array[] =>
  Array.from({ length: tile.length / HASH_BYTES }, (_, i) =>
    tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );

/** At least `width` hashes of a tile (bytes), wherever it lies. */
export type ReadTile = (name: TileName) => Promise<Uint8Array>;

/** Roots and proofs of a tree of `size` leaves, from its tiles. What a tile says is taken at its word. */
export class TiledTree {
  readonly #tiles = new Map<string, Promise<Uint8Array[]>>();

  constructor(
    private readonly crypto: Sha256,
    private readonly size: number,
    private readonly read: ReadTile,
  ) {}

  /** Of the first `size` leaves. */
  async root(size = this.size): Promise<Uint8Array> {
    return size === 0 ? rootOfPeaks(this.crypto, []) : this.#range(0, size);
  }

  async leaf(index: number): Promise<Uint8Array> {
    return this.#range(index, index + 1);
  }

  /** That the tree has the leaf at `index`: RFC 6962 section 2.1.1, the leaf's sibling first. */
  inclusion(index: number): Promise<Uint8Array[]> {
    return this.#path(index, 0, this.size);
  }

  /** That the tree continues the one of its first `older` leaves: RFC 6962 section 2.1.2. */
  async consistency(older: number): Promise<Uint8Array[]> {
    if (older === 0 || older === this.size) return [];
    return this.#subproof(older, 0, this.size, true);
  }

  async #path(index: number, from: number, to: number): Promise<Uint8Array[]> {
    if (to - from === 1) return [];
    const middle = from + split(to - from);
    return index < middle
      ? [...(await this.#path(index, from, middle)), await this.#range(middle, to)]
      : [...(await this.#path(index, middle, to)), await this.#range(from, middle)];
  }

  async #subproof(older: number, from: number, to: number, isWhole: boolean): Promise<Uint8Array[]> {
    if (older === to) return isWhole ? [] : [await this.#range(from, to)];
    const middle = from + split(to - from);
    return older <= middle
      ? [...(await this.#subproof(older, from, middle, isWhole)), await this.#range(middle, to)]
      : [...(await this.#subproof(older, middle, to, false)), await this.#range(from, middle)];
  }

  /** The hash over the leaves from `from` to before `to`; `from` is where a tree of RFC 6962 divides. */
  async #range(from: number, to: number): Promise<Uint8Array> {
    const count = to - from;
    if (largestPower(count) === count) return this.#perfect(from, count);
    const middle = from + split(count);
    return nodeHash(this.crypto, await this.#range(from, middle), await this.#range(middle, to));
  }

  async #perfect(from: number, count: number): Promise<Uint8Array> {
    const level = Math.floor(Math.log2(count) / TILE_HEIGHT);
    const unit = TILE_WIDTH ** level;
    const number = Math.floor(from / (unit * TILE_WIDTH));
    const hashes = await this.#hashes(level, number);
    const first = from / unit - number * TILE_WIDTH;
    return perfectRoot(this.crypto, hashes.slice(first, first + count / unit));
  }

  #hashes(level: number, number: number): Promise<Uint8Array[]> {
    const name = { level, number, width: widthIn(this.size, level, number) };
    const key = `${level} ${number}`;
    const known = this.#tiles.get(key) ?? this.read(name).then(hashesOf);
    this.#tiles.set(key, known);
    return known;
  }
}

/** The largest power of two below `count`, from 2 on. */
const split = (count: number): number => largestPower(count - 1);
