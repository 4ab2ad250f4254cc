import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECORD_BYTES_MAX } from '../../../firmware/limits.js';
import { crc32 } from '../../../firmware/store/crc32.js';
import { format, openStore } from '../../../firmware/store/open.js';
import { FlashError } from '../../../hal/flash.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';
import { Bench, contents, opened } from './oracle.js';

const payload = Uint8Array.of(1, 2, 3);
const withCode = (code: string) => expect.objectContaining({ code });

function fresh(sectorCount = 4): { flash: NorFlash; store: ReturnType<typeof format> } {
  const flash = new NorFlash({ sectorCount });
  return { flash, store: format(flash) };
}

test.skipIf(zlibCrc32 === undefined)('CRC-32 is that of zip (skipped where zlib has none)', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      expect(crc32(b, 0, b.length, crc32(a, 0, a.length))).toBe(zlibCrc32(b, zlibCrc32(a)));
    }),
  );
});

describe('the store', () => {
  test('calls a fresh flash blank and writes nothing until it is formatted', () => {
    const flash = new NorFlash({ sectorCount: 4 });
    expect(openStore(flash)).toEqual({ status: 'blank' });
    expect(flash.counters).toMatchObject({ programs: 0, erases: 0 });
    expect(contents(format(flash))).toEqual([]);
    expect(openStore(flash).status).toBe('ok');
  });

  test('gives back what was appended, by address, in order, and after a boot', () => {
    const { flash, store } = fresh();
    const address = store.append(7, payload);
    const empty = store.append(239, new Uint8Array(0));
    for (const one of [store, opened(flash)]) {
      expect(one.read(address)).toEqual(payload);
      expect(one.read(empty)).toEqual(new Uint8Array(0));
      const seen: number[][] = [];
      one.scan((...args) => seen.push(args));
      expect(seen).toEqual([
        [7, address, 3],
        [239, empty, 0],
      ]);
    }
  });

  test('reads into a target, and keeps nothing of what it gives or takes', () => {
    const { store } = fresh();
    const given = payload.slice();
    const address = store.append(7, given);
    given.fill(9);
    const first = store.read(address);
    store.read(store.append(8, new Uint8Array(50)));
    expect(first).toEqual(payload);
    const target = new Uint8Array(10);
    expect(store.read(address, target)).toEqual(payload);
    expect(target.subarray(0, 4)).toEqual(Uint8Array.of(1, 2, 3, 0));
    expect(() => store.read(address, new Uint8Array(2))).toThrow(withCode('argument'));
  });

  test('refuses kinds, lengths and addresses that are not for callers', () => {
    const { flash, store } = fresh();
    const address = store.append(1, payload);
    const { programs } = flash.counters;
    for (const kind of [0, 240, 255, -1, Number.NaN]) {
      expect(() => store.append(kind, payload)).toThrow(withCode('argument'));
    }
    expect(() => store.append(1, new Uint8Array(RECORD_BYTES_MAX + 1))).toThrow(withCode('argument'));
    expect(flash.counters.programs).toBe(programs);
    for (const bad of [address + 1, -4, 4095, 4092, 4096, 99_999_996, Number.NaN]) {
      expect(() => store.read(bad)).toThrow(withCode('argument'));
    }
    expect(() => store.read(address + 4)).toThrow(withCode('corrupt'));
    expect(() => store.read(address + 4 * 100)).toThrow(withCode('corrupt'));
  });

  test('writes a record in three programs and erases nothing, even when it changes to a new sector', () => {
    const { flash, store } = fresh();
    let most = 0;
    for (let i = 0; i < 6; i++) {
      const { programs, erases } = flash.counters;
      store.append(1, new Uint8Array(RECORD_BYTES_MAX));
      most = Math.max(most, flash.counters.programs - programs);
      expect(flash.counters.erases).toBe(erases);
    }
    expect(most).toBe(4); // the header of the new sector is one
  });

  test('answers fits just as append then does, for any sizes, and is full before it writes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: RECORD_BYTES_MAX }), { maxLength: 16 }), (sizes) => {
        const { flash, store } = fresh(2);
        const promised = store.fits(...sizes);
        const { programs } = flash.counters;
        let appended = 0;
        for (const size of sizes) {
          const one = store.fits(size);
          const before = flash.counters.programs;
          if (one) store.append(1, new Uint8Array(size));
          else {
            expect(() => store.append(1, new Uint8Array(size))).toThrow(withCode('full'));
            expect(flash.counters.programs).toBe(before);
            break;
          }
          appended++;
        }
        expect(promised).toBe(appended === sizes.length);
        expect(flash.counters.programs - programs).toBeGreaterThanOrEqual(3 * appended);
      }),
    );
    expect(fresh().store.fits(RECORD_BYTES_MAX + 1)).toBe(false);
  });

  test('tidies in bounded steps until one erased sector stands ahead, and uses every sector', () => {
    const bench = new Bench(1, 4, 1280, 5);
    let erases = bench.flash.counters.erases;
    for (let i = 0; bench.store.freeBytes() > 0; i++) {
      expect(i).toBeLessThan(20);
      while (bench.store.tidy()) {
        expect(bench.flash.counters.erases - erases).toBeLessThanOrEqual(1);
        erases = bench.flash.counters.erases;
      }
      if (!bench.store.fits(900)) break;
      bench.append(1, 900);
    }
    expect(bench.records.length).toBe(5);
    expect(bench.store.tidy()).toBe(false);
    bench.expectStable();
  });

  test('counts erases on the flash, through cuts and formats', () => {
    const { flash } = fresh();
    const again = format(flash);
    for (let sector = 0; sector < 4; sector++)
      expect(again.eraseCount(sector)).toBe(flash.eraseCounts[sector]);
    expect(flash.eraseCounts).toEqual(Uint32Array.of(2, 2, 2, 2));
  });

  test('free bytes go down by what a record takes', () => {
    const { store } = fresh();
    const before = store.freeBytes();
    store.append(1, payload);
    expect(before - store.freeBytes()).toBe(store.recordBytes(3));
    expect(store.recordBytes(3)).toBe(8 + 8 + 4);
  });

  test('refuses to go on after the part has failed in a write, until it is opened again', () => {
    const { flash, store } = fresh();
    const real = flash.program.bind(flash);
    let calls = 0;
    flash.program = (address, data) => {
      if (++calls === 2) throw new FlashError('program', 'part failed');
      real(address, data);
    };
    expect(() => store.append(1, payload)).toThrow(FlashError);
    expect(() => store.append(1, payload)).toThrow(withCode('failed'));
    expect(() => store.tidy()).toThrow(withCode('failed'));
    expect(store.fits(3)).toBe(false);
    const next = opened(flash);
    expect(contents(next)).toEqual([]);
    next.append(1, payload);
    expect(contents(opened(flash))).toEqual([{ kind: 1, payload }]);
  });

  test('leaves a sector alone that does not come out of its erase', () => {
    const { flash } = fresh(4);
    const image = flash.exportImage();
    image.fill(0, 4096 + 64, 2 * 4096); // a header, and noise behind it: an erase that was cut
    flash.importImage(image);
    const real = flash.erase.bind(flash);
    flash.erase = (sector) => {
      if (sector === 1) throw new FlashError('erase', 'part failed');
      real(sector);
    };
    const store = opened(flash);
    let failures = 0;
    for (let i = 0; i < 9; i++) {
      store.append(1, new Uint8Array(RECORD_BYTES_MAX));
      try {
        while (store.tidy());
      } catch (error) {
        expect(error).toBeInstanceOf(FlashError);
        failures++;
      }
    }
    expect(failures).toBe(1);
    expect(contents(opened(flash)).length).toBe(9);
    expect(store.fits(RECORD_BYTES_MAX)).toBe(false);
  });
});
