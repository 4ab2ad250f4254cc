/** The right edge of a log's tree: all that has to be known to add to it. */
import { concat } from '../../../firmware/bytes.js';
import { bundled } from './leaf.js';
import { leafHash, peaksOf, perfectRoot, rootOfPeaks, type Sha256, type TreeHead } from './merkle.js';
import { ENTRIES, LEVELS, TILE_WIDTH } from './tiles.js';

/** A tile, or a bundle of entries, as far as it is filled. */
export interface StoredTile {
  readonly level: number;
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Where the tile lies that the next leaf of a tree of `size` is added to. */
export const edgeNumber = (size: number, level: number): number =>
  Math.floor(size / TILE_WIDTH ** (Math.max(0, level) + 1));

export const EDGE_LEVELS: readonly number[] = Array.from({ length: LEVELS + 1 }, (_, i) => i + ENTRIES);

export class Edge {
  readonly #filled: StoredTile[] = [];

  /** `parts`: of each level from ENTRIES on, what the tile at the edge has: hashes, or bundled entries. */
  constructor(
    private readonly crypto: Sha256,
    private size: number,
    private readonly parts: Uint8Array[][] = EDGE_LEVELS.map(() => []),
  ) {}

  append(entry: Uint8Array): void {
    this.#add(ENTRIES, bundled(entry));
    this.#add(0, leafHash(this.crypto, entry));
    this.size++;
  }

  #add(level: number, part: Uint8Array): void {
    const parts = this.parts[level - ENTRIES];
    parts.push(part);
    if (parts.length < TILE_WIDTH) return;
    this.#filled.push(this.#tile(level, this.size));
    this.parts[level - ENTRIES] = [];
    if (level !== ENTRIES) this.#add(level + 1, perfectRoot(this.crypto, parts));
  }

  #tile(level: number, size: number): StoredTile {
    return { level, number: edgeNumber(size, level), bytes: concat(...this.parts[level - ENTRIES]) };
  }

  get head(): TreeHead {
    const [, ...levels] = this.parts;
    const peaks = levels.reverse().flatMap((hashes) => peaksOf(this.crypto, hashes));
    return { size: this.size, root: rootOfPeaks(this.crypto, peaks) };
  }

  /** Tiles that were filled, and what those at the edge have now. */
  tiles(): StoredTile[] {
    const open = EDGE_LEVELS.filter((level) => this.parts[level - ENTRIES].length > 0);
    return [...this.#filled, ...open.map((level) => this.#tile(level, this.size))];
  }
}
