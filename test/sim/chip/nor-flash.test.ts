import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlashError } from '../../../hal/flash.js';
import { SimEntropy } from '../../../sim/chip/entropy.js';
import { NorFlash, W25Q_TYPICAL } from '../../../sim/chip/nor-flash.js';
import { PowerCut } from '../../../sim/chip/power-cut.js';

const small = { sectorBytes: 512, sectorCount: 2 };
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

function read(flash: NorFlash, address: number, length: number): Uint8Array {
  const target = new Uint8Array(length);
  flash.read(address, target);
  return target;
}

describe('the NOR flash', () => {
  test('comes erased, clears bits by programming, and sets a whole sector by erasing', () => {
    const flash = new NorFlash({ ...small, allowReprogram: true });
    expect(read(flash, 0, 1024)).toEqual(bytes(1024, 0xff));
    flash.program(4, bytes(4, 0x0f));
    flash.program(4, bytes(4, 0xf8));
    flash.program(512, bytes(4, 0x55));
    expect(read(flash, 0, 12)).toEqual(
      Uint8Array.of(...bytes(4, 0xff), ...bytes(4, 0x08), ...bytes(4, 0xff)),
    );
    flash.erase(0);
    expect(read(flash, 0, 512)).toEqual(bytes(512, 0xff));
    expect(read(flash, 512, 4)).toEqual(bytes(4, 0x55));
    expect([...flash.eraseCounts]).toEqual([1, 0]);
  });

  test('says aloud when a unit is programmed twice without an erase, and lets it be after one', () => {
    const flash = new NorFlash(small);
    flash.program(0, bytes(8, 0xff)); // counts, though it changes nothing
    expect(() => flash.program(4, bytes(4, 0))).toThrow(expect.objectContaining({ code: 'program' }));
    expect(read(flash, 4, 4)).toEqual(bytes(4, 0xff));
    flash.erase(0);
    flash.program(4, bytes(4, 0));
    const copy = new NorFlash(small);
    copy.importImage(flash.exportImage());
    expect(() => copy.program(4, bytes(4, 0))).toThrow(FlashError);
    copy.program(8, bytes(4, 0));
  });

  test('insists on alignment and range', () => {
    const flash = new NorFlash({ ...small, programUnitBytes: 16 });
    expect(() => flash.program(4, bytes(16, 0))).toThrow(expect.objectContaining({ code: 'alignment' }));
    expect(() => flash.program(0, bytes(4, 0))).toThrow(expect.objectContaining({ code: 'alignment' }));
    for (const call of [
      () => flash.program(1024, bytes(16, 0)),
      () => flash.read(1020, bytes(8, 0)),
      () => flash.read(-4, bytes(4, 0)),
      () => flash.erase(2),
      () => flash.importImage(bytes(4, 0)),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: 'range' }));
    }
  });

  test('leaves a subset of the pending bits when power fails in a program, and all and none are among them', () => {
    const old = Uint8Array.of(0xff, 0x0f, 0xf0, 0xaa);
    const next = Uint8Array.of(0x00, 0x0c, 0x3c, 0x55);
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new SimEntropy(seed);
        const flash = new NorFlash({ ...small, allowReprogram: true });
        flash.program(0, old);
        flash.cutAtOperation(1, () => random.uint32());
        expect(() => flash.program(0, next)).toThrow(PowerCut);
        flash.powerOn();
        const found = read(flash, 0, 4);
        found.forEach((byte, i) => {
          expect(byte & ~old[i]).toBe(0); // no bit came back
          expect(~byte & old[i] & next[i]).toBe(0); // none went that was not to go
        });
        expect(read(flash, 4, 508)).toEqual(bytes(508, 0xff));
        seen.add(found.join());
      }),
      { numRuns: 500 },
    );
    expect(seen).toContain(old.join());
    expect(seen).toContain(old.map((byte, i) => byte & next[i]).join());
    expect(seen.size).toBeGreaterThan(30);
  });

  test('leaves anything in the sector, and only there, when power fails in an erase', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const random = new SimEntropy(seed);
      const flash = new NorFlash(small);
      flash.importImage(bytes(1024, 0x5a));
      flash.cutAtOperation(1, () => random.uint32());
      expect(() => flash.erase(1)).toThrow(PowerCut);
      flash.powerOn();
      expect(read(flash, 0, 512)).toEqual(bytes(512, 0x5a));
      seen.add(read(flash, 512, 512).join());
      expect(() => flash.program(512, bytes(4, 0))).toThrow(FlashError); // half erased is not erased
    }
    expect(seen.size).toBeGreaterThan(20);
  });

  test('does nothing without power, and cuts at the operation that was named', () => {
    const flash = new NorFlash(small);
    flash.cutAtOperation(3, () => 1); // 1: the style in which everything is programmed
    flash.program(0, bytes(4, 0));
    flash.erase(1);
    expect(() => flash.program(8, bytes(4, 0))).toThrow(PowerCut);
    for (const call of [
      () => flash.read(0, bytes(4, 0)),
      () => flash.program(16, bytes(4, 0)),
      () => flash.erase(0),
    ]) {
      expect(call).toThrow(PowerCut);
    }
    flash.powerOn();
    expect(read(flash, 0, 12)).toEqual(Uint8Array.of(...bytes(4, 0), ...bytes(4, 0xff), ...bytes(4, 0)));
    expect(flash.counters).toEqual({ reads: 1, readBytes: 12, programs: 2, programBytes: 8, erases: 1 });
  });

  test('calls a cut off when power comes back first', () => {
    const flash = new NorFlash(small);
    flash.cutAtOperation(1, () => 0);
    flash.powerOn();
    flash.program(0, bytes(4, 0));
    expect(read(flash, 0, 4)).toEqual(bytes(4, 0));
  });

  test('leaves bits that read now so, now so, after a cut erase, until an erase comes to its end', () => {
    const changes: number[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const random = new SimEntropy(seed);
      const flash = new NorFlash({ ...small, unstableErases: true });
      flash.cutAtOperation(1, () => random.uint32());
      expect(() => flash.erase(1)).toThrow(PowerCut);
      flash.powerOn();
      const copy = new NorFlash({ ...small, unstableErases: true });
      copy.copyFrom(flash);
      for (const each of [flash, copy]) {
        const reads = [1, 2, 3, 4].map(() => read(each, 512, 512).join());
        changes.push(new Set(reads).size);
        expect(read(each, 0, 512)).toEqual(bytes(512, 0xff));
        each.erase(1);
        expect(read(each, 512, 512)).toEqual(bytes(512, 0xff));
      }
    }
    expect(changes).toContain(1);
    expect(changes).toContain(4);
  });

  test('has sectors that stop erasing, cells that stick and bits that turn', () => {
    const flash = new NorFlash({ sectorBytes: 512, sectorCount: 3 });
    flash.program(0, bytes(512, 0));
    flash.program(512, bytes(512, 0));
    flash.wearOut(0, 'throws');
    flash.wearOut(1, 'stays-dirty');
    expect(() => flash.erase(0)).toThrow(expect.objectContaining({ code: 'erase' }));
    flash.erase(1);
    expect(read(flash, 512, 512)).not.toEqual(bytes(512, 0xff));
    flash.stick(1024, 0x10, 1);
    flash.stick(1025, 0x01, 0);
    flash.program(1024, bytes(4, 0x0e));
    expect(read(flash, 1024, 4)).toEqual(Uint8Array.of(0x1e, 0x0e, 0x0e, 0x0e));
    flash.flip(1026, 0x80);
    expect(read(flash, 1026, 1)).toEqual(Uint8Array.of(0x8e));
    flash.erase(2);
    expect(read(flash, 1024, 4)).toEqual(Uint8Array.of(0xff, 0xfe, 0xff, 0xff));
  });

  test('takes the time of the data sheet, page by page, and tells it', () => {
    let told = 0;
    const flash = new NorFlash({ sectorCount: 1, onBusy: (busy_us) => (told += busy_us) });
    flash.program(0, bytes(256, 0));
    expect(flash.busy_us).toBeCloseTo(30 + 255 * 2.5);
    expect(flash.busy_us).toBeGreaterThan(400);
    expect(flash.busy_us).toBeLessThan(700);
    flash.program(508, bytes(8, 0)); // four bytes in each of two pages
    expect(flash.busy_us).toBeCloseTo(30 + 255 * 2.5 + 2 * (30 + 3 * 2.5));
    flash.erase(0);
    const before = flash.busy_us;
    read(flash, 0, 1000);
    expect(flash.busy_us - before).toBeCloseTo(W25Q_TYPICAL.readCommand_us + 1000 * W25Q_TYPICAL.readByte_us);
    expect(told).toBeCloseTo(flash.busy_us);
    expect(told).toBeGreaterThan(45_000);
  });
});
