/**
 * A flash that says it has written, and has not: once, or from some program on; cells in the first bytes of a
 * sector that do not take what is written; a format over an older store that is cut. Nothing that was
 * acknowledged is lost by any of them.
 */
import { JOURNAL, STATE } from '../../firmware/store/format.js';
import type { Store } from '../../firmware/store/store.js';
import { crc32 } from '../../hal/crc32.js';
import { SimEntropy } from '../chip/entropy.js';
import { NorFlash } from '../chip/nor-flash.js';
import { survives } from '../chip/power-cut.js';
import { mediumOf } from './driver.js';
import { codeOf, Oracle } from './oracle.js';
import type { StoreCode } from './store-code.js';

const SECTORS = 16;
const KEYS_MAX = 10;
const ROUNDS = 60;
/** Magic to CRC of both parts of a sector's header. */
const SECTOR_HEADER_BYTES = 64;

class Life {
  readonly flash: NorFlash;
  readonly oracle = new Oracle(KEYS_MAX);
  readonly #random: SimEntropy;
  store: Store;

  constructor(
    private readonly code: StoreCode,
    unit: number,
    seed: number,
  ) {
    this.#random = new SimEntropy(seed);
    this.flash = new NorFlash({ sectorCount: SECTORS, programUnitBytes: unit, unstableErases: true });
    this.store = code.format(this.flash, crc32);
  }

  readonly random32 = (): number => this.#random.uint32();

  /** Payments and values, with all housekeeping. False when the flash is known not to take writes. */
  live(rounds: number): boolean {
    try {
      for (let i = 0; i < rounds; i++) this.#round(i);
      return true;
    } catch (error) {
      if (codeOf(error) === 'unwritable') return false;
      throw error;
    }
  }

  #round(i: number): void {
    const payload = new Uint8Array(100 + (this.random32() % 400));
    this.#random.fill(payload);
    const key = 1 + (i % (KEYS_MAX - 1));
    if (this.store.journal.fits(payload.length)) {
      this.store.journal.append(payload);
      this.oracle.append(payload);
    } else {
      this.oracle.truncate(this.oracle.nextNumber);
      this.store.truncate(this.oracle.nextNumber);
    }
    if (this.store.fits([], [payload.length])) {
      this.store.put(key, payload);
      this.oracle.put(key, payload);
    }
    while (this.store.tidy());
  }

  boot(): void {
    this.flash.powerOn();
    const result = this.code.openStore(this.flash, crc32);
    if (result.status !== 'ok') throw new Error(`the verdict of a boot is ${JSON.stringify(result)}`);
    this.store = result.store;
    const wrong = this.oracle.differs(this.store);
    if (wrong !== undefined) throw new Error(wrong);
  }
}

/** The programs from the `first` to the `last` are lost, 1 being the next. */
function losePrograms(flash: NorFlash, first: number, last: number): void {
  const program = flash.program.bind(flash);
  let programs = 0;
  flash.program = (address, data) => {
    programs++;
    if (programs < first || programs > last) program(address, data);
  };
}

function deaf(code: StoreCode, unit: number, from: number): void {
  const life = new Life(code, unit, from);
  life.live(20);
  losePrograms(life.flash, from, Number.POSITIVE_INFINITY);
  if (life.live(ROUNDS)) throw new Error('nobody has noticed that the flash takes no writes');
  if (life.store.journal.fits(0)) throw new Error('a store that cannot be written goes on');
  life.boot();
}

function oneLost(code: StoreCode, unit: number, which: number): void {
  const life = new Life(code, unit, which);
  life.live(20);
  losePrograms(life.flash, which, which);
  life.live(4);
  const ready = mediumOf(life.store).sectors.ready.length;
  life.boot();
  const left = mediumOf(life.store).sectors.ready.length;
  if (left < ready) throw new Error(`${ready} sectors stood erased before a boot, ${left} after it`);
  life.live(ROUNDS);
  life.boot();
}

function badHeader(code: StoreCode, unit: number, seed: number): void {
  const life = new Life(code, unit, seed);
  life.live(10);
  for (let bad = 0; bad < 3; bad++) {
    const { ready } = mediumOf(life.store).sectors;
    const start = ready[life.random32() % ready.length] * life.flash.sectorBytes;
    for (let cells = 2 + (life.random32() % 2); cells > 0; cells--) {
      life.flash.stick(start + (life.random32() % SECTOR_HEADER_BYTES), 1 << (life.random32() % 8), 1);
    }
    life.live(ROUNDS / 3);
    life.boot();
  }
}

/** In any operation, or in the erase of the newest sector of one log or the other. */
function cutFormat(life: Life, code: StoreCode, seed: number): void {
  const { flash, random32 } = life;
  const end = seed % 3 < 2 ? mediumOf(life.store).logs[seed % 3 === 0 ? JOURNAL : STATE].sector : -1;
  const erase = flash.erase.bind(flash);
  flash.erase = (sector) => {
    if (sector === end) flash.cutAtOperation(1, random32);
    erase(sector);
  };
  if (end < 0) flash.cutAtOperation(1 + (random32() % (2 * SECTORS)), random32);
  survives(() => code.format(flash, crc32));
  flash.erase = erase;
}

/**
 * Whatever the verdict on a format that was cut, nothing is written to what is half erased, and it can be
 * done again.
 */
function formatCut(code: StoreCode, unit: number, seed: number): void {
  const life = new Life(code, unit, seed);
  life.live(seed % 40);
  cutFormat(life, code, seed);
  for (let boots = 0; boots < 3; boots++) {
    life.flash.powerOn();
    code.openStore(life.flash, crc32);
  }
  const store = code.format(life.flash, crc32);
  store.put(1, Uint8Array.of(1));
  const again = code.openStore(life.flash, crc32);
  if (again.status !== 'ok' || !again.store.has(1))
    throw new Error('what was formatted once more does not open');
}

const FAULTS = {
  'a flash takes no more writes, from program': { play: deaf, times: 40 },
  'a program is lost, number': { play: oneLost, times: 60 },
  'cells in the header of a sector are stuck, seed': { play: badHeader, times: 40 },
  'a format is cut, seed': { play: formatCut, times: 150 },
};
export const FAULT_NAMES = Object.keys(FAULTS) as (keyof typeof FAULTS)[];

/** Throws an Error that says what the store did wrong, and in which fault. */
export function playFault(code: StoreCode, name: keyof typeof FAULTS): void {
  const { play, times } = FAULTS[name];
  for (let n = 1; n <= times; n++) {
    try {
      play(code, n % 2 === 0 ? 4 : 16, n);
    } catch (error) {
      throw new Error(`${name} ${n}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
}
