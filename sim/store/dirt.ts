/** What may lie on a flash before a store is made on it. */
import { encodePrepared, layoutOf } from '../../firmware/store/format.js';
import { crc32 } from '../../hal/crc32.js';
import type { SimEntropy } from '../chip/entropy.js';
import type { NorFlash } from '../chip/nor-flash.js';
import { survives } from '../chip/power-cut.js';
import type { StoreCode } from './store-code.js';

const kinds = [
  nothing,
  garbage,
  zeros,
  oldAge,
  (flash: NorFlash, random: SimEntropy, code: StoreCode) => oldStore(flash, random, code),
];

/** Makes the flash a used one, and power is on. */
export function soil(flash: NorFlash, random: SimEntropy, code: StoreCode): void {
  kinds[random.uint32() % kinds.length](flash, random, code);
  flash.powerOn();
}

function nothing(): void {}

function garbage(flash: NorFlash, random: SimEntropy): void {
  const image = new Uint8Array(flash.sectorBytes * flash.sectorCount);
  random.fill(image);
  flash.importImage(image);
}

function zeros(flash: NorFlash): void {
  flash.importImage(new Uint8Array(flash.sectorBytes * flash.sectorCount));
}

/** Headers of sectors that were erased often: also so often that fifteen bits do not hold the count. */
function oldAge(flash: NorFlash, random: SimEntropy): void {
  const layout = layoutOf(flash);
  const image = new Uint8Array(flash.sectorBytes * flash.sectorCount).fill(0xff);
  for (let sector = 0; sector < flash.sectorCount; sector++) {
    const eraseCount = [0, 99_990, 0x7ffd][random.uint32() % 3] + (random.uint32() % 4);
    image.set(encodePrepared(layout, eraseCount, crc32), sector * flash.sectorBytes);
  }
  flash.importImage(image);
}

/** Another wallet's store, and an erase of it that was cut. */
function oldStore(flash: NorFlash, random: SimEntropy, code: StoreCode): void {
  const store = code.format(flash, crc32);
  const payload = new Uint8Array(200);
  for (let i = 0; i < 60; i++) {
    random.fill(payload);
    const isFull = !store.fits([200], [200]);
    if (isFull) store.truncate(store.journal.nextNumber);
    if (isFull || i % 4 === 0) for (let steps = 0; steps < 4; steps++) store.tidy();
    if (!store.fits([200], [200])) continue;
    store.journal.append(payload);
    store.put(1 + (i % 9), payload);
  }
  flash.cutAtOperation(1, () => random.uint32());
  survives(() => flash.erase(random.uint32() % flash.sectorCount));
}
