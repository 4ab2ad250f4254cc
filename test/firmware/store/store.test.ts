import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECORD_BYTES_MAX } from '../../../firmware/limits.js';
import { encodePrepared, FORMAT_VERSION, JOURNAL, layoutOf } from '../../../firmware/store/format.js';
import { Headers } from '../../../firmware/store/headers.js';
import { format, openStore } from '../../../firmware/store/open.js';
import type { Store } from '../../../firmware/store/store.js';
import { crc32 } from '../../../hal/crc32.js';
import { FlashError } from '../../../hal/flash.js';
import { NorFlash } from '../../../sim/chip/nor-flash.js';

const withCode = (code: string) => expect.objectContaining({ code });
const long = new Uint8Array(RECORD_BYTES_MAX).fill(7);
const short = Uint8Array.of(1, 2, 3);

function fresh(sectorCount = 12): { flash: NorFlash; store: Store } {
  const flash = new NorFlash({ sectorCount });
  return { flash, store: format(flash, crc32) };
}

function opened(flash: NorFlash): Store {
  const result = openStore(flash, crc32);
  if (result.status !== 'ok') throw new Error(JSON.stringify(result));
  return result.store;
}

function tidyUp(store: Store): void {
  for (let steps = 0; store.tidy(); steps++) expect(steps).toBeLessThan(200);
}

describe('the store', () => {
  test('keeps a value by its key, and the journal by its numbers, over a boot', () => {
    const { flash, store } = fresh();
    store.put(1, short);
    store.put(2, new Uint8Array(0));
    store.put(3, long);
    store.remove(1);
    store.batch([
      { key: 4, payload: long },
      { key: 2, payload: undefined },
      { key: 5, payload: short },
    ]);
    expect(store.journal.append(short)).toBe(1);
    expect(store.journal.append(long)).toBe(2);
    for (const each of [store, opened(flash)]) {
      expect([1, 2, 3, 4, 5, 6].map((key) => each.has(key))).toEqual([false, false, true, true, true, false]);
      expect(each.get(1)).toBeUndefined();
      expect(each.get(4)).toEqual(long);
      expect(each.get(5)).toEqual(short);
      expect([each.journal.firstNumber, each.journal.nextNumber]).toEqual([1, 3]);
      expect(each.journal.entry(1)).toEqual(short);
      expect(each.journal.entry(2)).toEqual(long);
      expect(each.journal.entry(3)).toBeUndefined();
      expect(each.journal.entry(0)).toBeUndefined();
    }
  });

  test('searches a part of each entry, the newest last, until told to stop', () => {
    const { store } = fresh();
    for (let i = 1; i <= 30; i++) store.journal.append(Uint8Array.of(i, i + 1, i + 2));
    const seen: number[][] = [];
    const target = new Uint8Array(3);
    store.journal.search(28, 1, target, (number) => {
      seen.push([number, ...target]);
      return number === 29;
    });
    expect(seen).toEqual([
      [28, 29, 30, 0xff],
      [29, 30, 31, 0xff],
    ]);
  });

  test('never erases in a write or a boot, only in a step of housekeeping, and there one sector', () => {
    const { flash, store } = fresh();
    const { counters } = flash;
    for (let i = 0; i < 200; i++) {
      const { erases } = counters;
      if (store.fits([200], [])) store.journal.append(long.subarray(0, 200));
      if (store.fits([], [100, 0])) store.batch([{ key: 1 + (i % 9), payload: short }]);
      store.remove(1 + (i % 4));
      store.truncate(Math.max(1, store.journal.nextNumber - 5));
      expect(counters.erases).toBe(erases);
      store.tidy();
      expect(counters.erases - erases).toBeLessThanOrEqual(1);
    }
    const { erases } = counters;
    expect(erases).toBeGreaterThan(12);
    opened(flash);
    expect(counters.erases).toBe(erases);
  });

  test('says that it is full before it writes anything, and has room again after a sync', () => {
    const { flash, store } = fresh();
    while (store.fits([1000], []) || store.tidy()) if (store.fits([1000], [])) store.journal.append(long);
    const { programs } = flash.counters;
    expect(() => store.journal.append(long)).toThrow(withCode('full'));
    expect(flash.counters.programs).toBe(programs);
    store.truncate(store.journal.nextNumber);
    tidyUp(store);
    expect(store.fits([1000, 1000], [1000])).toBe(true);
    store.journal.append(long);
    expect(store.journal.entry(store.journal.nextNumber - 1)).toEqual(long);
  });

  test('takes a batch wholly or not at all, also when there is room for its first half only', () => {
    const { flash, store } = fresh();
    const writes = Array.from({ length: 30 }, (_, i) => ({ key: i + 1, payload: long }));
    const { programs } = flash.counters;
    expect(() => store.batch(writes)).toThrow(withCode('full'));
    expect(flash.counters.programs).toBe(programs);
    expect(store.has(1)).toBe(false);
  });

  test('erases all sectors alike, within three erases, however uneven the writes', () => {
    const { flash, store } = fresh(16);
    for (let key = 100; key < 150; key++) {
      while (!store.fits([], [60])) store.tidy();
      store.put(key, long.subarray(0, 60)); // these stay for good
    }
    for (let i = 0; i < 6000; i++) {
      while (!store.fits([], [500])) expect(store.tidy()).toBe(true);
      store.put(1 + (i % 3), long.subarray(0, 500));
      if (i % 4 === 0) store.tidy();
    }
    const counts = [...flash.eraseCounts];
    expect(Math.min(...counts)).toBeGreaterThan(20);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(3);
  });

  test('refuses keys and lengths that no caller may pass', () => {
    const { store } = fresh();
    for (const key of [0, -1, 1.5e9, Number.NaN]) {
      expect(() => store.put(key, short)).toThrow(withCode('argument'));
      expect(() => store.get(key)).toThrow(withCode('argument'));
      expect(() => store.batch([{ key, payload: short }])).toThrow(withCode('argument'));
    }
    expect(() => store.put(1, new Uint8Array(RECORD_BYTES_MAX + 1))).toThrow(withCode('argument'));
    expect(() => store.journal.append(new Uint8Array(RECORD_BYTES_MAX + 1))).toThrow(withCode('argument'));
  });

  test('is of no use after a write that broke off, until it is opened again', () => {
    const { flash, store } = fresh();
    const real = flash.program.bind(flash);
    let calls = 0;
    flash.program = (address, data) => {
      if (++calls === 2) throw new FlashError('program', 'part failed');
      real(address, data);
    };
    expect(() => store.put(1, short)).toThrow(FlashError);
    expect(() => store.put(1, short)).toThrow(withCode('failed'));
    expect(() => store.tidy()).toThrow(withCode('failed'));
    expect(store.fits([3], [])).toBe(false);
    const next = opened(flash);
    expect(next.has(1)).toBe(false);
    next.put(1, short);
    expect(opened(flash).get(1)).toEqual(short);
  });

  test('retires sectors that do not erase, whether they say so or not, and remembers them', () => {
    const { flash, store } = fresh(16);
    flash.wearOut(7, 'throws');
    flash.wearOut(9, 'stays-dirty');
    const dirty = flash.exportImage();
    dirty.fill(0, 9 * 4096, 9 * 4096 + 64);
    for (let i = 0; i < 900; i++) {
      while (!store.fits([], [500])) expect(store.tidy()).toBe(true);
      store.put(1 + (i % 5), long.subarray(0, 500));
    }
    expect(flash.eraseCounts[7]).toBe(1);
    const again = opened(flash);
    for (let i = 0; i < 300; i++) {
      while (!again.fits([], [500])) expect(again.tidy()).toBe(true);
      again.put(1 + (i % 5), long.subarray(0, 500));
    }
    expect(flash.eraseCounts[7]).toBe(1);
  });

  test('writes once more, elsewhere, what a bad cell does not hold', () => {
    const { flash, store } = fresh();
    store.journal.append(short);
    const image = flash.exportImage();
    const journal = [1, 2, 3].find((sector) => image[sector * 4096 + 64] !== 0xff);
    for (let at = 200; at < 4096; at += 4) flash.stick((journal ?? 0) * 4096 + at, 0x10, 1);
    const payload = new Uint8Array(200);
    store.journal.append(payload);
    expect(store.journal.entry(2)).toEqual(payload);
    const again = opened(flash);
    expect(again.journal.entry(1)).toEqual(short);
    expect(again.journal.entry(2)).toEqual(payload);
  });
});

describe('the sectors of a log', () => {
  test('follow one another as they were opened, also when one was given up before its first entry', () => {
    const headers = new Headers(5);
    // Sector 2, between the two that begin alike, was in use when they were opened, and is the newest by now.
    const opened = [
      [4, 7, 1],
      [1, 9, 2],
      [3, 9, 3],
      [2, 12, 4],
    ] as const;
    for (const [sector, first, sequence] of opened) {
      headers.stream[sector] = JOURNAL;
      headers.first[sector] = first;
      headers.sequence[sector] = sequence;
    }
    headers.newest = 2;
    expect(headers.ofLog(JOURNAL)).toEqual([4, 1, 3, 2]);
  });
});

describe('the verdict of a boot', () => {
  const image = (value: number) => new Uint8Array(12 * 4096).fill(value);
  function verdict(content: Uint8Array, unit = 4, sectorBytes = 4096): unknown {
    const flash = new NorFlash({
      sectorBytes,
      sectorCount: content.length / sectorBytes,
      programUnitBytes: unit,
    });
    flash.importImage(content);
    const result = openStore(flash, crc32);
    expect(flash.counters).toMatchObject({ programs: 0, erases: 0 });
    return result.status === 'damaged' ? result.code : result.status;
  }

  test('on all ones is blank, on all zeros and on garbage damaged, and nothing is written', () => {
    expect(verdict(image(0xff))).toBe('blank');
    expect(verdict(image(0))).toBe('no-sector');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1024, maxLength: 1024 }), (garbage) => {
        const content = image(0);
        for (let at = 0; at < content.length; at += garbage.length) content.set(garbage, at);
        expect(verdict(content)).toBe('no-sector');
      }),
      { numRuns: 50 },
    );
  });

  test('names another format version, older or newer, and another geometry', () => {
    const { flash, store } = fresh();
    store.put(1, long);
    for (const version of [FORMAT_VERSION - 1, FORMAT_VERSION + 1]) {
      const content = flash.exportImage();
      const header = encodePrepared(layoutOf(flash), 1, crc32);
      header[4] = version;
      new DataView(header.buffer).setUint32(12, crc32(header, 0, 12, 0), true);
      content.set(header);
      expect(verdict(content)).toBe('version');
    }
    expect(verdict(flash.exportImage(), 16)).toBe('geometry');
    expect(verdict(flash.exportImage(), 4, 8192)).toBe('geometry');
  });

  test('is never blank over money: not with one sector wiped, whichever it is, nor with the first of all', () => {
    const { flash, store } = fresh();
    for (let i = 0; i < 12; i++) {
      store.put(1 + i, long);
      store.journal.append(long);
      tidyUp(store);
    }
    for (let sector = 0; sector < 12; sector++) {
      for (const value of [0xff, 0, 0xa5]) {
        const content = flash.exportImage().fill(value, sector * 4096, (sector + 1) * 4096);
        const copy = new NorFlash({ sectorCount: 12 });
        copy.importImage(content);
        expect(['ok', 'damaged']).toContain(openStore(copy, crc32).status);
      }
    }
  });

  test('is not a sound store when a sector in the middle of a log is missing', () => {
    const { flash, store } = fresh();
    for (let i = 0; i < 12; i++) {
      store.journal.append(long);
      tidyUp(store);
    }
    const words = new Int32Array(flash.exportImage().buffer);
    const journal = Array.from({ length: 12 }, (_, i) => i).filter((i) => words[i * 1024 + 5] === 0);
    expect(journal.length).toBeGreaterThan(2);
    const newest = journal.reduce((a, b) => (words[a * 1024 + 4] > words[b * 1024 + 4] ? a : b));
    for (const sector of journal.filter((each) => each !== newest)) {
      const content = flash.exportImage().fill(0xff, sector * 4096, (sector + 1) * 4096);
      expect(verdict(content)).toBe('gap');
    }
  });
});
