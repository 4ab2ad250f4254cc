/** Turns the bits of small stores, one at a time: none may change what is read without a word. */
import {
  bodyBytes,
  ENTRIES_AT,
  EntryHeader,
  isBodySound,
  isOwn,
  KIND,
  layoutOf,
  recordBytes,
} from '../../firmware/store/format.js';
import { crc32 } from '../../hal/crc32.js';
import { SimEntropy } from '../chip/entropy.js';
import { NorFlash } from '../chip/nor-flash.js';
import { survives } from '../chip/power-cut.js';
import { isRotten, Oracle } from './oracle.js';
import type { StoreCode } from './store-code.js';

export interface Specimen {
  readonly name: string;
  readonly flash: NorFlash;
  readonly oracle: Oracle;
  /** An entry that power failed in: it may be there, whole. */
  readonly inDoubt?: Uint8Array;
  /**
   * The state ends with a header without a body, which is left alone: with a bit turned it looks like one
   * that was cut.
   */
  readonly isOpenEnded: boolean;
}

const KEYS_MAX = 8;
/**
 * Which of the three programs of a record power fails in: with part of the body written, and with nothing of
 * the mark.
 */
const IN_BODY = 2;
const IN_MARK = 3;
const geometry = (unit: number) => ({ sectorCount: 10, programUnitBytes: unit });

/** A store of each sort, over program units of this size. */
export function specimens(code: StoreCode, unit: number): Specimen[] {
  const random = new SimEntropy(unit);
  const bytes = (length: number) => {
    const payload = new Uint8Array(length);
    random.fill(payload);
    return payload;
  };
  const inDoubt = bytes(80);
  const start = () => {
    const flash = new NorFlash(geometry(unit));
    const oracle = new Oracle(KEYS_MAX);
    let store = code.format(flash, crc32);
    const append = (length: number) => {
      const payload = bytes(length);
      store.journal.append(payload);
      oracle.append(payload);
    };
    const put = (key: number, length: number, fill?: number) => {
      const payload = bytes(length);
      if (fill !== undefined) payload.fill(fill);
      store.put(key, payload);
      oracle.put(key, payload);
    };
    for (let i = 1; i < KEYS_MAX; i++) put(i, 30 * i);
    store.remove(3);
    oracle.put(3, undefined);
    store.truncate(1);
    append(300);
    append(7);
    /** An entry that power fails in: a boot finds it gone, and says so. */
    const appendAndCut = (operation: number) => {
      flash.cutAtOperation(operation, () => (operation === IN_MARK ? 0 : 3));
      survives(() => void store.journal.append(inDoubt));
      flash.powerOn();
    };
    const boot = () => {
      const result = code.openStore(flash, crc32);
      if (result.status === 'ok') store = result.store;
    };
    return { flash, oracle, store, append, put, appendAndCut, boot };
  };

  const records = start();
  records.put(1, 20);
  records.put(2, 0);
  records.put(5, 90, 0xff);

  const own = start();
  for (const key of [4, 5, 6]) {
    own.store.remove(key);
    own.oracle.put(key, undefined);
  }

  const full = start();
  full.appendAndCut(IN_MARK);
  full.boot();
  for (let i = 0; i < 4; i++) full.append(900);
  const rest = 4096 - 64 - 4 * full.store.recordBytes(900) - full.store.recordBytes(300);
  full.append(Math.max(0, rest - full.store.recordBytes(7) - full.store.recordBytes(4) - unit));
  full.put(7, 1);

  const torn = start();
  torn.put(1, 20);
  torn.appendAndCut(IN_BODY);

  return [
    { name: 'records', isOpenEnded: false, ...records },
    { name: 'entries without a body', isOpenEnded: true, ...own },
    { name: 'a full sector', isOpenEnded: false, ...full },
    { name: 'a record that was cut', isOpenEnded: false, inDoubt, ...torn },
  ];
}

/**
 * How often each verdict was given: 'ok', 'corrupt' or 'damaged'. Throws when a bit changes what is read, and
 * nobody says so.
 */
export function turnBits(
  code: StoreCode,
  specimen: Specimen,
  every: number,
  verdicts: Map<string, number>,
): void {
  const image = specimen.flash.exportImage();
  const last = specimen.isOpenEnded ? lastOfState(image) : Number.NEGATIVE_INFINITY;
  let written = 0;
  for (let address = 0; address < image.length; address++) {
    if (image[address] !== 0xff) written = address;
    if (address - written > 40 || (address >= last && address < last + layoutOf(specimen.flash).header))
      continue;
    for (let bit = 0; bit < 8; bit++) {
      if ((8 * address + bit) % every === 0) expectHonest(code, specimen, [[address, 1 << bit]], verdicts);
    }
  }
}

/**
 * The same with two bits of a key, one each way, which the count of the header's zeros does not show. A value
 * may then be missed in silence; it must not be found in the place of another.
 */
export function turnKeys(code: StoreCode, specimen: Specimen, verdicts: Map<string, number>): void {
  const image = specimen.flash.exportImage();
  for (const { at, kind, key } of recordsOf(specimen)) {
    const low = image[at + 8];
    const one = low & -low;
    const zero = ~low & -~low & 0xff;
    if (kind === KIND.put && one !== 0 && zero !== 0)
      expectHonest(code, specimen, [[at + 8, one | zero]], verdicts, key);
  }
}

/** Each bit of the header of each whole record, which its body puts right. */
export function turnHeaders(code: StoreCode, specimen: Specimen, verdicts: Map<string, number>): void {
  const { header: headerBytes } = layoutOf(specimen.flash);
  for (const { at } of recordsOf(specimen)) {
    for (let bit = 0; bit < 8 * headerBytes; bit++)
      expectHonest(code, specimen, [[at + (bit >> 3), 1 << (bit & 7)]], verdicts);
  }
}

/**
 * Two bits of one, the same way, which is more than a body puts right, and which the count of zeros shows.
 */
export function turnPairs(code: StoreCode, specimen: Specimen, verdicts: Map<string, number>): void {
  const image = specimen.flash.exportImage();
  const { header: headerBytes } = layoutOf(specimen.flash);
  for (const { at } of recordsOf(specimen)) {
    for (let bit = 0; bit < 8 * headerBytes - 1; bit += 2) {
      const mask = 3 << (bit & 7);
      const both = image[at + (bit >> 3)] & mask;
      if (both === 0 || both === mask) expectHonest(code, specimen, [[at + (bit >> 3), mask]], verdicts);
    }
  }
}

function recordsOf({ flash }: Specimen): { at: number; kind: number; key: number }[] {
  const image = flash.exportImage();
  const layout = layoutOf(flash);
  const header = new EntryHeader(layout);
  const found: { at: number; kind: number; key: number }[] = [];
  for (let at = 0; at < image.length; at += layout.unit) {
    header.bytes.set(image.subarray(at, at + layout.header));
    if (at % layout.sector < ENTRIES_AT || !header.decode() || isOwn(header.kind)) continue;
    const body = image.subarray(at + layout.header, at + layout.header + bodyBytes(layout, header.length));
    if (!isBodySound(header.bytes, body, header.length, crc32)) continue;
    found.push({ at, kind: header.kind, key: header.key });
    at += recordBytes(layout, header.length) - layout.unit;
  }
  return found;
}

function expectHonest(
  code: StoreCode,
  { name, flash, oracle, inDoubt }: Specimen,
  flips: readonly (readonly [number, number])[],
  verdicts: Map<string, number>,
  exceptKey = 0,
): void {
  const twin = new NorFlash(geometry(flash.programUnitBytes));
  twin.copyFrom(flash);
  for (const [address, mask] of flips) twin.flip(address, mask);
  const where = `${name}, unit ${flash.programUnitBytes}, bits ${flips.map(([at, mask]) => `${mask} at ${at}`).join()}`;
  const result = code.openStore(twin, crc32);
  let verdict: string = result.status;
  if (result.status === 'ok') {
    let lie = oracle.lies(result.store, exceptKey);
    if (lie !== undefined && inDoubt !== undefined) {
      const after = oracle.copy();
      after.append(inDoubt);
      lie = result.store.journal.nextNumber === after.nextNumber ? after.differs(result.store) : lie;
    }
    if (lie !== undefined) throw new Error(`${where}: ${lie}`);
    if (isRotten(result.store, KEYS_MAX)) verdict = 'corrupt';
  } else if (result.status !== 'damaged') throw new Error(`${where}: the verdict is ${result.status}`);
  verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
}

/**
 * The last header in sector 0, where the state of such a small store is. It ends with a small key, of which
 * only one byte shows.
 */
function lastOfState(image: Uint8Array): number {
  let last = 4095;
  while (image[last] === 0xff) last--;
  return last - 8;
}
