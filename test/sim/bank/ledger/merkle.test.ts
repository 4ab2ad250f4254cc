import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameBytes } from '../../../../firmware/bytes.js';
import { opensslCrypto as crypto } from '../../../../hal/crypto/openssl.js';
import { Edge } from '../../../../sim/bank/ledger/edge.js';
import { bundled, ENTRY_BYTES } from '../../../../sim/bank/ledger/leaf.js';
import { isConsistent, isIncluded, leafHash } from '../../../../sim/bank/ledger/merkle.js';
import { ENTRIES, parseTilePath, TiledTree, tilePath, tilesOf } from '../../../../sim/bank/ledger/tiles.js';
import { auditPath, consistencyProof, treeHash } from './naive-tree.js';

const entry = (i: number): Uint8Array => {
  const bytes = new Uint8Array(ENTRY_BYTES);
  new DataView(bytes.buffer).setUint32(0, i);
  return bytes;
};
const entries = (size: number): Uint8Array[] => Array.from({ length: size }, (_, i) => entry(i));

/** A log that has grown in steps of these sizes, as the books keep it. */
function grown(steps: readonly number[]): {
  tree: TiledTree;
  root: Uint8Array;
  size: number;
  tiles: Map<string, Uint8Array>;
} {
  const tiles = new Map<string, Uint8Array>();
  const edge = new Edge(crypto, 0);
  let size = 0;
  for (const step of steps) {
    for (let i = 0; i < step; i++) edge.append(entry(size++));
    for (const { level, number, bytes } of edge.tiles()) tiles.set(`${level} ${number}`, bytes);
  }
  const tree = new TiledTree(crypto, size, async ({ level, number, width }) =>
    tiles.get(`${level} ${number}`)!.slice(0, width * 32),
  );
  return { tree, root: edge.head.root, size, tiles };
}

const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 4 });

describe('the tree of a log', () => {
  it('has the root and the proofs of RFC 6962, in whatever steps it has grown', () =>
    fc.assert(
      fc.asyncProperty(steps, fc.nat(), fc.nat(), async (sizes, i, m) => {
        const { tree, root, size } = grown(sizes);
        const all = entries(size);
        expect(root).toEqual(treeHash(all));
        expect(await tree.root()).toEqual(root);
        if (size === 0) return;
        const [index, older] = [i % size, m % (size + 1)];
        const inclusion = await tree.inclusion(index);
        expect(inclusion).toEqual(auditPath(index, all));
        const consistency = await tree.consistency(older);
        expect(consistency).toEqual(older === 0 ? [] : consistencyProof(older, all));
        expect(await tree.root(older)).toEqual(treeHash(all.slice(0, older)));
      }),
      { numRuns: 30 },
    ));

  it('has them on three levels of tiles', async () => {
    const size = 256 * 256 + 700;
    const { tree, root, tiles } = grown([40_000, size - 40_000]);
    const all = entries(size);
    expect(root).toEqual(treeHash(all));
    expect(await tree.inclusion(65_600)).toEqual(auditPath(65_600, all));
    expect(await tree.consistency(40_001)).toEqual(consistencyProof(40_001, all));
    // Every tile of the specification is there, as wide as it says or wider.
    const names = [...tilesOf(size)];
    const part = (level: number) => (level === ENTRIES ? bundled(entry(0)).length : 32);
    for (const { level, number, width } of names)
      expect(tiles.get(`${level} ${number}`)!.length).toBe(width * part(level));
    expect(tiles.size).toBe(names.length);
  });

  it('is proved to nobody by a proof that was changed anywhere', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        async (size, i, m, where) => {
          const { tree, root } = grown([size]);
          const [index, older] = [i % size, 1 + (m % size)];
          const leaf = leafHash(crypto, entry(index));
          const inclusion = await tree.inclusion(index);
          const claim = { index, size, leaf, root };
          expect(isIncluded(crypto, claim, inclusion)).toBe(true);
          const bit = (bytes: Uint8Array) => {
            const changed = bytes.slice();
            changed[where % 32] ^= 1 << (where % 8);
            return changed;
          };
          const changed = (proof: Uint8Array[]): Uint8Array[][] => [
            ...proof.map((hash, at) => proof.with(at, bit(hash))),
            [...proof, root],
            ...(proof.length > 0 ? [proof.slice(1), proof.slice(0, -1)] : []),
          ];
          for (const wrong of changed(inclusion)) expect(isIncluded(crypto, claim, wrong)).toBe(false);
          expect(isIncluded(crypto, { ...claim, leaf: bit(leaf) }, inclusion)).toBe(false);
          expect(isIncluded(crypto, { ...claim, root: bit(root) }, inclusion)).toBe(false);
          if (size > 1) {
            const other = (index + 1) % size;
            expect(isIncluded(crypto, { ...claim, index: other }, inclusion)).toBe(false);
          }
          expect(isIncluded(crypto, { ...claim, index: size }, inclusion)).toBe(false);

          const [before, after] = [
            { size: older, root: await tree.root(older) },
            { size, root },
          ];
          const consistency = await tree.consistency(older);
          expect(isConsistent(crypto, before, after, consistency)).toBe(true);
          for (const wrong of changed(consistency))
            expect(isConsistent(crypto, before, after, wrong)).toBe(false);
          for (const wrong of [
            [{ ...before, root: bit(before.root) }, after],
            [before, { ...after, root: bit(root) }],
          ])
            expect(isConsistent(crypto, wrong[0], wrong[1], consistency)).toBe(false);
          if (!sameBytes(before.root, root))
            expect(isConsistent(crypto, after, before, consistency)).toBe(false);
        },
      ),
      { numRuns: 150 },
    ));
});

describe('the path of a tile', () => {
  it('is that of C2SP tlog-tiles', () => {
    expect(tilePath({ level: 0, number: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: ENTRIES, number: 0, width: 7 })).toBe('tile/entries/000.p/7');
    // The example of the specification: a tree of 70,000.
    const paths = [...tilesOf(70_000)].map(tilePath);
    expect(paths).toEqual(expect.arrayContaining(['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']));
    expect(paths.filter((path) => path.startsWith('tile/0/'))).toHaveLength(274);
    expect([...tilesOf(256)].map(tilePath)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']);
  });

  it('is read back, and nothing else is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: ENTRIES, max: 63 }),
        fc.integer({ min: 0, max: 999_999_999 }),
        fc.integer({ min: 1, max: 256 }),
        (level, number, width) => {
          expect(parseTilePath(tilePath({ level, number, width }))).toEqual({ level, number, width });
        },
      ),
    );
    for (const path of [
      'tile/0/0',
      'tile/00/000',
      'tile/0/x000/001',
      'tile/0/000.p/0',
      'tile/0/000.p/256',
      'tile/0/000.p/01',
      'tile/64/000',
      'tile/0/000/',
      'tile/0/../000',
      'tile/data/000',
      'tile/0/x999/x999/x999/x999/x999/999',
    ])
      expect(parseTilePath(path)).toBeUndefined();
  });
});
