/**
 * A storm: every boot is cut, in the same operation or in any, thousands of times. However long it lasts, it
 * takes no room that housekeeping does not give back once power holds.
 */
import { sameBytes } from '../../firmware/bytes.js';
import type { Store } from '../../firmware/store/store.js';
import { crc32 } from '../../hal/crc32.js';
import { SimEntropy } from '../chip/entropy.js';
import { NorFlash } from '../chip/nor-flash.js';
import { survives } from '../chip/power-cut.js';
import { mediumOf } from './driver.js';
import { type Change, Oracle } from './oracle.js';
import type { StoreCode } from './store-code.js';

/** What the store holds when the storm begins. */
export const FILLS = ['nearly empty', 'half full', 'full'] as const;
/** What each boot does before its housekeeping. A payment that finds no room is a sync. */
export const DEEDS = ['nothing', 'a payment', 'a snapshot'] as const;
/** Operations of a boot that storms are tried in, from 1. */
export const OPERATIONS_MAX = 40;

export interface StormOptions {
  readonly seed: number;
  readonly unit: number;
  readonly fill: (typeof FILLS)[number];
  readonly deed: (typeof DEEDS)[number];
  /** The operation in which each boot is cut; undefined for any of the first OPERATIONS_MAX. */
  readonly operation: number | undefined;
  readonly cuts: number;
}

const SECTORS = 14;
const KEYS_MAX = 40;
const VALUES = 30;
const PAYMENT_BYTES = 280;
/** The values of a snapshot, which have the last keys. */
const SNAPSHOT_BYTES = [700, 900, 300, 300, 20];
const HALF_PAYMENTS = 30;
/** A wallet does no more between two touches. */
const STEPS_OF_BOOT = 8;
const STEPS_MAX = 200;
const COMPARE_EVERY = 100;
/** Where there are more, housekeeping on such a flash lets things lie. */
const SPARE_WANTED = 9;

/** Throws an Error that says what the store did wrong. */
export function playStorm(code: StoreCode, options: StormOptions): void {
  new Storm(code, options).play();
}

/** A change that power may fail in, and how to see afterwards whether it was done. */
interface Deed extends Change {
  readonly isDone: (store: Store) => boolean;
}

class Storm {
  readonly #flash: NorFlash;
  /** For looks at the flash that change nothing on it. */
  readonly #twin: NorFlash;
  readonly #random: SimEntropy;
  readonly #random32: () => number;
  readonly #oracle = new Oracle(KEYS_MAX);
  #store: Store;

  constructor(
    private readonly code: StoreCode,
    private readonly options: StormOptions,
  ) {
    this.#random = new SimEntropy(options.seed);
    this.#random32 = () => this.#random.uint32();
    const part = { sectorCount: SECTORS, programUnitBytes: options.unit, unstableErases: true };
    this.#flash = new NorFlash(part);
    this.#twin = new NorFlash(part);
    this.#store = code.format(this.#flash, crc32);
  }

  play(): void {
    this.#fill();
    const before = this.#roomAfterSync();
    for (let cuts = 1; cuts <= this.options.cuts; cuts++) {
      this.#cutBoot();
      if (cuts % COMPARE_EVERY === 0) this.#compare(this.#look());
    }
    const after = this.#roomAfterSync();
    // The ends of sectors, where the next value did not fit, may come to one.
    if (after < Math.min(before - 1, SPARE_WANTED))
      throw new Error(`${before} sectors to spare before the storm, ${after} after it`);
    this.#store = this.#open(this.#flash);
    this.#goOn();
  }

  #fill(): void {
    const { fill } = this.options;
    for (let key = 1; key <= VALUES; key++) this.#do(this.#put(key, 60));
    this.#do(this.#snapshot());
    const payments = { 'nearly empty': 0, 'half full': HALF_PAYMENTS, full: Number.POSITIVE_INFINITY }[fill];
    for (let i = 0; i < payments && this.#store.journal.fits(PAYMENT_BYTES); i++) {
      this.#do(this.#payment());
      if (i % 4 === 0 && this.#store.fits([], [300]))
        this.#do(this.#put(1 + (this.#random32() % VALUES), this.#random32() % 300));
      tidyUp(this.#store);
    }
  }

  /** Power fails, unless the boot comes to its end before. */
  #cutBoot(): void {
    const { operation = 1 + (this.#random32() % OPERATIONS_MAX) } = this.options;
    this.#flash.cutAtOperation(operation, this.#random32);
    let deed: Deed | undefined;
    survives(() => {
      this.#store = this.#open(this.#flash);
      deed = this.#deed();
      deed?.run(this.#store);
      for (let steps = 0; steps < STEPS_OF_BOOT && this.#store.tidy(); steps++);
    });
    this.#flash.powerOn();
    if (deed?.isDone(this.#look())) deed.note(this.#oracle);
  }

  #deed(): Deed | undefined {
    const { deed } = this.options;
    if (deed === 'a snapshot' && this.#store.fits([], SNAPSHOT_BYTES)) return this.#snapshot();
    if (deed !== 'a payment') return undefined;
    if (this.#store.journal.fits(PAYMENT_BYTES)) return this.#payment();
    const { nextNumber } = this.#oracle;
    this.#oracle.truncate(nextNumber); // power may fail: what is below may be gone then
    return {
      name: 'sync',
      run: (store) => canTruncate(store, nextNumber),
      note: () => {},
      isDone: () => false,
    };
  }

  #payment(): Deed {
    const payload = this.#bytes(PAYMENT_BYTES);
    const number = this.#oracle.nextNumber;
    return {
      name: 'payment',
      run: (store) => void store.journal.append(payload),
      note: (oracle) => oracle.append(payload),
      isDone: (store) => store.journal.nextNumber > number,
    };
  }

  #snapshot(): Deed {
    const writes = SNAPSHOT_BYTES.map((length, i) => ({ key: VALUES + 1 + i, payload: this.#bytes(length) }));
    const last = writes[writes.length - 1];
    return {
      name: 'snapshot',
      run: (store) => store.batch(writes),
      note: (oracle) => {
        for (const { key, payload } of writes) oracle.put(key, payload);
      },
      isDone: (store) => sameBytes(store.get(last.key) ?? new Uint8Array(0), last.payload),
    };
  }

  #put(key: number, length: number): Change {
    const payload = this.#bytes(length);
    return {
      name: 'put',
      run: (store) => store.put(key, payload),
      note: (oracle) => oracle.put(key, payload),
    };
  }

  #bytes(length: number): Uint8Array {
    const payload = new Uint8Array(length);
    this.#random.fill(payload);
    return payload;
  }

  #do(change: Change): void {
    change.run(this.#store);
    change.note(this.#oracle);
  }

  #open(flash: NorFlash): Store {
    const result = this.code.openStore(flash, crc32);
    if (result.status !== 'ok') throw new Error(`the verdict of a boot is ${JSON.stringify(result)}`);
    return result.store;
  }

  /** The store as a boot would find it now. */
  #look(): Store {
    this.#twin.copyFrom(this.#flash);
    return this.#open(this.#twin);
  }

  #compare(store: Store): void {
    const wrong = this.#oracle.differs(store);
    if (wrong !== undefined) throw new Error(wrong);
  }

  /** Sectors to spare, had there been a sync now and power after it. */
  #roomAfterSync(): number {
    const store = this.#look();
    this.#compare(store);
    tidyUp(store);
    store.truncate(store.journal.nextNumber);
    tidyUp(store);
    return mediumOf(store).sectors.spare;
  }

  /** The store pays, syncs and pays. */
  #goOn(): void {
    const { fill, deed } = this.options;
    // Boots that pay may have filled it by themselves: then only a sync makes room.
    const hadRoom = fill === 'nearly empty' && deed !== 'a payment';
    for (const isSynced of [false, true]) {
      tidyUp(this.#store);
      if (isSynced) {
        this.#oracle.truncate(this.#oracle.nextNumber);
        this.#store.truncate(this.#oracle.nextNumber);
        tidyUp(this.#store);
      }
      const fits = this.#store.journal.fits(PAYMENT_BYTES) && this.#store.fits([], SNAPSHOT_BYTES);
      if (!fits && (isSynced || hadRoom)) throw new Error('no room after the storm');
      if (!fits) continue;
      this.#do(this.#payment());
      this.#do(this.#snapshot());
    }
    this.#store = this.#open(this.#flash);
    this.#compare(this.#store);
  }
}

/** Without room to say so, housekeeping comes first. */
function canTruncate(store: Store, number: number): void {
  if (mediumOf(store).sectors.ready.length === 0) store.tidy();
  store.truncate(number);
}

function tidyUp(store: Store): void {
  for (let steps = 0; store.tidy(); steps++) {
    if (steps > STEPS_MAX) throw new Error('tidy does not come to an end');
  }
}
