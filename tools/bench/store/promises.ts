import { count } from '../../../sim/words.js';
import type { BootFigures } from './boot.js';
import type { CapacityFigures } from './capacity.js';
import type { Figures } from './figures.js';

/** What the store promises, and whether the figures keep it. */
export interface Kept {
  readonly what: string;
  readonly holds: boolean;
  readonly figures: string;
}

const CAPACITY_MIN = 2_500;
const SPREAD_PERCENT_MAX = 10;
/** Boots differ by what the last sectors happen to hold. */
const FLAT = 1.1;
/** As `predictCapacity` says of itself. */
const SHORT_SECTORS_MAX = 3;
/** Payments from which on the table of counterparties is full. */
const COUNTERPARTIES_FULL = 256;

export function promises({ boot, capacity, endless, touch, wear }: Figures): Kept[] {
  const inTouches = touch.filter(({ what }) => what.startsWith('payment'));
  const erases = inTouches.reduce((sum, { most }) => sum + most.erases, 0);
  const erasesElsewhere = wear.reduce((sum, life) => sum + life.erasesInTouch, endless.erasesInTouch);
  const paid = wear.reduce((sum, life) => sum + life.payments, endless.payments);
  const megabyte = capacity.filter(
    ({ unit, notes, sectors }) => unit === 4 && notes <= 32 && sectors === 256,
  );
  const least = Math.min(...megabyte.map(({ payments, afterSync }) => Math.min(payments, afterSync)));
  const spread = Math.max(...wear.map((life) => life.spread_percent));
  return [
    isFlat(boot),
    {
      what: 'capacity of 1 MB at unit 4 with up to 32 notes',
      holds: least >= CAPACITY_MIN,
      figures: `${count(least)} payments, at least ${count(CAPACITY_MIN)}`,
    },
    {
      what: 'the formula promises no more than fits, nor much less',
      holds: capacity.every(isPredicted),
      figures: capacity.map(({ payments, predicted }) => `${predicted}/${payments}`).join(' '),
    },
    {
      what: 'no erase in a touch',
      holds: erases + erasesElsewhere === 0,
      figures: `${erases + erasesElsewhere} in ${count(paid + inTouches.reduce((n, { times }) => n + times, 0))} touches`,
    },
    {
      what: 'spread of wear',
      holds: spread <= SPREAD_PERCENT_MAX,
      figures: `${spread.toFixed(1)} %, at most ${SPREAD_PERCENT_MAX} %`,
    },
  ];
}

export function isPredicted({ payments, afterSync, predicted, perSector }: CapacityFigures): boolean {
  const least = Math.min(payments, afterSync);
  return predicted <= least && least <= predicted + SHORT_SECTORS_MAX * perSector;
}

/** Among boots with the same notes, none reads much more than one after a few hundred payments. */
export function isFlat(boot: readonly BootFigures[]): Kept {
  let growth = 0;
  for (const { notes, payments, worst } of boot) {
    const first = boot.find((other) => other.notes === notes && other.payments >= COUNTERPARTIES_FULL);
    if (first === undefined || payments < first.payments) continue;
    growth = Math.max(growth, worst.readBytes / first.worst.readBytes, worst.reads / first.worst.reads);
  }
  return {
    what: 'a boot does not grow with payments',
    holds: growth <= FLAT,
    figures: `at most × ${growth.toFixed(2)} from a full table of counterparties on`,
  };
}
