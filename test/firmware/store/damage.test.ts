import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../../firmware/store/crc32.js';
import { format, openStore } from '../../../firmware/store/open.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { Bench, type Rec } from './oracle.js';

const SECTOR_BYTES = 1280;

function full(unit: number, seed = 1): Bench {
  const bench = new Bench(seed, unit, SECTOR_BYTES, 5);
  for (let i = 0; i < 14; i++) {
    while (bench.store.tidy());
    bench.append(1 + i, bench.random.uint32() % 400);
  }
  return bench;
}

function withImage(bench: Bench, change: (image: Uint8Array) => void): NorFlash {
  const { programUnitBytes, sectorBytes, sectorCount } = bench.flash;
  const flash = new NorFlash({ programUnitBytes, sectorBytes, sectorCount });
  const image = bench.flash.exportImage();
  change(image);
  flash.importImage(image);
  return flash;
}

/** Every record is there; what it holds is right, or reading it says that it is not. */
function expectHonest(flash: NorFlash, records: Rec[]): string {
  const result = openStore(flash);
  if (result.status !== 'ok') return result.status;
  const { store } = result;
  let i = 0;
  let corrupt = 0;
  store.scan((kind, address) => {
    try {
      const payload = store.read(address);
      if (kind !== records[i].kind || Buffer.compare(payload, records[i].payload) !== 0) {
        throw new Error(`record ${i} is not what was written, and nobody says so`);
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'corrupt' });
      corrupt++;
    }
    i++;
  });
  expect(i).toBe(records.length);
  return corrupt > 0 ? 'corrupt' : 'ok';
}

for (const unit of [4, 16]) {
  describe(`an image over units of ${unit} bytes`, () => {
    test('with one flipped bit never loses or changes a record in silence', () => {
      const bench = full(unit);
      const bits = bench.flash.exportImage().length * 8;
      const seen: Record<string, number> = {};
      for (let bit = 0; bit < bits; bit += 3) {
        const flash = withImage(bench, (image) => {
          image[bit >> 3] ^= 1 << (bit & 7);
        });
        const verdict = expectHonest(flash, bench.records);
        seen[verdict] = (seen[verdict] ?? 0) + 1;
      }
      expect(Object.keys(seen).sort()).toEqual(['corrupt', 'damaged', 'ok']);
    });

    test('with a whole header of a record or a sector gone never loses a record in silence', () => {
      for (let seed = 0; seed < 10; seed++) {
        const bench = full(unit, seed);
        const places: number[] = [];
        bench.store.scan((_kind, address) => places.push(address));
        for (let sector = 0; sector < 5; sector++)
          places.push(sector * SECTOR_BYTES, sector * SECTOR_BYTES + 16);
        for (const place of places) {
          for (const value of [0x00, 0xff, 0xa5]) {
            const flash = withImage(bench, (image) => image.fill(value, place, place + 16));
            expectHonest(flash, bench.records);
          }
        }
      }
    });
  });
}

describe('boot', () => {
  test('calls garbage damaged, writes nothing to it, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4 * 256, maxLength: 4 * 256 }), (garbage) => {
        const flash = new NorFlash({ sectorBytes: 1280, sectorCount: 4 });
        const image = new Uint8Array(4 * 1280);
        for (let at = 0; at < image.length; at += garbage.length) image.set(garbage, at);
        flash.importImage(image);
        expect(openStore(flash)).toEqual({ status: 'damaged', code: 'no-sector', sector: -1 });
        expect(flash.counters).toMatchObject({ programs: 0, erases: 0 });
      }),
    );
    const zeros = new NorFlash({ sectorCount: 2 });
    zeros.importImage(new Uint8Array(2 * 4096));
    expect(openStore(zeros).status).toBe('damaged');
  });

  test('knows another format version as one, and another unit size as damage', () => {
    const bench = full(4);
    const flash = withImage(bench, (image) => {
      for (let at = 0; at < image.length; at += SECTOR_BYTES) {
        image[at + 4] = 2;
        new DataView(image.buffer).setUint32(at + 12, crc32(image, at, at + 12), true);
      }
    });
    expect(openStore(flash)).toEqual({ status: 'version', version: 2 });

    const other = new NorFlash({ sectorBytes: SECTOR_BYTES, sectorCount: 5, programUnitBytes: 16 });
    other.importImage(bench.flash.exportImage());
    expect(openStore(other)).toMatchObject({ status: 'damaged', code: 'geometry' });
  });

  test('misses a sector that is gone whole, wherever another follows it', () => {
    const bench = full(4);
    const live = Math.max(
      ...[0, 1, 2, 3].filter((s) => bench.flash.exportImage()[s * SECTOR_BYTES + 16] !== 0xff),
    );
    for (let sector = 0; sector < live; sector++) {
      const flash = withImage(bench, (image) =>
        image.fill(0xff, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES),
      );
      expect(openStore(flash)).toMatchObject({ status: 'damaged', code: 'gap' });
    }
  });

  test('misses a sector that is there twice', () => {
    const bench = full(4);
    const flash = withImage(bench, (image) => image.copyWithin(4 * SECTOR_BYTES, 0, SECTOR_BYTES));
    expect(openStore(flash)).toMatchObject({ status: 'damaged', code: 'gap' });
  });

  test('does not take a record for the one that was there before it', () => {
    const flash = new NorFlash({ sectorCount: 2 });
    const store = format(flash);
    const [first, second, end] = [1, 2, 3].map((kind) => store.append(kind, new Uint8Array(20)));
    const image = flash.exportImage().fill(0xff, end, 4096);
    const shifted = image.slice();
    shifted.copyWithin(first, second, end).fill(0xff, first + end - second, end);
    flash.importImage(shifted);
    expect(openStore(flash)).toMatchObject({ status: 'damaged', code: 'entry' });

    // Behind what is torn, recovery writes first. A record there, even the right one, is none that we wrote.
    const pushed = image.slice();
    pushed.copyWithin(first + 8, first, second).fill(0xff, second + 8, end);
    pushed.set([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], first);
    flash.importImage(pushed);
    expect(openStore(flash)).toMatchObject({ status: 'damaged', code: 'entry' });
  });

  test('takes an all-ones image for blank, and one with a record and no headers for damaged', () => {
    const flash = new NorFlash({ sectorCount: 2 });
    format(flash).append(1, Uint8Array.of(1));
    const image = flash.exportImage();
    for (const sector of [0, 1]) image.fill(0xff, sector * 4096, sector * 4096 + 64);
    flash.importImage(image);
    expect(openStore(flash)).toMatchObject({ status: 'damaged', code: 'no-sector' });
    flash.importImage(image.fill(0xff));
    expect(openStore(flash).status).toBe('blank');
  });
});
