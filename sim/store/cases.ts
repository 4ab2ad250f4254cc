/**
 * What random lives come to once in many thousand cuts, done on purpose: the last bytes of a sector, verdicts
 * that are cut again and again, storms of cuts that use up what stands erased, sectors that come out of an
 * erase dirty.
 */
import { JOURNAL, KIND, STATE, type Stream } from '../../firmware/store/format.js';
import type { Store } from '../../firmware/store/store.js';
import { crc32 } from '../../hal/crc32.js';
import { SimEntropy } from '../chip/entropy.js';
import { NorFlash } from '../chip/nor-flash.js';
import { survives } from '../chip/power-cut.js';
import { mediumOf } from './driver.js';
import { type Change, Oracle } from './oracle.js';
import type { StoreCode } from './store-code.js';

const KEYS_MAX = 8;
const SECTORS = 14;
const STEPS_MAX = 4 * SECTORS + 20;
/**
 * Shorter than the longest record by more than one of STEP_BYTES: so a sector can be filled to its last byte.
 */
const LAST_BYTES_MAX = 900;
const STEP_BYTES = 300;
/** Of the three programs of a record. */
const IN_MARK = 3;

/**
 * What a cut leaves of each byte's bits: nothing was programmed; half of them; a mark that just counts; one
 * that just does not.
 */
const NOTHING = () => 0;
const HALF = leaving(0x5a);
const JUST_SET = leaving(0x0f);
const JUST_NOT = leaving(0x1f);

/** For `NorFlash.cutAtOperation`: its fourth style takes the bits that stay undone from the next numbers. */
function leaving(bits: number): () => () => number {
  return () => {
    let isFirst = true;
    return () => {
      const number = isFirst ? 4 : bits;
      isFirst = false;
      return number;
    };
  };
}

/** A store and what it must hold. */
class Setup {
  readonly flash: NorFlash;
  readonly oracle = new Oracle(KEYS_MAX);
  readonly #random: SimEntropy;
  store: Store;
  cuts = 0;
  #inDoubt: Change | undefined;

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

  write(stream: Stream, length: number, fill?: number): void {
    if (!this.fits(stream, length)) this.tidyUp();
    this.do(this.change(stream, length, fill));
  }

  do(change: Change): void {
    change.run(this.store);
    change.note(this.oracle);
  }

  change(stream: Stream, length: number, fill?: number): Change {
    const payload = new Uint8Array(length);
    if (fill === undefined) this.#random.fill(payload);
    else payload.fill(fill);
    const key = 1 + (this.random32() % (KEYS_MAX - 1));
    if (stream === STATE) {
      return {
        name: `put ${length} bytes as ${key}`,
        run: (store) => store.put(key, payload),
        note: (oracle) => oracle.put(key, payload),
      };
    }
    return {
      name: `append ${length} bytes`,
      run: (store) => void store.journal.append(payload),
      note: (oracle) => oracle.append(payload),
    };
  }

  truncate(number: number): void {
    this.oracle.truncate(number);
    this.store.truncate(number);
  }

  fits(stream: Stream, length: number): boolean {
    return stream === STATE ? this.store.fits([], [length]) : this.store.fits([length], []);
  }

  /**
   * Payload bytes of the record that ends where records of this log end in its last sector; negative when
   * there is no place for one.
   */
  filling(stream: Stream): number {
    return mediumOf(this.store).room(stream) - this.store.recordBytes(0);
  }

  /** Leaves room for one last record in the sector. */
  fillAllButOne(stream: Stream): void {
    if (this.filling(stream) < 0) this.write(stream, STEP_BYTES);
    while (this.filling(stream) > LAST_BYTES_MAX) this.write(stream, STEP_BYTES);
  }

  /** Power fails in the n-th operation, or the action ends before. */
  cut(n: number, random32: () => number, action: () => void): void {
    this.flash.cutAtOperation(n, random32);
    if (!survives(action)) this.cuts++;
    this.flash.powerOn();
  }

  cutIn(change: Change, n: number, random32: () => number): void {
    this.#inDoubt = change;
    this.cut(n, random32, () => change.run(this.store));
  }

  open(): void {
    const result = this.code.openStore(this.flash, crc32);
    if (result.status !== 'ok') throw new Error(`the verdict of a boot is ${JSON.stringify(result)}`);
    this.store = result.store;
  }

  /** What was in doubt is there or gone for good after this. */
  boot(): void {
    this.open();
    if (this.#inDoubt !== undefined && this.oracle.differs(this.store) !== undefined) {
      this.#inDoubt.note(this.oracle);
    }
    this.#inDoubt = undefined;
    this.compare();
  }

  compare(): void {
    const wrong = this.oracle.differs(this.store);
    if (wrong !== undefined) throw new Error(wrong);
  }

  tidyUp(): void {
    for (let steps = 0; this.store.tidy(); steps++) {
      if (steps > STEPS_MAX) throw new Error('tidy does not come to an end');
    }
  }

  /** The store goes on as if nothing had been, over some boots. */
  goOn(): void {
    for (let i = 0; i < 3; i++) {
      this.write(JOURNAL, 100);
      this.write(STATE, 100);
      this.boot();
    }
    this.tidyUp();
    this.boot();
  }

  /** What a sync does: after it there is room again. */
  sync(): void {
    this.truncate(this.oracle.nextNumber);
    this.tidyUp();
    if (!this.store.fits([300, 300], [300])) throw new Error('no room after a sync');
    this.boot();
  }
}

/** Half a mark at the very end of a sector reads now so, now so: the first boot decides, once. */
function weakMark(setup: Setup, stream: Stream, isJustSet: boolean): void {
  setup.fillAllButOne(stream);
  const end = (mediumOf(setup.store).logs[stream].sector + 1) * setup.flash.sectorBytes;
  const mark = end - (setup.flash.sectorBytes - mediumOf(setup.store).layout.limits[stream]);
  const last = setup.change(stream, setup.filling(stream));
  setup.cutIn(last, IN_MARK, isJustSet ? JUST_SET() : JUST_NOT());
  setup.boot();
  // The four bytes of zeros begin the unit.
  const address = mark - setup.flash.programUnitBytes;
  for (let byte = 0; byte < 4; byte++) setup.flash.flip(address + byte, isJustSet ? 0xc0 : 0x10);
  setup.boot();
  setup.goOn();
}

/** Power fails in the verdict too, until there is no room for another. */
function tornVerdicts(setup: Setup, stream: Stream, isWhole: boolean): void {
  setup.fillAllButOne(stream);
  const last = setup.change(stream, setup.filling(stream));
  if (isWhole) setup.do(last);
  else setup.cutIn(last, IN_MARK, NOTHING);
  for (let i = 0; i < 10; i++) setup.cut(1, HALF(), () => setup.open());
  setup.boot();
  setup.boot();
  setup.goOn();
}

/** The same in a batch whose second value ends with the sector: neither it nor the first may count. */
function tornBatch(setup: Setup, operation: number): void {
  setup.fillAllButOne(STATE);
  const short = new Uint8Array(10);
  const rest = setup.filling(STATE) - setup.store.recordBytes(short.length);
  const writes = [
    { key: 1, payload: short },
    { key: 2, payload: new Uint8Array(rest) },
    { key: 3, payload: undefined },
    { key: 4, payload: short },
  ];
  const batch: Change = {
    name: 'batch',
    run: (store) => store.batch(writes),
    note: (oracle) => {
      for (const { key, payload } of writes) oracle.put(key, payload);
    },
  };
  setup.cutIn(batch, operation, NOTHING);
  for (let i = 0; i < 10; i++) setup.cut(1, HALF(), () => setup.open());
  setup.boot();
  setup.boot();
  setup.goOn();
}

/** Behind the record that power failed in, the sector takes nothing any more. */
function badEnd(setup: Setup, stream: Stream, isWhole: boolean): void {
  setup.fillAllButOne(stream);
  const { sector, end } = mediumOf(setup.store).logs[stream];
  const last = setup.change(stream, STEP_BYTES);
  const from = end + setup.store.recordBytes(STEP_BYTES);
  const { sectorBytes } = setup.flash;
  for (let at = from; at < sectorBytes; at += 4) setup.flash.stick(sector * sectorBytes + at, 0x10, 1);
  if (isWhole) setup.do(last);
  else setup.cutIn(last, IN_MARK, NOTHING);
  for (let boots = 0; boots < 3; boots++) setup.boot();
  setup.goOn();
}

const STORM_CUTS = 40;

/** On a full flash whose state has not got a byte left, power fails in every step towards a free sector. */
function storm(setup: Setup, operation: number): void {
  for (let i = 0; setup.fits(JOURNAL, STEP_BYTES) || setup.fits(STATE, STEP_BYTES); i++) {
    for (const stream of [JOURNAL, STATE] as const) {
      if (setup.fits(stream, STEP_BYTES)) setup.write(stream, STEP_BYTES);
    }
    if (i % 12 === 0) setup.store.tidy();
  }
  const rest = setup.filling(STATE);
  if (rest >= 0 && setup.fits(STATE, rest)) setup.write(STATE, rest);
  const { nextNumber } = setup.oracle;
  setup.oracle.truncate(nextNumber);
  for (let cuts = 0; cuts < STORM_CUTS; cuts++) {
    const how = operation === 1 ? HALF() : setup.random32;
    setup.cut(operation, how, () => {
      // Once nothing stands erased, housekeeping comes first.
      if (mediumOf(setup.store).sectors.ready.length === 0) setup.store.tidy();
      setup.store.truncate(nextNumber);
      setup.store.tidy();
    });
    setup.boot();
  }
  setup.tidyUp();
  setup.sync();
  setup.goOn();
}

/**
 * Records have taken what stood erased, and entries without a body the rest of the state's sector. What
 * housekeeping erases then still stands erased after a boot: a touch may be the first thing that happens.
 */
function readyAtBoot(setup: Setup): void {
  for (let i = 1; i <= 20; i++) setup.write(JOURNAL, STEP_BYTES);
  const fill = (stream: Stream, length: number) => {
    while (setup.fits(stream, length)) setup.do(setup.change(stream, length));
  };
  fill(JOURNAL, LAST_BYTES_MAX);
  fill(STATE, STEP_BYTES);
  fill(STATE, 0);
  const medium = mediumOf(setup.store);
  while (medium.appendOwnHere(STATE, KIND.kept, 0));
  while (!setup.fits(STATE, STEP_BYTES))
    if (!setup.store.tidy()) throw new Error('no room after housekeeping');
  setup.boot();
  if (!setup.fits(STATE, STEP_BYTES)) throw new Error('what was erased ahead is not known any more');
  setup.goOn();
}

/** Sectors that an erase leaves dirty are left out, whatever was in them: zeros, so that most of it shows. */
function dirtyErases(setup: Setup): void {
  for (const sector of [3, 6, 7, 12]) setup.flash.wearOut(sector, 'stays-dirty');
  for (let round = 0; round < 4; round++) {
    while (setup.fits(JOURNAL, LAST_BYTES_MAX) || setup.store.tidy()) {
      if (!setup.fits(JOURNAL, LAST_BYTES_MAX)) continue;
      setup.write(JOURNAL, LAST_BYTES_MAX - (setup.random32() % 400), 0);
      setup.boot();
    }
    setup.sync();
  }
}

/** The journal is given back entry by entry. */
function floors(setup: Setup): void {
  for (let i = 0; i < 30; i++) {
    setup.write(JOURNAL, 500);
    setup.tidyUp();
  }
  for (let number = 1; number <= setup.oracle.nextNumber; number++) {
    setup.truncate(number);
    setup.compare();
    setup.tidyUp();
    setup.boot();
  }
}

/** A life of short days: however often it boots, sectors are used in turn. */
function boots(setup: Setup): void {
  for (let i = 0; i < 600; i++) {
    setup.write(i % 3 === 0 ? STATE : JOURNAL, 400);
    if (i % 5 === 0) setup.truncate(setup.oracle.nextNumber);
    setup.tidyUp();
    const { sequence } = mediumOf(setup.store).sectors;
    setup.boot();
    if (mediumOf(setup.store).sectors.sequence !== sequence)
      throw new Error('the newest sector is not known');
  }
  const counts = [...setup.flash.eraseCounts];
  if (Math.max(...counts) - Math.min(...counts) > 3) throw new Error(`erases: ${counts}`);
}

/**
 * The journal goes around and around, while the state hardly moves: the sector with the root is next in turn
 * before a new root is due.
 */
function oldRoot(setup: Setup): void {
  for (let i = 0; i < 200; i++) {
    setup.write(JOURNAL, LAST_BYTES_MAX);
    if (i % 8 === 0) {
      setup.write(STATE, LAST_BYTES_MAX);
      setup.truncate(setup.oracle.nextNumber);
    }
    setup.tidyUp();
    setup.boot();
  }
}

const CASES: Record<string, (setup: Setup) => void> = {
  floors,
  'boots, wear': boots,
  'dirty erases': dirtyErases,
  'an old root': oldRoot,
};
for (const [log, stream] of [
  ['journal', JOURNAL],
  ['state', STATE],
] as const) {
  CASES[`${log}: a mark that just counts`] = (setup) => weakMark(setup, stream, true);
  CASES[`${log}: a mark that just does not`] = (setup) => weakMark(setup, stream, false);
  CASES[`${log}: torn verdicts`] = (setup) => tornVerdicts(setup, stream, false);
  CASES[`${log}: torn verdicts on what counts`] = (setup) => tornVerdicts(setup, stream, true);
  CASES[`${log}: verdicts on bad cells`] = (setup) => badEnd(setup, stream, false);
  CASES[`${log}: verdicts on bad cells on what counts`] = (setup) => badEnd(setup, stream, true);
}
for (let operation = 1; operation <= 10; operation++) {
  CASES[`operation ${operation} of a batch, torn verdicts`] = (setup) => tornBatch(setup, operation);
}
CASES['what stands erased, at a boot'] = readyAtBoot;
for (let operation = 1; operation <= 6; operation++) {
  CASES[`a storm in operation ${operation}`] = (setup) => storm(setup, operation);
}

/** Goes through all cases. Throws an Error that says what the store did wrong, and in which. */
export function playCases(code: StoreCode, tally: { cuts: number }): void {
  for (const unit of [4, 16]) {
    for (const [name, play] of Object.entries(CASES)) {
      const setup = new Setup(code, unit, unit);
      try {
        play(setup);
      } catch (error) {
        throw new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
      } finally {
        tally.cuts += setup.cuts;
      }
    }
  }
}
