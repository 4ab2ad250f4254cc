import { costOf, costSince, Lab, type LabOptions } from './lab.js';

const CYCLES = 100_000;
const DAY_S = 86_400;
const DAYS_OF_YEAR = 365;

export interface Life {
  readonly name: string;
  readonly paymentsPerDay: number;
  readonly syncEveryDays: number;
  readonly days: number;
  /** Notes that are held all the time and never spent: what lies still must wear its place as well. */
  readonly notes: number;
  readonly unit?: number;
  readonly sectors?: number;
}

export interface WearFigures extends Life {
  readonly payments: number;
  /** Erases per sector over the whole life. */
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Between the most and the least erased sector, in percent of the most. */
  readonly spread_percent: number;
  readonly bytesPerPayment: number;
  readonly programsPerPayment: number;
  readonly erasesPerPayment: number;
  readonly busyPerPayment_us: number;
  /** Bytes programmed for one byte of the journal: notes, snapshots, headers, moves and syncs included. */
  readonly amplification: number;
  readonly erasesInTouch: number;
  /** Until the first sector has had so many erases as its data sheet promises. */
  readonly yearsOfLife: number;
}

/** Lives a life: half of the payments received, half made from what the bank gives for those. */
export function live(options: LabOptions, life: Life): WearFigures {
  const { paymentsPerDay, syncEveryDays, days, notes, unit = 4 } = life;
  const lab = new Lab({ ...options, unit, ...(life.sectors !== undefined && { sectors: life.sectors }) });
  const betweenSyncs = paymentsPerDay * syncEveryDays;
  lab.hold(notes, betweenSyncs);
  const before = costOf(lab.nor);
  const erasedBefore = lab.nor.eraseCounts.slice();
  const entryBytesBefore = lab.entryBytes;
  for (let day = 0; day < days; day += syncEveryDays) {
    for (let i = 0; i < betweenSyncs; i++) {
      lab.passed_s += DAY_S / paymentsPerDay;
      const why = i % 2 === 0 ? lab.receive() : lab.pay();
      if (why !== undefined)
        throw new Error(`${life.name}: payment ${i + 1} of day ${day} is refused: ${why}`);
    }
    lab.sync();
  }
  const cost = costSince(lab.nor, before);
  const { payments } = lab;
  const erases = Array.from(lab.nor.eraseCounts, (count, sector) => count - erasedBefore[sector]);
  const max = Math.max(...erases);
  const min = Math.min(...erases);
  const lived_years = payments / paymentsPerDay / DAYS_OF_YEAR;
  return {
    ...life,
    unit,
    payments,
    min,
    mean: cost.erases / erases.length,
    max,
    spread_percent: max === 0 ? 0 : ((max - min) / max) * 100,
    bytesPerPayment: cost.programBytes / payments,
    programsPerPayment: cost.programs / payments,
    erasesPerPayment: cost.erases / payments,
    busyPerPayment_us: cost.busy_us / payments,
    amplification: cost.programBytes / (lab.entryBytes - entryBytesBefore),
    erasesInTouch: lab.erasesInTouch,
    yearsOfLife: (CYCLES / max) * lived_years,
  };
}
