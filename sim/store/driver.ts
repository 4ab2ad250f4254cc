/**
 * Drives a store and an oracle through random operations, with power failing in the middle of most of them
 * and again in the recovery, and compares. One seed is one life of one flash.
 */
import type { Stream } from '../../firmware/store/format.js';
import type { Index } from '../../firmware/store/index.js';
import type { Medium } from '../../firmware/store/medium.js';
import type { Store } from '../../firmware/store/store.js';
import { crc32 } from '../../hal/crc32.js';
import { SimEntropy } from '../chip/entropy.js';
import { NorFlash } from '../chip/nor-flash.js';
import { survives } from '../chip/power-cut.js';
import { Changes, KEYS_MAX, type Request } from './changes.js';
import { soil } from './dirt.js';
import { type Change, codeOf, Oracle } from './oracle.js';
import type { StoreCode } from './store-code.js';
import { Wear } from './wear.js';

/** What was done so far, over many lives. */
export interface Tally {
  cuts: number;
  operations: number;
  boots: number;
}

export interface LifeOptions {
  readonly seed: number;
  readonly unit: number;
  /**
   * Sectors stop erasing and cells stick. `fits` promises nothing then; what was acknowledged stays all the
   * same.
   */
  readonly isWorn?: boolean;
  readonly trace?: ((line: string) => void) | undefined;
}

/** No boot, no step of housekeeping and no write reads more often: beyond it the store hangs. */
const READS_MAX = 100_000;
/** Every step of `tidy` has something to show for it; so many steps in a row there cannot be. */
const stepsMax = (flash: NorFlash): number => 4 * flash.sectorCount + 20;

export class Driver {
  readonly #code: StoreCode;
  readonly #options: LifeOptions;
  readonly #tally: Tally;
  readonly #random: SimEntropy;
  readonly #random32: () => number;
  readonly #flash: NorFlash;
  /** For what must not happen to the first. */
  readonly #twin: NorFlash;
  readonly #changes: Changes;
  readonly #wear: Wear;
  readonly #oracle = new Oracle(KEYS_MAX);
  #store!: Store;
  /** What power failed in. */
  #inDoubt: Change | undefined;
  #reads = 0;

  constructor(code: StoreCode, options: LifeOptions, tally: Tally = { cuts: 0, operations: 0, boots: 0 }) {
    this.#code = code;
    this.#options = options;
    this.#tally = tally;
    this.#random = new SimEntropy(options.seed);
    this.#random32 = () => this.#random.uint32();
    const geometry = {
      sectorBytes: this.#below(8) === 0 ? 8192 : 4096,
      sectorCount: (options.isWorn ? 18 : 11) + this.#below(6),
      programUnitBytes: options.unit,
      unstableErases: true,
      onBusy: () => {
        if (++this.#reads > READS_MAX) throw new Error('the store hangs');
      },
    };
    this.#flash = new NorFlash(geometry);
    this.#twin = new NorFlash(geometry);
    this.#wear = new Wear(this.#flash, this.#random);
    const valueBytesMax = (geometry.sectorCount - 9) * 1500;
    this.#changes = new Changes(this.#random, this.#flash, this.#oracle, valueBytesMax, (stream) => {
      return mediumOf(this.#store).room(stream) - this.#store.recordBytes(0);
    });
  }

  /** Throws an Error that says what the store did wrong. */
  live(cuts: number): void {
    this.#make();
    const end = this.#tally.cuts + cuts;
    for (let rounds = 0; this.#tally.cuts < end; rounds++) {
      if (rounds > 2 * cuts) {
        expect(this.#options.isWorn === true, 'the store writes no more');
        return;
      }
      if (this.#options.isWorn && this.#below(12) === 0) this.#trace(this.#wear.anywhere());
      this.#cutWithin(this.#below(4) === 0 ? 40 : 6);
      const isCut = !this.#survives(() => {
        for (let i = 0; i < 40; i++) this.#operate();
      });
      if (isCut) {
        if (this.#options.isWorn && this.#below(8) === 0) {
          const { sector, end } = mediumOf(this.#store).logs[this.#below(2) as Stream];
          this.#trace(this.#wear.behind(sector, end));
        }
        this.#boot();
      }
      if (!this.#options.isWorn && this.#below(16) === 0) this.#rot();
    }
  }

  #below(n: number): number {
    return this.#random.uint32() % n;
  }

  #cutWithin(operations: number): void {
    this.#flash.cutAtOperation(1 + this.#below(operations), this.#random32);
  }

  /** False when power failed in it. */
  #survives(action: () => void): boolean {
    this.#reads = 0;
    if (survives(action)) return true;
    this.#tally.cuts++;
    return false;
  }

  /** Makes a store, in spite of some cuts, on a flash that is not new. */
  #make(): void {
    soil(this.#flash, this.#random, this.#code);
    for (let cuts = this.#below(3); cuts > 0; cuts--) {
      this.#cutWithin(2 * this.#flash.sectorCount);
      this.#survives(() => this.#code.format(this.#flash, crc32));
      this.#flash.powerOn();
      this.#code.openStore(this.#flash, crc32); // any verdict will do, and an exception will not
    }
    this.#flash.powerOn();
    this.#store = this.#code.format(this.#flash, crc32);
    this.#expectSame('after format');
  }

  #operate(): void {
    this.#reads = 0;
    const roll = this.#below(100);
    if (roll < 74) this.#write(this.#changes.next());
    else if (roll < 76) this.#truncate(this.#changes.nextFloor());
    else if (roll < 96) this.#tidy();
    else if (roll < 98) this.#makeRoomFor(this.#changes.sizes());
    else this.#reopen();
  }

  /** What stood erased before a boot does so after it. */
  #reopen(): void {
    const before = this.#longValuesThatFit();
    this.#boot();
    const after = this.#longValuesThatFit();
    expect(
      this.#options.isWorn === true || after >= before - 1,
      `long values that fit: ${before} before a boot, ${after} after it`,
    );
  }

  #longValuesThatFit(): number {
    const values: number[] = [];
    while (values.length < 40 && this.#store.fits([], [...values, 1000])) values.push(1000);
    return values.length;
  }

  /**
   * What happens in a touch: it never erases, and where there is no room it says so before it writes
   * anything.
   */
  #write({ change, entries, values }: Request): void {
    const { counters } = this.#flash;
    const { programs, erases } = counters;
    const fits = this.#store.fits(entries, values);
    this.#trace(fits ? change.name : `${change.name}: full`);
    this.#inDoubt = change;
    let code: string | undefined;
    try {
      this.#tally.operations++;
      change.run(this.#store);
      change.note(this.#oracle);
    } catch (error) {
      code = codeOf(error);
      if (code === undefined) throw error;
    } finally {
      expect(counters.erases === erases, `${change.name} erased`);
    }
    this.#inDoubt = undefined;
    if (code === undefined) {
      expect(fits, `${change.name} went through although it does not fit`);
    } else if (fits) {
      expect(this.#options.isWorn === true, `${change.name} threw '${code}' although it fits`);
      this.#expectSame(`after ${change.name} threw '${code}'`);
      if (code === 'unwritable' || this.#below(2) === 0) this.#boot();
    } else if (code === 'unwritable' && this.#options.isWorn) {
      this.#boot(); // an earlier step of housekeeping has found that out
    } else {
      expect(code === 'full' && counters.programs === programs, `${change.name} threw '${code}'`);
      if (this.#below(2) === 0) this.#makeRoom();
    }
  }

  #truncate(number: number): void {
    this.#trace(`truncate ${number}`);
    this.#oracle.truncate(number); // power may fail: entries below may be gone then
    const { programs } = this.#flash.counters;
    try {
      this.#store.truncate(number);
    } catch (error) {
      if (isOfWear(error) && this.#options.isWorn) return;
      if (codeOf(error) !== 'full') throw error;
      if (this.#options.isWorn) return;
      expect(this.#flash.counters.programs === programs, 'truncate wrote, and then there was no room');
      this.#tidyUp();
      this.#store.truncate(number);
    }
  }

  #tidy(): boolean {
    const { erases } = this.#flash.counters;
    this.#trace('tidy');
    this.#reads = 0;
    const goesOn = this.#options.isWorn ? orNoRoom(() => this.#store.tidy()) : this.#store.tidy();
    expect(this.#flash.counters.erases - erases <= 1, 'one step erased more than one sector');
    return goesOn;
  }

  /** What a sync does: after it there is room again, however full the store was. */
  #makeRoom(): void {
    if (this.#below(2) === 0) this.#tidyUp();
    this.#truncate(this.#oracle.nextNumber);
    this.#tidyUp();
    expect(this.#options.isWorn === true || this.#store.fits([300, 300], [300]), 'no room after a sync');
  }

  /** What a wallet does before a longer write: as many steps as it takes, and no erase after them. */
  #makeRoomFor(values: readonly number[]): void {
    this.#trace(`make room for ${values.join(', ')}`);
    let steps = 0;
    while (!this.#store.fits([], values) && orNoRoom(() => this.#store.makeRoom(values))) {
      expect(++steps < stepsMax(this.#flash), 'making room does not come to an end');
    }
  }

  #tidyUp(): void {
    let steps = 0;
    while (this.#tidy()) expect(++steps < stepsMax(this.#flash), 'tidy does not come to an end');
  }

  /**
   * Boots, and power may fail in that too. The store then says what it said, with or without what was in
   * doubt.
   */
  #boot(): void {
    for (;;) {
      this.#flash.powerOn();
      if (this.#below(3) === 0) this.#cutWithin(2);
      if (this.#survives(() => this.#open(2))) break;
    }
    this.#flash.powerOn();
    const before = this.#oracle.differs(this.#store);
    if (before !== undefined) {
      this.#inDoubt?.note(this.#oracle);
      const after = this.#oracle.differs(this.#store);
      expect(
        this.#inDoubt !== undefined && after === undefined,
        `after a boot: ${before}; had ${this.#inDoubt?.name ?? 'nothing'} been done: ${after}`,
      );
    }
    this.#trace(
      `boot: ${this.#inDoubt?.name ?? 'nothing'} in doubt is ${before === undefined ? 'gone' : 'there'}`,
    );
    this.#inDoubt = undefined;
    if (this.#below(4) > 0) return;
    // a bad cell may have kept the first from writing down what it decided
    this.#open(this.#options.isWorn ? 2 : 0);
    this.#expectSame('after another boot');
  }

  /** Opens the store, which writes no more often than `writesMax`, and never erases. */
  #open(writesMax: number): void {
    const { counters } = this.#flash;
    const { programs, erases } = counters;
    this.#tally.boots++;
    try {
      const result = this.#code.openStore(this.#flash, crc32);
      if (result.status !== 'ok') throw new Error(`the verdict of a boot is ${JSON.stringify(result)}`);
      this.#store = result.store;
    } finally {
      expect(counters.erases === erases, 'a boot erased');
      expect(counters.programs - programs <= writesMax, 'a boot wrote more than it may');
    }
  }

  /**
   * Turns one bit of a copy. Every value and entry then reads as it was written, or is known to be rotten, or
   * the verdict of the boot is that there is damage; and so it stays when housekeeping moves what has rotted.
   */
  #rot(): void {
    this.#flash.powerOn();
    const twin = this.#twin;
    twin.copyFrom(this.#flash);
    const oracle = this.#oracle.copy();
    const store = this.#openTwin();
    expect(store !== undefined, 'a copy does not open');
    if (store === undefined || !store.fits([40], [40])) return;
    // An entry without a body that was written last cannot be told from one that was cut: none may be the
    // last.
    for (const { change } of [this.#changes.append(40), this.#changes.put(40)]) {
      change.run(store);
      change.note(oracle);
    }
    const { address, mask } = this.#below(2) === 0 ? this.#bitOf(twin) : this.#bitOfValue(store, oracle);
    this.#trace(`rot: ${mask} at ${address}`);
    twin.flip(address, mask);
    for (let boots = 0; boots < 3; boots++) {
      this.#reads = 0;
      const rotten = this.#openTwin();
      if (rotten === undefined) return;
      const lie = oracle.lies(rotten);
      expect(lie === undefined, `after bits ${mask} at ${address} turned: ${lie}`);
      for (let steps = this.#below(16); steps > 0; steps--) orNoRoom(() => rotten.tidy());
    }
  }

  #openTwin(): Store | undefined {
    const result = this.#code.openStore(this.#twin, crc32);
    if (result.status === 'ok') return result.store;
    expect(result.status === 'damaged', `with one bit turned the verdict is ${result.status}`);
    return undefined;
  }

  /** One bit, of something written if one is found soon. */
  #bitOf(flash: NorFlash): { address: number; mask: number } {
    const byte = new Uint8Array(1);
    let address = 0;
    for (let tries = 0; tries < 8 && byte[0] !== 0xff; tries++) {
      address = this.#below(flash.sectorCount * flash.sectorBytes);
      flash.read(address, byte);
    }
    return { address, mask: 1 << this.#below(8) };
  }

  /** One bit of the body of a value that is alive, so that it has to move as it is. */
  #bitOfValue(store: Store, oracle: Oracle): { address: number; mask: number } {
    const keys = [...oracle.values.keys()];
    const key = keys[this.#below(keys.length)];
    const { index } = store as unknown as { index: Index };
    const body = index.address(key) + mediumOf(store).layout.header;
    return {
      address: body + this.#below((oracle.values.get(key)?.length ?? 0) + 4),
      mask: 1 << this.#below(8),
    };
  }

  #expectSame(when: string): void {
    const wrong = this.#oracle.differs(this.#store);
    expect(wrong === undefined, `${when}: ${wrong}`);
  }

  #trace(line: string): void {
    this.#options.trace?.(line);
  }
}

/** Where cells do not hold what is written, a step may need more room than there is. */
function orNoRoom(step: () => boolean): boolean {
  try {
    return step();
  } catch (error) {
    if (codeOf(error) === 'full' || isOfWear(error)) return false;
    throw error;
  }
}

/** A flash that takes too little of what is written stops the store, until it is opened again. */
const isOfWear = (error: unknown): boolean => codeOf(error) === 'worn' || codeOf(error) === 'unwritable';

/** Looked up behind the store's back: no wallet needs it, but edges are where bugs are. */
export function mediumOf(store: Store): Medium {
  return (store as unknown as { medium: Medium }).medium;
}

function expect(holds: boolean, why: string): void {
  if (!holds) throw new Error(why);
}
