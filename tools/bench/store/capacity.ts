import { RECORD_HEAD_BYTES } from '../../../firmware/ledger/journal-record.js';
import { NOTE_INDEX_ROW_BYTES } from '../../../firmware/ledger/ledger-store.js';
import {
  CERTIFICATE_CACHE_MAX,
  COUNTERPARTIES_MAX,
  NOTES_MAX,
  SYNC_RESERVE_BYTES,
} from '../../../firmware/limits.js';
import { CERTIFICATE_BYTES } from '../../../firmware/objects/certificate.js';
import { NOTE_BYTES } from '../../../firmware/objects/note.js';
import { OPERATOR_BYTES } from '../../../firmware/objects/operator.js';
import { PROFILE_BYTES } from '../../../firmware/objects/profile.js';
import { RECEIPT_COMPACT_BYTES } from '../../../firmware/objects/receipt.js';
import { TRANSFER_BYTES_MAX } from '../../../firmware/objects/transfer.js';
import { Refusal } from '../../../firmware/protocol/refusal.js';
import {
  ENTRIES_AT,
  JOURNAL,
  layoutOf,
  PAGE_KEYS,
  recordBytes,
  rootBytes,
  STATE,
} from '../../../firmware/store/format.js';
import { PAGES } from '../../../firmware/store/index.js';
import { keptSectors } from '../../../firmware/store/sectors.js';
import { costOf, costSince, Lab, type LabOptions, MEGABYTE_SECTORS } from './lab.js';

export interface CapacityFigures {
  readonly unit: number;
  readonly sectors: number;
  readonly notes: number;
  /**
   * Payments received until the wallet said `full`, with all their evidence; again after a sync; and as the
   * formula has it.
   */
  readonly payments: number;
  readonly afterSync: number;
  readonly predicted: number;
  /** Flash bytes of one receipt with its transfer. */
  readonly recordBytes: number;
  readonly perSector: number;
}

/** A transfer of one note is shorter than one of four by three inputs of 15 bytes. */
const ENTRY_BYTES = RECORD_HEAD_BYTES + RECEIPT_COMPACT_BYTES + TRANSFER_BYTES_MAX - 3 * 15;

export function measureCapacity(options: LabOptions, notes: number): CapacityFigures {
  const lab = new Lab(options);
  lab.hold(notes);
  const payments = untilFull(lab);
  lab.sync();
  const afterSync = untilFull(lab);
  const layout = layoutOf(lab.nor);
  const record = recordBytes(layout, ENTRY_BYTES);
  return {
    unit: layout.unit,
    sectors: lab.nor.sectorCount,
    notes,
    payments,
    afterSync,
    predicted: predictCapacity(options, notes),
    recordBytes: record,
    perSector: Math.floor((layout.limits[JOURNAL] - ENTRIES_AT) / record),
  };
}

function untilFull(lab: Lab): number {
  const held = lab.wallet.ledger.held;
  let payments = 0;
  let why: Refusal | undefined;
  while ((why = lab.receive()) === undefined) payments++;
  if (why !== Refusal.full) throw new Error(`refused for another reason: ${why}`);
  const value = (lab.wallet.ledger.held - held) / payments;
  if (!Number.isInteger(value)) throw new Error('money has gone');
  return payments;
}

/** One that each log is writing. */
const BUSY_SECTORS = 2;

/** What `predictCapacity` goes by, in words. */
export const FORMULA = [
  'payments = floor((S − H) / R) × (N − K − T − 2), and no more than three sectors less than what really fits',
  'S − H   a sector less its header and one spare entry;  R = header + pad(payload + 4) + mark, of an entry',
  'N       sectors of the flash;  2: one that each log is writing',
  'K       sectors kept for housekeeping, 4 (with more than 12 pages of the index 6), and for a sync: ceil((29,696 + 26 × notes) / (S − H − six entries))',
  'T       sectors that the values take: the most with T − floor(T / 4) − L / (S − H − six entries) < 1',
  'L       bytes of the values that live: notes, their pages, counterparties, keys and certificates twice, whom it knows, the index',
];

/** Received payments of one note each that fit between two syncs, at the least. */
function predictCapacity(
  { unit = 4, sectors = MEGABYTE_SECTORS }: Partial<LabOptions>,
  notes: number,
): number {
  const layout = layoutOf({ programUnitBytes: unit, sectorBytes: 4096 } as Parameters<typeof layoutOf>[0]);
  const perSector = Math.floor((layout.limits[JOURNAL] - ENTRIES_AT) / recordBytes(layout, ENTRY_BYTES));
  const room = layout.limits[STATE] - ENTRIES_AT;
  const reserve = SYNC_RESERVE_BYTES + NOTE_INDEX_ROW_BYTES * notes;
  const kept = keptSectors(layout, indexPages(notes)) + Math.ceil(reserve / room);
  const live = liveBytes((payload) => recordBytes(layout, payload), notes) / room;
  let taken = 1;
  while (taken + 1 - ((taken + 1) >> 2) - live < 1) taken++;
  return perSector * (sectors - kept - taken - BUSY_SECTORS);
}

const PURSE_PAGE = { rows: 32, bytes: 768 };
const COUNTERPARTY_PAGE = { rows: 64, bytes: 896 };
/** Head, scalars and one lot. */
const LEDGER_BYTES = 32 + 4 * 13 + 1 + 1 + 12;
const IDENTITY_BYTES = 67;
const ROOT_KEY_BYTES = 32;
const HASH_BYTES = 32;

/** Those of the notes lie behind two and a part of others. */
const indexPages = (notes: number): number => Math.min(PAGES, 2 + Math.ceil(notes / PAGE_KEYS));

/** Flash bytes of the values of a wallet that has dealt with as many counterparties as it counts. */
function liveBytes(record: (payload: number) => number, notes: number): number {
  const twice = [IDENTITY_BYTES, ROOT_KEY_BYTES, CERTIFICATE_BYTES, PROFILE_BYTES, LEDGER_BYTES];
  return (
    twice.reduce((sum, payload) => sum + 2 * record(payload), 0) +
    record(OPERATOR_BYTES) +
    record(8) +
    CERTIFICATE_CACHE_MAX * record(HASH_BYTES + CERTIFICATE_BYTES) +
    Math.min(notes, NOTES_MAX) * record(NOTE_BYTES) +
    Math.ceil(notes / PURSE_PAGE.rows) * record(PURSE_PAGE.bytes) +
    (COUNTERPARTIES_MAX / COUNTERPARTY_PAGE.rows) * record(COUNTERPARTY_PAGE.bytes) +
    indexPages(notes) * record(4 * PAGE_KEYS) +
    record(rootBytes(PAGES))
  );
}

export interface EndlessFigures {
  readonly payments: number;
  readonly syncs: number;
  readonly sectorsErased: number;
  readonly erasesInTouch: number;
}

/** Payments, half of them made and half received, with a sync every so often: there is no end to them. */
export function measureEndless(options: LabOptions, payments: number, syncEvery: number): EndlessFigures {
  const lab = new Lab(options);
  lab.hold(32, syncEvery);
  const before = costOf(lab.nor);
  let syncs = 0;
  for (let i = 0; i < payments; i++) {
    if (i % syncEvery === 0) {
      lab.sync();
      syncs++;
    }
    const why = i % 2 === 0 ? lab.receive() : lab.pay();
    if (why !== undefined) throw new Error(`payment ${i + 1} is refused: ${why}`);
  }
  const { erases } = costSince(lab.nor, before);
  return { payments: lab.payments, syncs, sectorsErased: erases, erasesInTouch: lab.erasesInTouch };
}
