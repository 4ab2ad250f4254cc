import { getU32 } from '../../../firmware/bytes.js';
import { JOURNAL_HASH_BYTES } from '../../../firmware/ledger/journal-entry.js';
import { SNAPSHOT_ENTRIES } from '../../../firmware/limits.js';
import { ENTRIES_AT, layoutOf } from '../../../firmware/store/format.js';
import { Key } from '../../../firmware/store/keys.js';
import { openStore } from '../../../firmware/store/open.js';
import { crc32 } from '../../../hal/crc32.js';
import type { Flash } from '../../../hal/flash.js';
import type { NorFlash } from '../../../sim/chip/nor-flash.js';
import { costOf, costSince, type FlashCost, Lab, type LabOptions } from './lab.js';

export interface BootCost extends FlashCost {
  /** Sector headers, and headers of entries, each time that one was read. */
  readonly sectorHeaders: number;
  readonly entryHeaders: number;
  /** Journal entries that the ledger was brought up to date with. */
  readonly replayed: number;
}

export interface BootFigures {
  readonly unit: number;
  /** Notes held. */
  readonly notes: number;
  /** Payments received since the last sync. */
  readonly payments: number;
  /** Whether the wallet says `full` before the number of payments that was asked for. */
  readonly full: boolean;
  /**
   * A boot right then, and the most of every figure over the boots after each of the payments before, back to
   * a whole snapshot interval.
   */
  readonly boot: BootCost;
  readonly worst: BootCost;
}

/** What a boot costs, on a copy of the flash. */
function measureBoot(lab: Lab): BootCost {
  const nor = lab.copy();
  const { header } = layoutOf(nor);
  let sectorHeaders = 0;
  let entryHeaders = 0;
  const flash: Flash = {
    sectorBytes: nor.sectorBytes,
    sectorCount: nor.sectorCount,
    programUnitBytes: nor.programUnitBytes,
    read: (address, target) => {
      if (target.length === ENTRIES_AT) sectorHeaders++;
      else if (target.length === header) entryHeaders++;
      nor.read(address, target);
    },
    program: (address, data) => nor.program(address, data),
    erase: (sector) => nor.erase(sector),
  };
  const before = costOf(nor);
  const { ledger } = lab.boot(flash);
  const cost = costSince(nor, before);
  if (ledger.held !== lab.wallet.ledger.held) throw new Error('a boot finds other money');
  return { ...cost, sectorHeaders, entryHeaders, replayed: ledger.sequence - snapshotSequence(nor) };
}

/** The last journal entry that the snapshot in this flash has in it. */
function snapshotSequence(nor: NorFlash): number {
  const opened = openStore(nor, crc32);
  const bytes = opened.status === 'ok' ? opened.store.get(Key.ledger) : undefined;
  return bytes === undefined ? 0 : getU32(bytes, JOURNAL_HASH_BYTES);
}

/** Boots after so many payments (ascending), of one wallet with so many notes. */
export function measureBoots(options: LabOptions, notes: number, payments: readonly number[]): BootFigures[] {
  const lab = new Lab(options);
  lab.hold(notes);
  const figures: BootFigures[] = [];
  let made = 0;
  let full = false;
  for (const wanted of payments) {
    if (full) break;
    let worst: BootCost | undefined;
    while (made < wanted && !full) {
      full = lab.receive() !== undefined;
      if (full) break;
      made++;
      if (made > wanted - SNAPSHOT_ENTRIES) worst = most(worst, measureBoot(lab));
    }
    const boot = measureBoot(lab);
    figures.push({
      unit: lab.nor.programUnitBytes,
      notes,
      payments: made,
      full,
      boot,
      worst: most(worst, boot),
    });
  }
  return figures;
}

function most(a: BootCost | undefined, b: BootCost): BootCost {
  if (a === undefined) return b;
  const names = Object.keys(b) as (keyof BootCost)[];
  return Object.fromEntries(names.map((name) => [name, Math.max(a[name], b[name])])) as unknown as BootCost;
}

export interface NeglectFigures {
  readonly unit: number;
  /** Payments until the wallet says `full`, when housekeeping never runs. */
  readonly payments: number;
  readonly boot: BootCost;
}

/**
 * A card that is out of power whenever it is out of a field: what a boot has to go through then has a bound
 * as well.
 */
export function measureNeglect(options: LabOptions, notes: number): NeglectFigures {
  const lab = new Lab(options);
  lab.hold(notes);
  for (let i = 0; i < SNAPSHOT_ENTRIES; i++) lab.receive();
  lab.tidies = false;
  let payments = 0;
  while (lab.receive() === undefined) payments++;
  return { unit: lab.nor.programUnitBytes, payments, boot: measureBoot(lab) };
}
